"""Files of one artifact are put into another: as links where that is possible, and not hashed again."""

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from songspace.errors import Damaged, NotFound
from songspace.manifest import FileFacts
from storage import ArtifactRef, Store
from tests.storage.both import BOTH

Keep: TypeAlias = Callable[..., ArtifactRef]

FILES = {
    "songs/part-0.parquet": b"first",
    "songs/part-1.parquet": b"other",
    "facts.json": b'{"a": 1}',
}


@BOTH
def test_a_file_of_one_artifact_is_put_into_another(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    with store.draft() as draft:
        store.link(ref, "songs/part-1.parquet", draft / "songs" / "part-0.parquet")
        other = store.commit(draft, "songs", recipe={})

    assert store.file(other, "songs/part-0.parquet").read_bytes() == FILES["songs/part-1.parquet"]
    assert store.verify(ref) == ref
    assert store.verify(other) == other


def test_a_file_that_is_put_into_another_artifact_takes_no_room(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    with store.draft() as draft:
        store.link(ref, "facts.json", draft / "facts.json")
        assert (draft / "facts.json").samefile(store.file(ref, "facts.json"))


@BOTH
def test_only_listed_files_are_put_into_another(store: Store, keep: Keep) -> None:
    ref = keep(FILES)

    with store.draft() as draft, pytest.raises(NotFound, match="has no file"):
        store.link(ref, "../MANIFEST.json", draft / "a")


def test_a_file_that_is_cut_cannot_be_put_into_another(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    file = store.file(ref, "facts.json")
    file.chmod(0o644)
    file.write_bytes(b"{}")

    with (
        store.draft() as draft,
        pytest.raises(Damaged, match=r"facts\.json has 2 bytes, expected 8"),
    ):
        store.link(ref, "facts.json", draft / "facts.json")


@BOTH
def test_a_copy_is_not_taken_for_the_file_itself(
    store: Store, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = keep(FILES)
    known = store.manifest(ref).files["facts.json"]

    def has_all_the_links_it_can_have(*_: object) -> None:
        raise OSError(errno.EMLINK, "Too many links")

    with store.draft() as draft:
        assert store.link(ref, "facts.json", draft / "linked.json") == known
        monkeypatch.setattr(Path, "hardlink_to", has_all_the_links_it_can_have)
        assert store.link(ref, "facts.json", draft / "copied.json") is None
        assert (draft / "copied.json").read_bytes() == FILES["facts.json"]


def test_a_file_that_is_gone_cannot_be_put_into_another(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    store.file(ref, "facts.json").unlink()

    with store.draft() as draft, pytest.raises(Damaged, match=r"facts\.json is missing"):
        store.link(ref, "facts.json", draft / "facts.json")


@BOTH
def test_linked_files_give_the_same_artifact_unhashed(store: Store, keep: Keep) -> None:
    ref = keep(FILES)
    known = store.manifest(ref).files["facts.json"]

    def linked_again(linked: dict[str, FileFacts]) -> ArtifactRef:
        with store.draft() as draft:
            store.link(ref, "facts.json", draft / "linked.json")
            (draft / "written.json").write_bytes(b"2")
            return store.commit(draft, "songs", recipe={}, linked=linked)

    made = linked_again({"linked.json": known})
    assert made == linked_again({})
    assert store.verify(made) == made
    other = replace(known, sha256="0" * 64)
    claimed = linked_again({"linked.json": other})
    assert store.manifest(claimed).files["linked.json"] == other
    with pytest.raises(Damaged, match=r"linked\.json has sha256"):
        store.verify(claimed)


@BOTH
@pytest.mark.parametrize(("name", "more"), [("facts.json", 1), ("other.json", 0)])
def test_what_is_not_the_linked_file_is_refused(
    store: Store, keep: Keep, name: str, more: int
) -> None:
    ref = keep(FILES)
    known = store.manifest(ref).files["facts.json"]
    linked = {name: replace(known, size=known.size + more)}

    with store.draft() as draft:
        store.link(ref, "facts.json", draft / "facts.json")
        with pytest.raises(ValueError, match=rf"{name} is not the file of {8 + more} bytes"):
            store.commit(draft, "songs", recipe={}, linked=linked)
