"""A file as blocks of whole lines, unpacked on the way: memory follows the block, not the file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from tasks.heap import keep_blocks
from tasks.ingest.source import SourceError
from tasks.ingest.suspects import NEWLINE, Positions, count_byte, find_byte, has_regular_quotes

MEGABYTE: Final = 1 << 20
Item = TypeVar("Item")

LOOKED_AT: Final = MEGABYTE // 16
"""Bytes that are looked through at once for the end of a line."""

AHEAD: Final = 2
"""Items that are made before they are asked for: with one, the two cores are busy 1 % less."""

PACKINGS: Final = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True)
class Block:
    """Some whole lines of a file; every line ends with one newline."""

    data: bytes
    first_line: int  # of the file; the header is line 1
    position: int  # how far into the file, as it lies on disk, it reaches

    @cached_property
    def newlines(self) -> Positions:
        """Where the lines end."""
        return find_byte(self.data, NEWLINE)

    @cached_property
    def lines(self) -> int:
        """How many lines it has."""
        return count_byte(self.data, NEWLINE)

    @cached_property
    def is_regular(self) -> bool:
        """Whether nothing in it can mislead a CSV reader that finds a record in every line."""
        return b"\0" not in self.data and has_regular_quotes(self.data)


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same *items*, made in a thread of its own while those before them are in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        coming = deque(pool.submit(next, items, None) for _ in range(AHEAD))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item


def read_blocks(file: Path, block_mb: float, max_line_mb: float) -> Iterator[Block]:
    """The lines of *file* in blocks of about *block_mb*, without a byte order mark.

    A carriage return before a newline is dropped, and a last line gets its newline.

    Raises:
        SourceError: If the file is cut or damaged, in UTF-16, or has a line longer than
            *max_line_mb*.
    """
    keep_blocks()
    line = 1
    for data, position in _whole_lines(file, int(block_mb * MEGABYTE), max_line_mb * MEGABYTE):
        if line == 1:
            _refuse_utf16(file, data)
            data = data.removeprefix(b"\xef\xbb\xbf")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        block = Block(data, line, position)
        _refuse_long_lines(file, block, max_line_mb)
        line += block.lines
        _ = block.is_regular  # looked up here, where blocks are read ahead
        yield block


def _whole_lines(file: Path, size: int, longest: float) -> Iterator[tuple[bytes, int]]:
    """Lines, about *size* bytes at a time, and how far into the file, as it lies on disk, they reach."""
    packing = PACKINGS.get(file.suffix.lower())
    with _reading(file), pa.OSFile(str(file)) as stream:
        if packing:
            found = _joined_lines(file, stream, packing, size, longest)
        else:
            found = _cut_lines(file, stream, size, longest)
        yield from found


def _cut_lines(
    file: Path, stream: pa.OSFile, size: int, longest: float
) -> Iterator[tuple[bytes, int]]:
    """Read up to where a line ends, which is looked for first: so no byte is copied twice."""

    def read(start: int, end: int) -> bytes:
        data: bytes = stream.read_at(end - start, start)
        if len(data) < end - start:
            raise _cut_short(file, f"{end - start - len(data)} bytes are missing")
        return data

    start, end_of_file = 0, stream.size()
    while start < end_of_file:
        end = _line_end(read, start, min(start + size, end_of_file), end_of_file)
        if end - start > size + longest:
            raise _too_long(file, longest / MEGABYTE)
        data, start = read(start, end), end
        yield data if data.endswith(b"\n") else data.removesuffix(b"\r") + b"\n", end


def _line_end(read: Callable[[int, int], bytes], start: int, wanted: int, end_of_file: int) -> int:
    """Behind the last newline before *wanted*; if there is none, behind the first one after it."""
    end = wanted
    while start < end < end_of_file:
        begin = max(end - LOOKED_AT, start)
        cut = read(begin, end).rfind(b"\n") + 1
        if cut:
            return begin + cut
        end = begin
    while start == end and wanted < end_of_file:
        cut = read(wanted, min(wanted + LOOKED_AT, end_of_file)).find(b"\n") + 1
        if cut:
            return wanted + cut
        wanted = min(wanted + LOOKED_AT, end_of_file)
    return end_of_file


def _joined_lines(
    file: Path, packed: pa.OSFile, packing: str, size: int, longest: float
) -> Iterator[tuple[bytes, int]]:
    """The lines of a stream that only goes forward."""
    stream = pa.CompressedInputStream(packed, packing)
    rest, position = b"", 0
    while chunk := stream.read(size):
        position = packed.tell()
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join((rest, memoryview(chunk)[:cut])), position
            rest = chunk[cut:]
        else:
            rest += chunk
        if len(rest) > longest:
            raise _too_long(file, longest / MEGABYTE)
    if rest:
        yield rest.removesuffix(b"\r") + b"\n", position


def _refuse_long_lines(file: Path, block: Block, longest_mb: float) -> None:
    """Raise if a line is too long although it fits into a block."""
    if len(block.data) > longest_mb * MEGABYTE:
        lengths = np.diff(block.newlines, prepend=-1) - 1
        if lengths.max() > longest_mb * MEGABYTE:
            raise _too_long(file, longest_mb)


def _too_long(file: Path, longest_mb: float) -> SourceError:
    return SourceError(
        f"{file.name} holds a line of more than {longest_mb:g} MB. Expected one song a line, ended "
        "by a newline. If the line is right, raise max_record_mb."
    )


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Tell a disk that stumbled from a file that is not whole."""
    try:
        yield
    except OSError as error:
        if error.errno:  # the disk stumbled: the file may be sound
            raise OSError(error.errno, os.strerror(error.errno), str(file)) from error
        raise _cut_short(file, str(error)) from error


def _cut_short(file: Path, why: str) -> SourceError:
    return SourceError(
        f"{file.name} cannot be read to its end ({why}). It is cut or damaged: fetch it again."
    )


def _refuse_utf16(file: Path, data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data.partition(b"\n")[0]:
        raise SourceError(
            f"{file.name} looks like UTF-16 (it begins with {data[:8]!r}). "
            "Expected UTF-8: save it as CSV UTF-8."
        )
