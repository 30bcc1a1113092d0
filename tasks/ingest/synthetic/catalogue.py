"""Writes a synthetic catalogue, chunk by chunk, and the truth about it beside it."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from tasks.ingest.synthetic.chunks import FIRST_LINE, Chunk, draw_chunks, gather_sources
from tasks.ingest.synthetic.faults import broken_line
from tasks.ingest.synthetic.printed import HEADER, printed
from tasks.ingest.synthetic.settings import CatalogueSettings

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CatalogueTruth:
    """What a written catalogue holds; `planted_factors` tells it row by row."""

    catalogue: Path
    rows: int
    artists: int
    repeats: int  # rows that repeat an earlier artist and song
    exact_repeats: int  # of these, those that differ in no column
    clones: int  # rows that differ from an earlier one by title only
    broken: int


def write_catalogue(
    path: Path, settings: CatalogueSettings, progress: Progress | None = None
) -> CatalogueTruth:
    """Write a synthetic catalogue to *path* and the truth about it beside it.

    Each file is whole or not there; an error leaves both as they were.

    Args:
        path: The CSV file; one that is there is replaced.
        settings: What to write.
        progress: Called after every chunk with the rows written and the rows in all.
    """
    sources = gather_sources(settings)
    counts: Counter[str] = Counter()
    with (
        _replacing(truth_path(path)) as truth,
        _replacing(path) as draft,
        draft.open("wb") as file,
        _table_writer(truth) as append,
    ):
        file.write(",".join(HEADER).encode() + b"\n")
        for chunk in draw_chunks(settings, sources):
            file.write(_csv_bytes(chunk, settings.revision))
            append(chunk.truth)
            counts.update(chunk.truth["kind"].to_list())
            counts["broken"] += chunk.truth["broken"].count()
            if progress is not None:
                progress(int(chunk.truth["line"][-1]) - FIRST_LINE + 1, settings.rows)
    return CatalogueTruth(
        catalogue=path,
        rows=settings.rows,
        artists=len(sources.artists),
        repeats=counts["exact"] + counts["variant"],
        exact_repeats=counts["exact"],
        clones=counts["clone"],
        broken=counts["broken"],
    )


def planted_factors(catalogue: Path) -> pl.DataFrame:
    """The truth about every row of the synthetic *catalogue*, in its order.

    Columns: line, artist, song, the factors, style, kind, of_line (the row that it repeats or
    clones, else its own) and broken (how the row was broken, else null).
    """
    return pl.read_parquet(truth_path(catalogue))


def truth_path(catalogue: Path) -> Path:
    """Where the truth about *catalogue* lies."""
    return catalogue.with_name(f"{catalogue.name}.truth.parquet")


def _csv_bytes(chunk: Chunk, revision: str) -> bytes:
    """The lines of *chunk*, the broken ones broken."""
    written = io.BytesIO()
    printed(chunk.songs, revision).write_csv(written, include_header=False)
    lines = written.getvalue()
    broken = chunk.truth.with_row_index("row").filter(pl.col("broken").is_not_null())
    if broken.is_empty():
        return lines
    # No field holds a line end, so the n-th line is the n-th row.
    ends = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == ord("\n")) + 1
    pieces, copied = [], 0
    for row, kind in broken.select("row", "broken").iter_rows():
        begin, end = (int(ends[row - 1]) if row else 0), int(ends[row])
        pieces += [lines[copied:begin], broken_line(lines[begin:end], kind)]
        copied = end
    return b"".join([*pieces, lines[copied:]])


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A draft beside *path* that takes its place, or goes away if anything fails."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _table_writer(path: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Appends frames of one schema to a Parquet file, without keeping them."""
    writers: list[pq.ParquetWriter] = []

    def append(frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if not writers:
            writers.append(pq.ParquetWriter(path, table.schema, compression="zstd"))
        writers[0].write_table(table)

    try:
        yield append
    finally:
        for writer in writers:
            writer.close()
