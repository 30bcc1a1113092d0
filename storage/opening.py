"""What opening a store asks of its folder and its disk, before any work depends on them."""

from __future__ import annotations

from pathlib import Path

from storage import drafts
from storage.disk import make_folders, write_flushed
from storage.errors import StoreError
from storage.layout import Layout


def make_root(path: Path) -> Path:
    """The real path of the root; a missing parent may be a missing mount, so none is made."""
    if not path.parent.is_dir():
        raise StoreError(
            f"Cannot keep anything in {path}: there is no folder {path.parent}. "
            "Mount the disk or create that folder."
        )
    make_folders([path])
    return path.resolve(strict=True)


def refuse_foreign(layout: Layout) -> None:
    """Raise if the root is a folder of something else: a cleaning would take it for our own."""
    begun = {layout.refs.parent.name, "lost+found"}  # of a store half made, of a disk's root
    others = sorted({path.name for path in layout.root.iterdir()} - begun)
    if others and not layout.refs.is_dir():
        raise StoreError(
            f"{layout.root} is no store: it holds {', '.join(others[:3])}, but no folder refs/live. "
            "Name a new or an empty folder. If this is a store that lost its ledger, make that "
            "folder, and publish again."
        )


def try_disk(layout: Layout) -> None:
    """Do once what publishing needs of the disk, before any work depends on it."""
    with drafts.draft(layout) as draft:
        write_flushed(draft / "written", b"yes")
        try:
            (draft / "linked").hardlink_to(draft / "written")
        except OSError as error:
            raise StoreError(
                f"Could not make a hard link in the store {layout.root}: {error.strerror}. Releases "
                "and the ledger are made of them: keep the store on a file system that has them."
            ) from error
    disk = layout.root.stat().st_dev
    for folder in layout.folders():
        if folder.stat().st_dev != disk:
            raise StoreError(
                f"{folder} lies on another disk than {layout.root}: nothing could be renamed or "
                "linked from one to the other. Keep the folders of a store on one disk."
            )
