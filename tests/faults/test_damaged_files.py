"""One flipped bit, a cut, a zeroed end, in every file of a real release and of all that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import songspace
from songspace import Damaged
from songspace.manifest import MANIFEST
from storage.artifacts import ArtifactRef
from tests.flows.small_runs import Pipeline

pytestmark = pytest.mark.fault

Damage = Callable[[bytes], bytes]

SUFFIXES: Final = {".parquet", ".json", ".keras", ".safetensors", ".png", ".html"}
"""What a release is made of."""


def flipped(content: bytes) -> bytes:
    """One bit in the middle is another."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def cut(content: bytes) -> bytes:
    """The second half is gone."""
    return content[: len(content) // 2]


def without_end(content: bytes) -> bytes:
    """As many bytes as before, but where Parquet and zip have their directory there is nothing."""
    end = min(64, len(content))
    return content[:-end] + bytes(end)


@pytest.fixture(params=[flipped, cut, without_end])
def damage(request: pytest.FixtureRequest) -> Damage:
    """One of the ways in which a file is damaged."""
    chosen: Damage = request.param
    return chosen


@contextmanager
def damaged(path: Path, damage: Damage) -> Iterator[None]:
    """The file, damaged behind the store's back and whole again afterwards."""
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(damage(content))
    try:
        yield
    finally:
        path.write_bytes(content)


def files_in(folder: Path) -> list[Path]:
    """All files below *folder*, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_damage_in_any_file_of_a_release_is_named_and_the_release_neither_promoted_nor_opened(
    line: Pipeline, damage: Damage
) -> None:
    store = line.store
    head = store.head()
    assert head is not None
    files = files_in(store.release_folder(head.release))
    assert {path.suffix for path in files} == SUFFIXES

    for path in files:
        with damaged(path, damage):
            with pytest.raises(Damaged, match=path.name):
                store.verify_release(head.release)
            with pytest.raises(Damaged, match=path.name):
                store.promote(head.release, expected=head.sequence)
            with pytest.raises(Damaged, match=path.name):
                songspace.open(line.root)

    assert store.head() == head
    songspace.open(line.root).close()


def test_damage_in_any_file_of_an_artifact_is_named_and_no_release_is_built_of_it(
    line: Pipeline, damage: Damage
) -> None:
    store = line.store
    before = store.releases()
    folders = sorted((line.root / "artifacts").glob("*/*"))
    assert len(folders) >= 20  # what the stages of a run leave

    for folder in folders:
        ref = ArtifactRef(kind=folder.parent.name, version=folder.name)
        for path in files_in(folder):
            with damaged(path, damage):
                with pytest.raises(Damaged, match=path.name):
                    store.verify(ref)
                for part in parts_with(path, folder):
                    with pytest.raises(Damaged, match=path.name):
                        store.build_release({part: (ref, part)}, meta={})
        store.verify(ref)

    assert store.releases() == before


def parts_with(path: Path, folder: Path) -> list[str]:
    """The folders of an artifact that cannot be released while that file is damaged: of a manifest, all."""
    if path.name == MANIFEST:
        return sorted(part.name for part in folder.iterdir() if part.is_dir())
    return [*path.relative_to(folder).parts[:-1]][:1]
