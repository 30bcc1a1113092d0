"""Sound rows of several lines are kept whole, and a broken line costs no other."""

from __future__ import annotations

import csv
import io
from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.ingest.blocks import Block, read_blocks
from tasks.ingest.records import Records, read_records
from tasks.ingest.resync import resync

ALPHABET = st.sampled_from('ab,,"\n\n\r é日\u2028\x85\ufeff\\;12')
CELL = st.one_of(st.just(""), st.sampled_from(["a", "b c", "7"]), st.text(ALPHABET, max_size=9))
BLOCKS_MB = st.sampled_from([1, 0.001, 0.0002, 0.00003])

Rows = list[list[str]]


def names(width: int) -> tuple[str, ...]:
    return tuple(f"c{column}" for column in range(width))


def rows_of(width: int) -> st.SearchStrategy[Rows]:
    """Rows that are empty but for a few cells, and full ones."""
    few = st.dictionaries(st.integers(0, width - 1), CELL, max_size=4).map(
        lambda cells: [cells.get(column, "") for column in range(width)]
    )
    full = st.lists(CELL, min_size=width, max_size=width)
    return st.lists(st.one_of(few, full), min_size=1, max_size=12)


def write(file: Path, rows: Rows, *, quote_all: bool) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL).writerows(
        [names(len(rows[0])), *rows]
    )
    file.write_bytes(text.getvalue().encode())


def read(file: Path, width: int, block_mb: float) -> list[Records]:
    blocks = read_blocks(file, block_mb, 1)
    first = next(blocks)
    below = Block(first.data.partition(b"\n")[2], 2, first.position)
    schema = pl.Schema(dict.fromkeys(names(width), pl.String))
    return list(read_records(chain([below], blocks), schema, 1))


def read_lines(text: str, width: int) -> tuple[list[int], list[int]]:
    """The lines at which a record of *text* begins, and those that are broken."""
    found = resync(text.encode(), 2, names(width), 1 << 20, final=True)
    return [row.line for row in found.whole], [row.line for row in found.broken]


@pytest.mark.parametrize("width", [2, 3, 39])
@settings(max_examples=150)
@given(data=st.data())
def test_every_row_that_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, width: int, data: st.DataObject
) -> None:
    rows = data.draw(rows_of(width))
    file = tmp_path_factory.getbasetemp() / f"written-{width}.csv"
    write(file, rows, quote_all=data.draw(st.booleans()))

    found = read(file, width, data.draw(BLOCKS_MB))

    meant = [tuple(cell.replace("\r\n", "\n") or None for cell in row) for row in rows]
    got = [tuple(cell or None for cell in row) for records in found for row in records.cells.rows()]
    assert got == meant
    assert [broken for records in found for broken in records.broken] == []


def a_row(width: int, **cells: str) -> str:
    return ",".join(cells.get(name, "x") for name in names(width)) + "\n"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        pytest.param(38, "la la\nla la", id="last column"),
        pytest.param(2, "la" + ", la" * 36 + "\nsecond", id="first line of 39 pieces"),
        pytest.param(2, "la\nla, la, la", id="last line of 39 pieces"),
        pytest.param(2, "la\n" + ",".join("x" * 39) + "\nsecond", id="inner line of 39 pieces"),
        pytest.param(0, "la\nla la", id="first column"),
        pytest.param(0, '""\n', id="quote and newline"),
    ],
)
def test_a_row_of_several_lines_is_kept_whatever_its_lines_look_like(
    column: int, cell: str
) -> None:
    plain = a_row(39)
    text = plain + a_row(39, **{f"c{column}": f'"{cell}"'}) + plain

    at, broken = read_lines(text, 39)

    assert at == [2, 3, 4 + cell.count("\n")]
    assert broken == []


@given(data=st.data())
def test_two_stray_quotes_cost_no_other_row(data: st.DataObject) -> None:
    cell = st.sampled_from(["", "a", "b c", "7", '"x, y"', '"say ""x"""'])
    few = st.dictionaries(st.integers(0, 38), cell, max_size=3)
    rows = [
        [cells.get(column, "a") for column in range(39)]
        for cells in data.draw(st.lists(few, min_size=2, max_size=9))
    ]
    opened, closed = sorted(data.draw(st.permutations(range(len(rows))))[:2])
    column = data.draw(st.integers(0, 38))
    rows[opened][column] = '"' + rows[opened][column].strip('"')
    rows[closed][column] = 'b"'

    at, _ = read_lines("".join(",".join(row) + "\n" for row in rows), 39)

    assert set(at) >= set(range(2, 2 + len(rows))) - {2 + opened, 2 + closed}


def test_a_quote_that_swallows_many_rows_of_three_columns_joins_none() -> None:
    rows = ['Ada,"One,la\n', *["Ada,Two,la\n"] * 20, 'Ada,Three",la\n']

    at, broken = read_lines("".join(rows), 3)

    assert broken == [2]
    assert at == list(range(3, 24))


def test_a_row_cut_inside_of_quotes_costs_itself_alone() -> None:
    cut = 'x,x,"la la\n'
    text = cut + a_row(39) * 5 + a_row(39, c2='"la, la"')

    at, broken = read_lines(text, 39)

    assert (at, broken) == ([3, 4, 5, 6, 7, 8], [2])


def test_an_open_quote_is_followed_as_far_as_the_longest_record_and_no_farther() -> None:
    record = b'x,"' + b"la\n" * 100 + b'la",x\n'
    columns = names(3)

    kept = resync(record, 2, columns, len(record) - 1, final=True)
    broken = resync(record, 2, columns, len(record) - 2, final=True)

    assert [row.raw + b"\n" for row in kept.whole] == [record]
    assert broken.broken[0].raw == b'x,"la'
    assert broken.broken[0].reason == "quote: opens in c1 and is not closed in its row"
    assert len(broken.broken) == 101
