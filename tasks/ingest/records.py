"""Blocks as tables of text cells: at once where a block is regular, line by line where it is not."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Final

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from tasks.ingest.blocks import MEGABYTE, Block
from tasks.ingest.resync import Broken, Whole, resync, split_fields
from tasks.ingest.suspects import find_suspects

MARK: Final = codecs.BOM_UTF8
PIECE: Final = MEGABYTE // 32
"""Bytes read line by line from a suspect line on, more if its record is longer."""


@dataclass(frozen=True)
class Records:
    """Some consecutive lines of a file, sorted into records and broken lines."""

    cells: pl.DataFrame  # every field as text or whole number, an empty one as null
    at_line: pl.Series  # where each record begins
    raw: Callable[[int], bytes]  # the lines of one record
    broken: Sequence[Broken]
    lines: int  # used up by all of them
    size: int  # bytes of those lines
    position: int  # how far into the file, as it lies on disk, they reach

    @property
    def rows(self) -> int:
        """Records and broken lines together."""
        return len(self.cells) + len(self.broken)


def read_records(
    blocks: Iterable[Block], schema: pl.Schema, max_record_mb: float
) -> Iterator[Records]:
    """The records of *blocks*, whose fields *schema* names.

    A field is read with its type in *schema* where all fields of a block allow it, else as text.
    A record may begin in one block and end in a later one. Every line is used once. A record of
    several lines longer than *max_record_mb* is none: its first line is broken.
    """
    longest = max_record_mb * MEGABYTE
    text = pl.Schema(dict.fromkeys(schema, pl.String))
    rest = b""  # the beginning of a record
    line = position = 0
    for block in blocks:
        if not block.data:  # behind a header that fills its block
            continue
        line, position = line or block.first_line, block.position
        records = None
        if not rest:
            records = read_regular(block, schema) or read_regular(block, text)
        if records is None:
            whole = Block(rest + block.data, line, position)
            records = _stack(list(_read_irregular(whole, len(rest), text, longest)))
            rest = whole.data[records.size :]
        line += records.lines
        yield records
    if rest:
        yield _resync(Block(rest, line, position), text, longest, final=True)


def _read_irregular(
    block: Block, unfinished: int, text: pl.Schema, longest: float
) -> Iterator[Records]:
    """The records of *block*, its suspect lines read apart, up to a record that goes on.

    The first *unfinished* bytes begin a record that does not end in them.
    """
    suspects = find_suspects(block.data, block.newlines, len(text))
    start, line, end_of_block = 0, block.first_line, len(block.data)
    while start < end_of_block:
        end = int(next(iter(suspects[np.searchsorted(suspects, start) :]), end_of_block))
        if end > start:
            lines = Block(block.data[start:end], line, block.position)
            records = read_regular(lines, text) or _resync(lines, text, longest, final=True)
        else:
            end = block.data.find(b"\n", start + max(PIECE, 2 * unfinished)) + 1 or end_of_block
            lines = Block(block.data[start:end], line, block.position)
            records = _resync(lines, text, longest, final=False)
            unfinished = len(lines.data) - records.size
        yield records
        if end == end_of_block and not records.size:
            return
        start, line = start + records.size, line + records.lines


def _stack(found: Sequence[Records]) -> Records:
    firsts = list(accumulate((len(records.cells) for records in found), initial=0))

    def raw(row: int) -> bytes:
        part = bisect_right(firsts, row) - 1
        return found[part].raw(row - firsts[part])

    return Records(
        cells=pl.concat(records.cells for records in found),
        at_line=pl.concat(records.at_line for records in found),
        raw=raw,
        broken=[row for records in found for row in records.broken],
        lines=sum(records.lines for records in found),
        size=sum(records.size for records in found),
        position=found[-1].position,
    )


def read_regular(lines: Block, schema: pl.Schema) -> Records | None:
    """The records of *lines* if each line is one of *schema*, else None."""
    if not lines.is_regular:
        return None
    try:
        # Polars takes a mark where it begins for no text: it shall have one to drop
        marked = MARK + lines.data if lines.data.startswith(MARK) else lines.data
        cells = pl.read_csv(marked, has_header=False, schema=schema)
    except PolarsError:  # a row too long, no number where one is expected, no UTF-8
        return None
    if len(cells) != lines.lines or _has_short_row(lines, cells):
        return None
    return Records(
        cells=cells,
        at_line=pl.int_range(lines.first_line, lines.first_line + lines.lines, eager=True),
        raw=partial(_line, lines),
        broken=(),
        lines=lines.lines,
        size=len(lines.data),
        position=lines.position,
    )


def _has_short_row(block: Block, cells: pl.DataFrame) -> bool:
    """Polars fills a short row up with nulls: so look at the lines whose last cell is null."""
    suspects = cells.to_series(-1).is_null().arg_true()
    return any(
        len(split_fields(_line(block, row).decode()).fields) != cells.width for row in suspects
    )


def _line(block: Block, number: int) -> bytes:
    ends = block.newlines
    return block.data[ends[number - 1] + 1 if number else 0 : ends[number]]


def _resync(lines: Block, text: pl.Schema, longest: float, *, final: bool) -> Records:
    found = resync(lines.data, lines.first_line, tuple(text), longest, final=final)
    return Records(
        cells=_tabulate(found.whole, text),
        at_line=pl.Series([row.line for row in found.whole], dtype=pl.Int64),
        raw=lambda row: found.whole[row].raw,
        broken=found.broken,
        lines=found.lines,
        size=len(lines.data) - len(found.rest),
        position=lines.position,
    )


def _tabulate(whole: Sequence[Whole], text: pl.Schema) -> pl.DataFrame:
    columns = zip(*(row.fields for row in whole), strict=True) if whole else [[]] * len(text)
    return pl.DataFrame(
        {
            name: [cell or None for cell in column]
            for name, column in zip(text, columns, strict=True)
        },
        schema=text,
    )
