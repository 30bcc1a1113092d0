"""One file, gated by itself, as typed rows and quarantined ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from tasks.ingest.blocks import Block, read_ahead, read_blocks
from tasks.ingest.columns import (
    NAMES,
    complete_songs,
    explain,
    read_as,
    trim,
    type_cells,
)
from tasks.ingest.dialect import Revision, recognise_revision
from tasks.ingest.folding import song_ids
from tasks.ingest.header import Header, read_header
from tasks.ingest.quarantine import list_quarantined
from tasks.ingest.records import Records, read_records
from tasks.ingest.resync import Broken, split_fields
from tasks.ingest.settings import IngestSettings
from tasks.ingest.source import SourceError

SAMPLE_MB: Final = 1
"""How much of a file is read at once to tell its revision: about 400 songs."""

SAMPLE_ROWS: Final = 100
"""How many rows tell it, if the file has so many: more is read until they are found."""


@dataclass(frozen=True)
class GatedFile:
    """A file that has the catalogue's columns in a revision that we know."""

    path: Path
    name: str  # where its rows are listed
    header: Header
    revision: Revision


@dataclass(frozen=True)
class Rows:
    """What became of some consecutive rows of a file; nothing is folded yet."""

    songs: pl.DataFrame  # SONGS without what only all rows together give, and the lyrics
    quarantined: pl.DataFrame
    read: int  # how many rows
    size: int  # bytes that they took
    position: int  # how far into the file, as it lies on disk, they reach


def gate(path: Path, name: str, settings: IngestSettings) -> GatedFile:
    """Read the header and the first rows of the file at *path*, whose rows are listed as *name*'s.

    Raises:
        SourceError: If the file is no catalogue of a known revision.
    """
    sample_mb = min(SAMPLE_MB, settings.block_mb)
    blocks = read_blocks(path, sample_mb, settings.max_record_mb)
    first = next(blocks, None)
    if first is None:
        raise SourceError(f"{path.name} is empty. Expected a header and one song a line.")
    header = read_header(path, first.data, may_lack=settings.allow_missing_columns)
    text = pl.Schema(dict.fromkeys(header.names, pl.String))
    sample, rows = [pl.DataFrame(schema=text)], 0  # rows: broken lines too
    for records in _records(chain([first], blocks), text, settings):
        sample.append(records.cells)
        rows += records.rows
        if sum(map(len, sample)) >= SAMPLE_ROWS:
            break
    if not rows:
        raise SourceError(f"{path.name} has a header but no row below it.")
    revision = recognise_revision(path, trim(pl.concat(sample), NAMES))
    return GatedFile(path, name, header, revision)


def read_rows(gated: GatedFile, settings: IngestSettings) -> Iterator[Rows]:
    """Every row of the file, typed or quarantined, in the file's order.

    Raises:
        SourceError: If the file is cut or damaged.
        RuntimeError: If the rows do not account for every line of the file.
    """
    seen = _Seen()
    blocks = read_blocks(gated.path, settings.block_mb, settings.max_record_mb)
    used = 1  # the header
    schema = read_as(gated.header.names, gated.revision)
    for records in _records(seen.count(read_ahead(blocks)), schema, settings):
        used += records.lines
        yield _type_rows(records, gated)
    if used != seen.lines:
        raise RuntimeError(
            f"{gated.path.name} has {seen.lines} lines, but its rows account for {used}. "
            "This is a fault of the reader: please report it with the file."
        )


class _Seen:
    """Counts lines as the blocks go by, apart from whoever sorts them into rows."""

    def __init__(self) -> None:
        self.lines = 0

    def count(self, blocks: Iterator[Block]) -> Iterator[Block]:
        for block in blocks:
            self.lines += block.lines
            yield block


def _records(
    blocks: Iterator[Block], schema: pl.Schema, settings: IngestSettings
) -> Iterator[Records]:
    first = next(blocks)
    rows = Block(first.data.partition(b"\n")[2], 2, first.position)
    return read_records(chain([rows], blocks), schema, settings.max_record_mb)


def _type_rows(records: Records, gated: GatedFile) -> Rows:
    _, typed, wrong = type_cells(records.cells, gated.revision)
    broken = list(records.broken)
    at_line = records.at_line
    if wrong.any():
        raws = [records.raw(row) for row in wrong.arg_true()]
        reasons = explain(_as_written(raws, records.cells.columns), gated.revision)
        broken += map(Broken, at_line.filter(wrong), reasons, raws)
        typed, at_line = typed.filter(~wrong), at_line.filter(~wrong)
    songs = complete_songs(typed).with_columns(
        song_ids(typed["artist"], typed["song"]),
        pl.lit(gated.name).alias("file"),
        at_line.alias("line"),
    )
    return Rows(
        songs,
        list_quarantined(gated.name, broken),
        records.rows,
        records.size,
        records.position,
    )


def _as_written(raws: list[bytes], names: list[str]) -> pl.DataFrame:
    """The fields of some records as text: a number that was read as one has lost its zeros."""
    fields = [split_fields(raw.decode()).fields for raw in raws]
    return pl.DataFrame(fields, schema=dict.fromkeys(names, pl.String), orient="row")
