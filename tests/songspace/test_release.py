"""An open release is what was published, whole, and stays that."""

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pytest

import songspace
from songspace import Damaged, NotFound, SongspaceError, schemas
from songspace.ledger import LedgerEntry, read_head
from songspace.manifest import read_manifest
from songspace.sealed import JSON, seal, unseal
from storage import Store
from tests.descriptors import held

Build: TypeAlias = Callable[[int], str]


def popularity(release: songspace.Release) -> set[int]:
    return set(release.songs.select("popularity").collect()["popularity"])


def rewrite(path: Path, **changes: JSON) -> None:
    """Change fields of a manifest and seal it again, as a hostile author would."""
    path.chmod(0o644)
    path.write_bytes(seal({**unseal(path.read_bytes(), "it"), **changes}))


def test_a_store_opens_as_its_live_release(store: Store, live: Path) -> None:
    with songspace.open(store.root) as release:
        assert release.path == live
        assert release.id == live.name
        assert release.manifest == read_manifest(live)


@pytest.mark.parametrize("way", ["folder", "text", "link", "link for people"])
def test_a_release_opens_from_its_folder_and_is_pinned_to_the_real_path(
    store: Store, live: Path, tmp_path: Path, way: str
) -> None:
    (tmp_path / "link").symlink_to(live)
    ways: dict[str, str | Path] = {
        "folder": live,
        "text": str(live),
        "link": tmp_path / "link",
        "link for people": store.root / "live",
    }

    with songspace.open(ways[way]) as release:
        assert release.path == live


def test_every_table_has_the_published_columns(live: Path) -> None:
    with songspace.open(live) as release:
        assert release.songs.collect_schema() == schemas.SONGS
        assert release.lyrics.collect_schema() == schemas.LYRICS
        assert release.quarantine.collect_schema() == schemas.QUARANTINE
        assert release.table("folded").collect_schema() == schemas.FOLDED
        assert release.latents.collect_schema() == schemas.LATENTS
        assert release.neighbours.collect_schema() == schemas.NEIGHBOURS
        assert release.map.collect_schema() == schemas.MAP
        assert release.songs.collect()["song_id"].to_list() == list(range(6))


@pytest.mark.fault
def test_an_open_release_does_not_move_with_the_next_one(store: Store, build: Build) -> None:
    with songspace.open(store.root) as release:
        songs = release.songs
        store.promote(build(2), expected=1)

        assert popularity(release) == {1}
        assert set(songs.collect()["popularity"]) == {1}
    with songspace.open(store.root) as release:
        assert popularity(release) == {2}
    store.rollback()
    with songspace.open(store.root) as release:
        assert popularity(release) == {1}


def test_a_release_copied_elsewhere_opens_all_the_same(live: Path, tmp_path: Path) -> None:
    shutil.copytree(live, tmp_path / "downloaded")

    with songspace.open(tmp_path / "downloaded") as release:
        assert release.id == live.name
        assert popularity(release) == {1}


@pytest.mark.fault
@pytest.mark.parametrize("name", ["latents/part-0.parquet", "model/settings.json", "MANIFEST.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "removed", "zeroed"])
def test_a_damaged_release_is_refused_and_the_file_named(
    live: Path, name: str, damage: str
) -> None:
    path = live / name
    content = bytearray(path.read_bytes())
    path.chmod(0o644)
    match damage:
        case "flipped":
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        case "cut":
            path.write_bytes(content[:-2])
        case "zeroed":
            path.write_bytes(content[:-2] + bytes(2))
        case _:
            path.unlink()

    with pytest.raises((Damaged, NotFound), match=path.name):
        songspace.open(live)


def test_a_file_that_was_not_published_is_refused(live: Path) -> None:
    shutil.copy(live / "songs" / "part-0.parquet", live / "songs" / "part-2.parquet")

    with pytest.raises(Damaged, match=r"songs/part-2\.parquet is not in the manifest"):
        songspace.open(live)


@pytest.mark.fault
def test_a_release_in_the_place_of_the_live_one_is_refused(
    store: Store, live: Path, build: Build
) -> None:
    other = store.root / "releases" / build(2)
    shutil.rmtree(live)
    other.rename(live)

    with pytest.raises(Damaged, match=other.name):
        songspace.open(store.root)


def test_a_live_release_that_is_gone_is_named(store: Store, live: Path) -> None:
    (live / "MANIFEST.json").unlink()
    with pytest.raises(NotFound, match=f"makes {live.name} live, but: .* has no MANIFEST"):
        songspace.open(store.root)

    shutil.rmtree(live)
    with pytest.raises(NotFound, match=f"makes {live.name} live, but: .* cannot be opened"):
        songspace.open(store.root)


def test_an_artifact_is_not_a_release(store: Store) -> None:
    (artifact,) = store.root.glob("artifacts/run/*")

    with pytest.raises(NotFound, match="not a release: its manifest says 'run'"):
        songspace.open(artifact)


def test_a_store_without_a_live_release_says_so(tmp_path: Path) -> None:
    empty = Store.open(tmp_path / "empty")

    with pytest.raises(NotFound, match="no live release yet"):
        songspace.open(empty.root)


@pytest.mark.parametrize("path", ["absent", "a" * 300, "a\0b", "file", "loop", "."])
def test_what_is_neither_release_nor_store_is_an_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(NotFound, match=r"cannot be opened|neither a release"):
        songspace.open(tmp_path / path)


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/hostname",
        "songs/../../outside",
        "a\0b",
        "a" * 300,
        ".",
        "",
        "a//b",
        "songs/MANIFEST.json",
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused(live: Path, name: str) -> None:
    (live.parent / "outside").touch()
    files: JSON = {name: {"bytes": 0, "sha256": "e3b0" + "0" * 60}}
    rewrite(live / "MANIFEST.json", files=files)

    with pytest.raises(Damaged, match="unsafe file name"):
        songspace.open(live)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": []},
        {"files": {"a": None}},
        {"files": {"a": {"bytes": True, "sha256": "0" * 64}}},
        {"files": {"a": {"bytes": 1, "sha256": "0" * 63}}},
        {"files": {}},
        {"created_at": "yesterday"},
        {"recipe": 1},
        {"digest": "0" * 64},
        {"version": "20240101T000000Z-00000000"},
    ],
)
def test_a_sealed_manifest_with_senseless_content_is_refused(
    live: Path, changes: dict[str, JSON]
) -> None:
    rewrite(live / "MANIFEST.json", **changes)

    with pytest.raises(Damaged, match=r"MANIFEST\.json"):
        songspace.open(live)


@pytest.mark.parametrize("found", [2, None])
def test_a_release_of_another_format_is_refused_but_not_called_damaged(
    live: Path, found: int | None
) -> None:
    rewrite(live / "MANIFEST.json", format=found)

    with pytest.raises(SongspaceError, match="written by another songspace") as error:
        songspace.open(live)

    assert not isinstance(error.value, Damaged)


@pytest.mark.fault
@pytest.mark.parametrize("name", ["songs/part-0.parquet", "MANIFEST.json"])
def test_a_disk_that_stumbles_is_not_a_damaged_release(
    live: Path, stumbling_disk: Callable[[Path], None], name: str
) -> None:
    stumbling_disk(live / name)

    with pytest.raises(SongspaceError, match=f"{name} cannot be read: Input/output") as error:
        songspace.open(live)

    assert not isinstance(error.value, Damaged | NotFound)


@pytest.mark.fault
def test_a_live_release_that_is_removed_while_it_is_opened_gives_the_next_one(
    store: Store, live: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_and_clean_after_reading(root: Path) -> LedgerEntry | None:
        head = read_head(root)
        monkeypatch.setattr("songspace.release.read_head", read_head)
        store.promote(build(2), expected=1)
        shutil.rmtree(live)
        return head

    monkeypatch.setattr("songspace.release.read_head", publish_and_clean_after_reading)

    with songspace.open(store.root) as release:
        assert popularity(release) == {2}


@pytest.mark.fault
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"seal": 1, "seal": 1}', b"NaN"],
)
def test_a_manifest_that_is_none_is_refused(live: Path, content: bytes) -> None:
    (live / "MANIFEST.json").write_bytes(content)

    with pytest.raises(Damaged, match=r"MANIFEST\.json"):
        songspace.open(live)


def test_links_inside_a_release_are_refused(live: Path, tmp_path: Path) -> None:
    (live / "songs").rename(tmp_path / "songs")
    (live / "songs").symlink_to(tmp_path / "songs")
    with pytest.raises(Damaged, match="songs is neither a file nor a folder"):
        songspace.open(live)

    (live / "MANIFEST.json").rename(tmp_path / "MANIFEST.json")
    (live / "MANIFEST.json").symlink_to(tmp_path / "MANIFEST.json")
    with pytest.raises(Damaged, match="MANIFEST"):
        songspace.open(live)


def test_a_pipe_in_the_place_of_a_file_is_refused_without_waiting(live: Path) -> None:
    (live / "songs" / "part-0.parquet").unlink()
    os.mkfifo(live / "songs" / "part-0.parquet")
    with pytest.raises(Damaged, match="neither a file nor a folder"):
        songspace.open(live)

    (live / "MANIFEST.json").unlink()
    os.mkfifo(live / "MANIFEST.json")
    with pytest.raises(Damaged, match=r"MANIFEST\.json cannot be read: Not a regular file"):
        songspace.open(live)


def test_a_table_that_is_not_in_the_release_is_named(store: Store) -> None:
    with store.draft() as draft:
        (draft / "map").mkdir()
        pl.DataFrame(schema=schemas.MAP).write_parquet(draft / "map" / "part-0.parquet")
        ref = store.commit(draft, "map", recipe={})
    release = store.build_release({"map": (ref, "map")}, meta={})

    with songspace.open(store.root / "releases" / release) as opened:
        assert opened.tables == ("map",)
        assert opened.map.collect().is_empty()
        with pytest.raises(NotFound, match="has no table 'lyrics'; it has map"):
            _ = opened.lyrics


def test_a_closed_release_hands_out_nothing(live: Path) -> None:
    release = songspace.open(live)
    release.close()
    release.close()

    with pytest.raises(ValueError, match="was closed"):
        _ = release.songs


def test_a_release_let_go_without_closing_leaves_no_descriptor_open(live: Path) -> None:
    with songspace.open(live):
        assert held(live) > 0

    for _ in range(20):
        songspace.open(live)

    assert held(live) == 0


def test_a_refused_release_leaves_no_descriptor_open(live: Path) -> None:
    (live / "songs" / "part-0.parquet").unlink()

    for _ in range(20):
        with pytest.raises(Damaged):
            songspace.open(live)

    assert held(live) == 0


def test_a_manifest_survives_pickling(live: Path) -> None:
    manifest = read_manifest(live)

    assert pickle.loads(pickle.dumps(manifest)) == manifest  # noqa: S301 - our own bytes


def test_of_files_that_nobody_asked_to_hash_only_the_size_is_checked(live: Path) -> None:
    file = live / "lyrics" / "part-0.parquet"
    whole = file.read_bytes()

    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    with songspace.open(live, hashed=["songs", "latents"]) as release:
        assert release.id == live.name
    with pytest.raises(songspace.Damaged, match="lyrics/part-0"):
        songspace.open(live, hashed=["lyrics"])
    file.write_bytes(whole[:-1])
    with pytest.raises(songspace.Damaged, match="lyrics/part-0"):
        songspace.open(live, hashed=["songs", "latents"])
