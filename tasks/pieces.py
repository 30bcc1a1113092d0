"""Tables in pieces: a stage may work on each by itself, and what it makes of them is gathered again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from songspace.manifest import FileFacts
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store


class Piece(BaseModel):
    """Some parts of a table in an artifact: their content tells whether it was worked on before, not where it lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artifact: ArtifactRef = Field(exclude=True)
    table: str
    parts: tuple[str, ...] = Field(exclude=True, description="Files of the artifact, in order.")
    sha256: tuple[str, ...] = Field(description="Of each part.")

    def scan(self, store: Store) -> pl.LazyFrame:
        """The rows."""
        return store.parts(self.artifact, self.parts)


def pieces_of(store: Store, artifact: ArtifactRef, table: str) -> list[Piece]:
    """The pieces that a table was made in, but for empty ones: `pieces/<table>.json` says how many parts each has.

    Raises:
        ValueError: If it says so of more or fewer parts than there are.
    """
    files = store.manifest(artifact).below(table)
    parts = [name for name in files if name.endswith(".parquet")]
    pieces, start = [], 0
    for length in store.read_json(artifact, f"pieces/{table}.json"):
        names = tuple(parts[start : start + length])
        start += length
        if names:
            hashes = tuple(files[name].sha256 for name in names)
            pieces.append(Piece(artifact=artifact, table=table, parts=names, sha256=hashes))
    if start != len(parts):
        raise ValueError(f"Expected {start} parts of {table} in {artifact}, found {len(parts)}.")
    return pieces


def gather(store: Store, made: Sequence[ArtifactRef], table: str, draft: Path) -> Linked:
    """Put the parts of *table* of all artifacts *made* into the draft, in their order, without reading them.

    Returns:
        Those that are linked, as `Stage` wants them.
    """
    linked: dict[str, FileFacts] = {}
    files = [(ref, name) for ref in made for name in store.manifest(ref).below(table)]
    for number, (ref, name) in enumerate(files):
        part = f"{table}/part-{number:05d}.parquet"
        facts = store.link(ref, name, draft / part)
        if facts:
            linked[part] = facts
    return linked
