"""Files that are whole, or not there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from songspace.places import Place
from storage.disk import flush


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside *path*, which takes its place if the block ends well, and else vanishes."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield draft
        flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)


def refuse_place(path: Path, sources: Sequence[Path], store: Place) -> None:
    """Raise if there should be no new file at *path*.

    Raises:
        ValueError: If its folder is missing, or it is a folder, one of *sources*, or within *store*.
    """
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {path.parent} to write {path.name} into: make it.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder. Expected the name of a file.")
    if any(path.exists() and path.samefile(source) for source in sources):
        raise ValueError(f"{path} would replace the file that is read: write to another one.")
    if isinstance(store, Path) and path.resolve().is_relative_to(store.resolve()):
        raise ValueError(f"{path} lies in the store {store}, which only runs may change.")
