"""Artifacts are whole, named by what they hold, and say so when they are damaged."""

import hashlib
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pytest
from pydantic import ValidationError

from songspace.errors import Damaged, NotFound, SongspaceError
from storage import ArtifactRef, Store
from tests.storage.both import BOTH

Keep: TypeAlias = Callable[..., ArtifactRef]
Flip: TypeAlias = Callable[[Path], None]

FILES = {
    "songs/part-0.parquet": b"first",
    "songs/part-1.parquet": b"other",
    "facts.json": b'{"a": 1}',
}
HOSTILE = [
    "../x",
    "/etc/x",
    "a\0b",
    "a" * 300,
    "",
    ".",
    "..",
    "s\u043engs",
    "Songs",
    "a b",
    "release",
]


def folder_of(store: Store, ref: ArtifactRef) -> Path:
    return Path(store.root) / "artifacts" / ref.kind / ref.version


def test_the_same_content_and_recipe_are_kept_once(store: Store, keep: Keep) -> None:
    first = keep(FILES, recipe={"seed": 1, "names": ["a", "b"]})
    second = keep(FILES, recipe={"names": ["a", "b"], "seed": 1})

    assert first == second
    assert len(list((store.root / "artifacts" / "songs").iterdir())) == 1


@BOTH
def test_another_recipe_file_name_or_kind_is_another_artifact(keep: Keep) -> None:
    refs = {
        keep(FILES, recipe={"seed": 1}),
        keep(FILES, recipe={"seed": 2}),
        keep({**FILES, "more": b""}, recipe={"seed": 1}),
        keep(FILES, kind="catalogue", recipe={"seed": 1}),
    }

    assert len(refs) == 4


@BOTH
def test_a_manifest_lists_every_file_with_its_size_and_sha256(store: Store, keep: Keep) -> None:
    ref = keep(FILES, recipe={"seed": 1})

    manifest = store.manifest(ref)

    assert (manifest.kind, manifest.version) == ("songs", ref.version)
    assert manifest.recipe == {"seed": 1}
    assert {name: (facts.size, facts.sha256) for name, facts in manifest.files.items()} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in FILES.items()
    }


@pytest.mark.fault
@pytest.mark.parametrize("name", [*FILES, "MANIFEST.json"])
def test_one_flipped_bit_is_found_and_its_file_named(
    store: Store, keep: Keep, flip: Flip, name: str
) -> None:
    ref = keep(FILES)
    flip(folder_of(store, ref) / name)

    with pytest.raises(Damaged, match=name):
        store.verify(ref)


@pytest.mark.fault
def test_every_bit_of_a_manifest_counts(store: Store, keep: Keep) -> None:
    ref = keep({"a": b"a"})
    path = folder_of(store, ref) / "MANIFEST.json"
    whole = path.read_bytes()
    path.chmod(0o644)

    for place in range(len(whole) - 1):  # the line feed at the end says nothing
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Damaged):
            store.verify(ref)


@pytest.mark.fault
def test_a_cut_a_removed_and_an_added_file_are_all_named(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    folder = folder_of(store, ref)
    (folder / "facts.json").unlink()
    (folder / "songs" / "part-2.parquet").write_bytes(b"more")
    (folder / "songs" / "part-0.parquet").chmod(0o644)
    (folder / "songs" / "part-0.parquet").write_bytes(b"fir")

    with pytest.raises(Damaged) as damage:
        store.verify(ref)

    assert "facts.json is missing" in str(damage.value)
    assert "songs/part-2.parquet is not in the manifest" in str(damage.value)
    assert "songs/part-0.parquet has 3 bytes, expected 5" in str(damage.value)


@pytest.mark.fault
def test_a_zeroed_footer_is_found(store: Store) -> None:
    with store.draft() as draft:
        (draft / "songs").mkdir()
        pl.DataFrame({"a": range(100)}).write_parquet(draft / "songs" / "part-0.parquet")
        ref = store.commit(draft, "songs", recipe={})
    path = store.file(ref, "songs/part-0.parquet")
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:-8] + bytes(8))

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet"):
        store.verify(ref)


@pytest.mark.fault
def test_files_swapped_between_two_artifacts_are_found(store: Store, keep: Keep) -> None:
    ours, theirs = keep({"a": b"ours!"}), keep({"a": b"their"})
    (folder_of(store, theirs) / "a").replace(folder_of(store, ours) / "a")

    with pytest.raises(Damaged, match="a has sha256"):
        store.verify(ours)
    with pytest.raises(Damaged, match="a is missing"):
        store.verify(theirs)


def test_an_artifact_under_another_ones_name_is_refused(store: Store, keep: Keep) -> None:
    ours, theirs = keep({"a": b"ours"}), keep({"a": b"theirs"})
    shutil.rmtree(folder_of(store, ours))
    folder_of(store, theirs).rename(folder_of(store, ours))

    with pytest.raises(Damaged, match=theirs.version):
        store.verify(ours)


def test_a_link_in_the_place_of_a_file_is_found(store: Store, keep: Keep, tmp_path: Path) -> None:
    ref = keep(FILES)
    path = folder_of(store, ref) / "facts.json"
    path.rename(tmp_path / "facts.json")
    path.symlink_to(tmp_path / "facts.json")

    with pytest.raises(Damaged, match=r"facts\.json is neither a file nor a folder"):
        store.verify(ref)


@pytest.mark.fault
def test_a_damaged_artifact_is_replaced_and_set_aside(store: Store, keep: Keep, flip: Flip) -> None:
    ref = keep(FILES)
    flip(folder_of(store, ref) / "facts.json")
    bad = (folder_of(store, ref) / "facts.json").read_bytes()

    assert keep(FILES) == ref

    assert store.verify(ref) == ref
    assert [path.read_bytes() for path in store.root.glob("quarantine/*/facts.json")] == [bad]


@pytest.mark.fault
@pytest.mark.parametrize("name", ["facts.json", "MANIFEST.json"])
def test_a_disk_that_stumbles_over_an_artifact_does_not_make_it_a_damaged_one(
    store: Store,
    keep: Keep,
    stumbling_disk: Callable[[Path], None],
    name: str,
) -> None:
    ref = keep(FILES)
    stumbling_disk(folder_of(store, ref) / name)

    with pytest.raises(SongspaceError, match=f"{name} cannot be read: Input") as verifying:
        store.verify(ref)
    with pytest.raises(SongspaceError, match=f"{name} cannot be read: Input") as committing:
        keep(FILES)

    for error in (verifying.value, committing.value):
        assert not isinstance(error, Damaged | NotFound)
        assert isinstance(error.__cause__, OSError)
    assert list((store.root / "quarantine").iterdir()) == []


def test_too_many_open_files_are_no_damage_either(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(SongspaceError, match="Too many open files") as error:
            store.verify(ref)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert not isinstance(error.value, Damaged | NotFound)
    assert store.verify(ref) == ref


def test_an_artifact_that_was_removed_is_not_found(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    shutil.rmtree(folder_of(store, ref))

    with pytest.raises(NotFound, match=ref.version):
        store.verify(ref)


def test_committed_files_cannot_be_opened_for_writing_by_accident(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    assert store.file(ref, "facts.json").stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_kind_that_is_no_plain_name_is_refused(store: Store, keep: Keep, kind: str) -> None:
    with pytest.raises(ValueError, match="Expected a kind"):
        keep(FILES, kind=kind)

    assert list((store.root / "artifacts").iterdir()) == []
    assert list((store.root / "staging").iterdir()) == []


@pytest.mark.parametrize(
    "version", ["../" + "0" * 17, "0" * 19, "0" * 21, "G" * 20, "0" * 20 + "\n"]
)
def test_a_reference_names_one_artifact_and_nothing_else(version: str) -> None:
    with pytest.raises(ValidationError):
        ArtifactRef(kind="songs", version=version)


@pytest.mark.parametrize("name", ["a b", ".hidden", "-r", "naïve", "a\nb", "a\\b", "x" * 200])
def test_a_draft_with_an_odd_file_name_is_refused(store: Store, keep: Keep, name: str) -> None:
    with pytest.raises(ValueError, match="plain ASCII"):
        keep({name: b""})

    assert list((store.root / "artifacts").iterdir()) == []


def test_a_manifest_lower_down_is_refused(store: Store, keep: Keep) -> None:
    """Polars and Spark would take it for a part of the table."""
    with pytest.raises(ValueError, match=r"MANIFEST\.json at the top only"):
        keep({"songs/MANIFEST.json": b"{}"})

    assert list((store.root / "artifacts").iterdir()) == []


def test_a_draft_with_a_link_is_refused(store: Store) -> None:
    with store.draft() as draft:
        (draft / "passwords").symlink_to("/etc/passwd")
        with pytest.raises(ValueError, match="neither a file nor a folder"):
            store.commit(draft, "songs", recipe={})


@BOTH
def test_an_empty_draft_and_one_with_a_manifest_of_its_own_are_refused(keep: Keep) -> None:
    with pytest.raises(ValueError, match="Expected files"):
        keep({})
    with pytest.raises(ValueError, match="Expected files"):
        keep({"a": b"", "MANIFEST.json": b"{}"})


def test_a_folder_that_is_no_draft_of_this_store_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").touch()

    with pytest.raises(ValueError, match="not a draft"):
        store.commit(tmp_path / "mine", "songs", recipe={})

    assert (tmp_path / "mine" / "a").exists()


@BOTH
def test_a_recipe_with_nan_is_refused(keep: Keep) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        keep(FILES, recipe={"loss": float("nan")})


@BOTH
@pytest.mark.parametrize("name", ["../MANIFEST.json", "/etc/passwd", "a\0b", "b" * 300, "songs"])
def test_only_listed_files_are_handed_out(store: Store, keep: Keep, name: str) -> None:
    ref = keep(FILES)

    with pytest.raises(NotFound, match="has no file"):
        store.file(ref, name)


@BOTH
def test_a_folder_of_an_artifact_is_handed_out_if_it_is_listed(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    folder = store.folder(ref, "songs")

    assert {path.name for path in folder.iterdir()} == {"part-0.parquet", "part-1.parquet"}
    for name in ("..", "lyrics", "facts.json", ""):
        with pytest.raises(NotFound, match="has no folder"):
            store.folder(ref, name)


def test_tables_and_json_come_back_as_they_were_written(store: Store) -> None:
    with store.draft() as draft:
        (draft / "songs").mkdir()
        for part in range(12):
            table = pl.DataFrame({"number": [2 * part, 2 * part + 1]})
            table.write_parquet(draft / "songs" / f"part-{part:02d}.parquet")
        (draft / "facts.json").write_text('{"rows": 24}')
        ref = store.commit(draft, "songs", recipe={})

    assert store.table(ref, "songs").collect()["number"].to_list() == list(range(24))
    assert store.read_json(ref, "facts.json") == {"rows": 24}


@BOTH
def test_a_table_that_is_not_there_is_named(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    with pytest.raises(NotFound, match="no table 'lyrics'"):
        store.table(ref, "lyrics")
