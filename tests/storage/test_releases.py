"""A release is one folder with the whole output of one run, or it does not exist."""

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import TypeAlias

import pytest

from songspace.errors import Damaged, NotFound
from storage import ArtifactRef, Store
from tests.storage.both import BOTH

Keep: TypeAlias = Callable[..., ArtifactRef]
Flip: TypeAlias = Callable[[Path], None]

SONGS = {"songs/part-0.parquet": b"songs", "lyrics/part-0.parquet": b"lyrics"}
MODEL = {"model/model.keras": b"weights", "model/settings.json": b"{}"}
HOSTILE = ["../x", "/etc", "a\0b", "a" * 300, "", ".", "s\u043engs", "a/b"]


def nothing_was_built(store: Store) -> bool:
    return not [*(store.root / "releases").iterdir(), *(store.root / "staging").iterdir()]


def test_a_release_holds_the_folders_of_its_parts_and_one_manifest(
    store: Store, keep: Keep
) -> None:
    songs, model = keep(SONGS), keep(MODEL, kind="model")

    release = store.build_release(
        {"songs": (songs, "songs"), "lyrics": (songs, "lyrics"), "model": (model, "model")},
        meta={"run": 7},
    )

    folder = store.root / "releases" / release
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {*SONGS, *MODEL, "MANIFEST.json"}
    manifest = store.verify_release(release)
    assert release == f"{manifest.created_at:%Y%m%dT%H%M%SZ}-{manifest.digest[:8]}"
    assert manifest.recipe["run"] == 7


def test_a_release_shares_its_bytes_with_its_artifacts(store: Store, keep: Keep) -> None:
    songs = keep(SONGS)

    release = store.build_release({"songs": (songs, "songs")}, meta={})

    released = store.root / "releases" / release / "songs" / "part-0.parquet"
    assert released.samefile(store.file(songs, "songs/part-0.parquet"))


def test_where_the_disk_refuses_links_the_release_is_a_copy(store: Store, keep: Keep) -> None:
    songs = keep(SONGS)
    source = store.file(songs, "songs/part-0.parquet")
    if run(["chattr", "+i", str(source)], capture_output=True, check=False).returncode != 0:
        pytest.skip("chattr is refused here")

    try:
        release = store.build_release({"songs": (songs, "songs")}, meta={})
    finally:
        run(["chattr", "-i", str(source)], check=True)

    assert not (store.root / "releases" / release / "songs" / "part-0.parquet").samefile(source)
    assert store.verify_release(release).kind == "release"


@BOTH
def test_the_same_content_from_the_same_artifacts_is_one_release(store: Store, keep: Keep) -> None:
    parts = {"songs": (keep(SONGS), "songs")}
    first = store.build_release(parts, meta={"artifacts": {"seed": 1}, "run": 1})

    same = store.build_release(parts, meta={"artifacts": {"seed": 1}, "run": 2})
    other = store.build_release(parts, meta={"artifacts": {"seed": 2}, "run": 1})

    assert same == first
    assert other != first
    assert store.verify_release(other).digest == store.verify_release(first).digest


@pytest.mark.fault
def test_a_damaged_release_is_not_taken_for_the_same(store: Store, keep: Keep) -> None:
    songs = keep(SONGS)
    first = store.build_release({"songs": (songs, "songs")}, meta={})
    (store.root / "releases" / first / "songs" / "part-0.parquet").unlink()

    second = store.build_release({"songs": (songs, "songs")}, meta={})

    assert second != first
    assert store.verify_release(second).version == second


@pytest.mark.fault
def test_a_damaged_artifact_is_named_and_no_release_is_built(
    store: Store, keep: Keep, flip: Flip
) -> None:
    songs = keep(SONGS)
    flip(store.file(songs, "songs/part-0.parquet"))

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet"):
        store.build_release({"songs": (songs, "songs")}, meta={})

    assert nothing_was_built(store)


@pytest.mark.fault
def test_a_missing_file_of_an_artifact_is_named(store: Store, keep: Keep) -> None:
    songs = keep(SONGS)
    store.file(songs, "songs/part-0.parquet").unlink()

    with pytest.raises(Damaged, match=r"part-0\.parquet is missing"):
        store.build_release({"songs": (songs, "songs")}, meta={})

    assert nothing_was_built(store)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_folder_that_is_no_plain_name_is_refused(store: Store, keep: Keep, name: str) -> None:
    songs = keep(SONGS)

    with pytest.raises(ValueError, match="not a folder's name"):
        store.build_release({name: (songs, "songs")}, meta={})
    with pytest.raises(ValueError, match="not a folder's name"):
        store.build_release({"songs": (songs, name)}, meta={})

    assert nothing_was_built(store)


def test_a_table_holds_parts_and_nothing_else(store: Store, keep: Keep) -> None:
    for name in ("songs/readme.txt", "songs/sub/part-0.parquet", "songs/part-0.csv"):
        songs = keep({name: b""})
        with pytest.raises(ValueError, match="may hold part-"):
            store.build_release({"songs": (songs, "songs")}, meta={})

    assert nothing_was_built(store)


@BOTH
def test_an_absent_folder_or_artifact_is_named(store: Store, keep: Keep) -> None:
    songs = keep(SONGS)
    absent = ArtifactRef(kind="songs", version="0" * 20)

    with pytest.raises(NotFound, match="no folder 'latents'"):
        store.build_release({"latents": (songs, "latents")}, meta={})
    with pytest.raises(NotFound, match=absent.version):
        store.build_release({"songs": (absent, "songs")}, meta={})


@pytest.mark.fault
def test_files_swapped_between_two_releases_are_found(store: Store, keep: Keep) -> None:
    ours, theirs = (
        store.build_release({"songs": (keep({"songs/part-0.parquet": content}), "songs")}, meta={})
        for content in (b"ours", b"them")
    )
    name = "songs/part-0.parquet"
    os.replace(  # noqa: PTH105
        store.root / "releases" / theirs / name, store.root / "releases" / ours / name
    )

    for release in (ours, theirs):
        with pytest.raises(Damaged, match=name):
            store.verify_release(release)


@BOTH
@pytest.mark.parametrize("release", ["../artifacts", "/etc", "a\0b", "2" * 300, "live", ""])
def test_a_release_is_named_by_its_id_only(store: Store, release: str) -> None:
    with pytest.raises(ValueError, match="not the id of a release"):
        store.verify_release(release)
    with pytest.raises(ValueError, match="not the id of a release"):
        store.promote(release, expected=None)
