"""How much room a run over a source takes on the disk of the store."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final

from songspace.errors import SongspaceError
from songspace.manifest import Manifest
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.blocks import PACKINGS
from tasks.ingest.task import SourceFile
from tasks.stage import plain

log = logging.getLogger(__name__)

# At its peak, drafts included, ingest takes half of a catalogue with lyrics and 1.0 of one without;
# all artifacts of 551,000 songs with lyrics took 0.57 of their CSV, and what training keeps to go
# on from comes on top.
SHARE: Final = 1.0
"""Bytes that a run takes per byte of its source, unpacked."""

LEAST_BYTES: Final = 100_000_000
"""What it takes besides, however small the source: models, pictures, what training goes on from."""

PACKED: Final = 4
"""How much larger a packed source may get: gzip made 2.5 to 3.9 bytes of a catalogue into one."""

GATHERED: Final = ("features", "latents", "neighbours")
"""Kinds of artifacts that consist of links to what the pieces hold."""

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
        file.bytes * (PACKED if PurePosixPath(file.name).suffix.lower() in PACKINGS else 1)
        for file in files
    )
    return LEAST_BYTES + int(SHARE * unpacked)


def bytes_made(store: Store, files: Sequence[SourceFile]) -> int:
    """What the last run that read any of *files* has left in the store."""
    wanted = [plain(file) for file in files]
    for note in reversed(store.last_notes(LOOKED_AT)):
        made = sizes(store, note, wanted)
        if made:
            return made
    return 0


def sizes(store: Store, note: Mapping[str, Any], files: Sequence[Any]) -> int:
    """Bytes that a run made of *files* and that are still here, and of all of them together if it read no other.

    What is only gathered consists of links.
    """
    shards = manifests(store, note.get("pieces", {}).get("shard", ()))
    ours = [shard for shard in shards if file_of(shard) in files]
    if len(ours) < max(len(files), len(shards)):
        return sum(shard.size for shard in ours)
    pieces = manifests(store, chain.from_iterable(note["pieces"].values()))
    whole = {kind: ref for kind, ref in note["artifacts"].items() if kind not in GATHERED}
    songs = manifests(store, [ref for kind, ref in whole.items() if kind == "songs"])
    linked = sum(facts.size for made in songs for facts in made.below("lyrics").values())
    return sum(made.size for made in [*pieces, *manifests(store, whole.values())]) - linked


def file_of(shard: Manifest) -> Any:
    """What a shard was read from, as its recipe has it."""
    inputs: Any = shard.recipe.get("inputs", {})
    return inputs.get("file")


def manifests(store: Store, refs: Iterable[Any]) -> list[Manifest]:
    """The manifests of those of *refs* that are still here."""
    found = []
    for ref in refs:
        try:
            found.append(store.manifest(ArtifactRef.model_validate(ref)))
        except SongspaceError as error:
            log.debug("not counted: %s", error)
    return found
