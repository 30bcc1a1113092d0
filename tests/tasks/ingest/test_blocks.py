"""A file comes in blocks of whole lines, and all of them together are the file."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import tasks.ingest.blocks
from tasks.ingest.blocks import MEGABYTE, Block, read_ahead, read_blocks
from tasks.ingest.source import SourceError

MARK = b"\xef\xbb\xbf"

PIECE = st.sampled_from(
    [b"a", b"long line ", b"\n", b"\r\n", b"\r", b'"', b",", "é".encode(), MARK]
)
CONTENT = st.lists(PIECE, max_size=40).map(b"".join)

one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=[3, 64], ids=["looked through in threes", "looked through at once"])
def looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a line is looked for in so many bytes at once."""
    monkeypatch.setattr(tasks.ingest.blocks, "LOOKED_AT", request.param)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    """A function that writes a file."""

    def write(content: bytes) -> Path:
        file = tmp_path / "songs.csv"
        file.write_bytes(content)
        return file

    return write


def blocks_of(file: Path, size: int, longest: int = MEGABYTE) -> list[Block]:
    """The blocks of about *size* bytes, where no line may have more than *longest*."""
    return list(read_blocks(file, size / MEGABYTE, longest / MEGABYTE))


def joined(blocks: list[Block]) -> bytes:
    return b"".join(block.data for block in blocks)


def as_read(content: bytes) -> bytes:
    """What is to be read of a file: no mark, plain line ends, and one behind the last line."""
    if content and not content.endswith(b"\n"):
        content = content.removesuffix(b"\r") + b"\n"
    return content.removeprefix(MARK).replace(b"\r\n", b"\n")


def refuse_gaps(blocks: list[Block]) -> None:
    """Fail unless every block is of whole lines, and knows which."""
    line = 1
    for block in blocks:
        assert block.data.endswith(b"\n")
        assert block.first_line == line
        line += block.data.count(b"\n")


@pytest.mark.usefixtures("looked_at")
@one_folder
@given(content=CONTENT, size=st.integers(1, 60))
@example(content=b"", size=1)
@example(content=MARK, size=1)
@example(content=b"\r", size=1)
@example(content=b"a\n\r", size=2)
def test_the_blocks_of_a_file_are_the_file(
    write: Callable[[bytes], Path], content: bytes, size: int
) -> None:
    file = write(content)

    blocks = blocks_of(file, size)

    assert joined(blocks) == as_read(content)
    refuse_gaps(blocks)
    assert [block.position for block in blocks][-1:] == ([len(content)] if content else [])


@one_folder
@given(content=CONTENT, size=st.integers(1, 60), packing=st.sampled_from(["gz", "zst"]))
def test_the_blocks_of_a_packed_file_are_what_was_packed(
    tmp_path: Path, content: bytes, size: int, packing: str
) -> None:
    file = tmp_path / f"songs.csv.{packing}"
    packed = (
        gzip.compress(content) if packing == "gz" else pa.compress(content, "zstd", asbytes=True)
    )
    file.write_bytes(packed)

    blocks = blocks_of(file, size)

    assert joined(blocks) == as_read(content)
    refuse_gaps(blocks)


@pytest.mark.usefixtures("looked_at")
@pytest.mark.parametrize("end", [b"", b"\n", b"\r", b"\r\n"], ids=["none", "LF", "CR", "CRLF"])
@pytest.mark.parametrize("size", [2, 4, 6, 8, 100])
def test_a_last_line_is_whole_however_it_ends(
    write: Callable[[bytes], Path], end: bytes, size: int
) -> None:
    assert joined(blocks_of(write(b"a,b\n1,2" + end), size)) == b"a,b\n1,2\n"


def test_a_carriage_return_within_a_line_stays(write: Callable[[bytes], Path]) -> None:
    assert joined(blocks_of(write(b"a\rb\nc\r\rd\r\r\ne"), 2)) == b"a\rb\nc\r\rd\r\ne\n"


@pytest.mark.usefixtures("looked_at")
def test_a_block_ends_at_the_last_line_that_fits(write: Callable[[bytes], Path]) -> None:
    blocks = blocks_of(write(b"one\ntwo\nthree\nfour\n"), 9)

    assert [block.data for block in blocks] == [b"one\ntwo\n", b"three\n", b"four\n"]
    assert [block.position for block in blocks] == [8, 14, 19]


@pytest.mark.usefixtures("looked_at")
def test_a_line_longer_than_a_block_makes_a_block_of_its_own(
    write: Callable[[bytes], Path],
) -> None:
    long = b"x" * 500 + b"\n"

    blocks = blocks_of(write(b"head\n" + long + b"a\nb\n" + long), 10, longest=600)

    assert [block.data for block in blocks] == [b"head\n", long, b"a\nb\n", long]


@pytest.mark.usefixtures("looked_at")
@pytest.mark.parametrize("size", [10, 499, 500, 501, 502, 10_000])
@pytest.mark.parametrize("behind", [b"", b"\n", b"\na\n"])
def test_a_line_is_too_long_by_its_own_length_whatever_the_blocks(
    write: Callable[[bytes], Path], size: int, behind: bytes
) -> None:
    file = write(b"head\n" + b"x" * 500 + behind)

    assert joined(blocks_of(file, size, longest=500)).count(b"x") == 500
    with pytest.raises(SourceError, match=r"songs\.csv holds a line of more than"):
        blocks_of(file, size, longest=499)


def test_what_is_appended_while_a_file_is_read_is_left_to_the_next_reading(
    write: Callable[[bytes], Path],
) -> None:
    file = write(b"one\ntwo\nthree\n")
    blocks = read_blocks(file, 4 / MEGABYTE, 1)
    first = next(blocks)
    with file.open("ab") as end:
        end.write(b"four\n")

    assert joined([first, *blocks]) == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("left", [0, 4, 6, 40_000], ids=["none", "read", "a part", "some lines"])
def test_a_file_that_is_cut_while_it_is_read_is_refused(
    write: Callable[[bytes], Path], left: int
) -> None:
    file = write(b"one\n" * 20_000)
    blocks = read_blocks(file, 4_096 / MEGABYTE, 1)
    next(blocks)
    with file.open("r+b") as end:
        end.truncate(left)

    with pytest.raises(SourceError, match=r"songs\.csv cannot be read to its end .*missing"):
        list(blocks)


def test_a_file_that_loses_more_than_its_longest_line_is_not_said_to_hold_a_longer_one(
    write: Callable[[bytes], Path],
) -> None:
    file = write(b"one\n" * MEGABYTE)
    blocks = read_blocks(file, 4_096 / MEGABYTE, 1)
    next(blocks)
    with file.open("r+b") as end:
        end.truncate(4_100)

    with pytest.raises(SourceError, match=r"songs\.csv cannot be read to its end .*missing"):
        list(blocks)


def test_a_mark_is_dropped_at_the_start_of_a_file_alone(write: Callable[[bytes], Path]) -> None:
    blocks = blocks_of(write(MARK + b"a\n" + MARK + b"b\n"), 3)

    assert joined(blocks) == b"a\n" + MARK + b"b\n"


@pytest.mark.parametrize(
    "content", ["a,b\n".encode("utf-16"), "a,b\n".encode("utf-16-le"), "a,b\n".encode("utf-16-be")]
)
def test_a_file_in_utf_16_is_refused(write: Callable[[bytes], Path], content: bytes) -> None:
    with pytest.raises(SourceError, match="looks like UTF-16"):
        blocks_of(write(content), 100)


def test_what_is_read_ahead_comes_in_its_order_and_fails_where_it_fails() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise SourceError("cut")

    ahead = read_ahead(items())

    assert [next(ahead) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(SourceError, match="cut"):
        next(ahead)
