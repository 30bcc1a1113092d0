"""Both readers of a block agree, and neither loses a line."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.blocks import Block
from tasks.ingest.records import read_records, read_regular
from tasks.ingest.resync import resync

NAMES = ("a", "b", "c")
SCHEMA = pl.Schema(dict.fromkeys(NAMES, pl.String))
MARKED = ["x\r", "\r", "x\r\r", '"x\r"', "\ufeff", "\ufeffx"]
CELL = st.sampled_from(
    ["", "x", '"', '""', '"x"', '"x,y"', '"x\ny"', '"x', 'x"', 'x" y', "\0", "é", *MARKED]
)
LINE = st.lists(CELL, min_size=1, max_size=6).map(",".join)
TEXT = st.lists(LINE, min_size=1, max_size=8).map(lambda lines: "\n".join(lines) + "\n")


def one_block(data: bytes) -> Block:
    return Block(data, 2, len(data))


def lines_as_blocks(data: bytes) -> list[Block]:
    lines = data.split(b"\n")[:-1]
    return [Block(line + b"\n", 2 + number, 0) for number, line in enumerate(lines)]


@given(TEXT.map(str.encode))
def test_the_fast_reader_finds_what_the_line_reader_finds(data: bytes) -> None:
    fast = list(read_records([one_block(data)], SCHEMA, 1))
    slow = resync(data, 2, NAMES, 1 << 20, final=True)

    cells = [tuple(cell or None for cell in row.fields) for row in slow.whole]
    rows = [row for records in fast for row in records.cells.rows()]
    assert [tuple(cell or None for cell in row) for row in rows] == cells
    assert [at for records in fast for at in records.at_line] == [row.line for row in slow.whole]
    assert [broken for records in fast for broken in records.broken] == slow.broken


@given(TEXT.map(str.encode))
def test_every_line_is_used_once_whatever_the_blocks(data: bytes) -> None:
    whole = resync(data, 2, NAMES, 1 << 20, final=True)

    found = list(read_records(lines_as_blocks(data), SCHEMA, 1))

    raws = [
        raw
        for records in found
        for _, raw in sorted(
            [
                *((line, records.raw(row)) for row, line in enumerate(records.at_line)),
                *((broken.line, broken.raw) for broken in records.broken),
            ]
        )
    ]
    assert b"".join(raw + b"\n" for raw in raws) == data
    assert sum(records.lines for records in found) == data.count(b"\n")
    assert [b for records in found for b in records.broken] == whole.broken


def test_regular_lines_are_read_at_once() -> None:
    records = read_regular(one_block(b'a,"b, ""c""",d\n,,\n'), SCHEMA)

    assert records is not None
    assert records.cells.rows() == [("a", 'b, "c"', "d"), (None, None, None)]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        pytest.param("\ufeffa,b,c", ("\ufeffa", "b", "c"), id="mark"),
        pytest.param("\ufeff\ufeff,b,c", ("\ufeff\ufeff", "b", "c"), id="two marks"),
        pytest.param("a\r,b,c\r", ("a", "b", "c"), id="carriage returns"),
        pytest.param('a\r\r,b,"c\r"', ("a\r", "b", "c\r"), id="two of them, quoted ones"),
    ],
)
def test_both_readers_take_marks_and_carriage_returns_alike(
    line: str, cells: tuple[str, ...]
) -> None:
    data = line.encode() + b"\n"

    fast = read_regular(one_block(data), SCHEMA)
    slow = resync(data, 2, NAMES, 1 << 20, final=True)

    assert fast is not None
    assert fast.cells.rows() == [cells]
    assert [tuple(row.fields) for row in slow.whole] == [cells]


@pytest.mark.parametrize(
    "line",
    [b'"a,b,c', b'a,b" c,d', b"a,\0,c", b"a,\xff,c", b'a,"b"c,d', b"a,b", b"", b"a,b,c,,d"],
)
def test_lines_that_may_mislead_are_not_read_at_once(line: bytes) -> None:
    assert read_regular(one_block(b"a,b,c\n" + line + b"\n"), SCHEMA) is None
