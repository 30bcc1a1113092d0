"""How much room a run over a source takes on the disk of the store."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.blocks import PACKINGS
from tasks.ingest.task import SourceFile
from tasks.stage import plain

log = logging.getLogger(__name__)

# At its peak, drafts included, ingest takes 0.48 of a catalogue with lyrics and 1.0 of one without;
# all artifacts of 551,000 songs with lyrics took 0.44 of their CSV, and what training keeps to go
# on from comes on top.
SHARE: Final = 1.0
"""Bytes that a run takes per byte of its source, unpacked."""

LEAST_BYTES: Final = 100_000_000
"""What it takes besides, however small the source: models, pictures, what training goes on from."""

PACKED: Final = 4
"""How much larger a packed source may get: gzip made 2.5 to 3.9 bytes of a catalogue into one."""

LOOKED_AT: Final = 20
"""Runs that are looked through, from the last one back, for one that read the same files."""


def require_space(store: Store, files: Sequence[SourceFile]) -> None:
    """Refuse to begin a run over *files* that would fill the disk.

    What a run over the same files has made, and how far its training came, counts as room that is
    taken already, so that a run that was begun may always go on.

    Raises:
        StoreError: If there is too little; it says how much is needed, and what to do.
    """
    taken = bytes_made(store, files) + store.unfinished_bytes()
    needed = max(bytes_needed(files) - taken, 0)
    store.require_free(needed, f"run over {', '.join(file.name for file in files[:3])}")


def bytes_needed(files: Sequence[SourceFile]) -> int:
    """What a run over *files* takes at its peak, if nothing of it was done before."""
    unpacked = sum(
        file.bytes * (PACKED if file.path.suffix.lower() in PACKINGS else 1) for file in files
    )
    return LEAST_BYTES + int(SHARE * unpacked)


def bytes_made(store: Store, files: Sequence[SourceFile]) -> int:
    """What the last run over *files*, whole or not, has left in the store."""
    for note in reversed(store.last_notes(LOOKED_AT)):
        made = sizes(store, note["artifacts"], plain(list(files)))
        if made:
            return made
    return 0


def sizes(store: Store, refs: Mapping[str, Any], files: Any) -> int:
    """Bytes of a run's artifacts that are still here; 0 if it did not read *files*."""
    manifests = {}
    for kind, ref in refs.items():
        try:
            manifests[kind] = store.manifest(ArtifactRef.model_validate(ref))
        except SongspaceError as error:
            log.debug("not counted: %s", error)
    songs = manifests.get("songs")
    inputs = songs.recipe.get("inputs") if songs else None
    if not isinstance(inputs, Mapping) or inputs.get("files") != files:
        return 0
    return sum(manifest.size for manifest in manifests.values())
