"""A file as blocks of whole lines, unpacked on the way: memory follows the block, not the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from tasks.ingest.source import SourceError
from tasks.ingest.suspects import NEWLINE, Positions, count_byte, find_byte, has_regular_quotes

MEGABYTE: Final = 1 << 20
Item = TypeVar("Item")

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
    """The same *items*, each made in a thread of its own while the one before it is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def read_blocks(file: Path, block_mb: float, max_line_mb: float) -> Iterator[Block]:
    """The lines of *file* in blocks of about *block_mb*, without a byte order mark.

    A carriage return before a newline is dropped, and a last line gets its newline.

    Raises:
        SourceError: If the file is cut or damaged, in UTF-16, or has a line longer than
            *max_line_mb*.
    """
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
    rest, position = b"", 0
    for chunk, position in _chunks(file, size):
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


def _chunks(file: Path, size: int) -> Iterator[tuple[bytes, int]]:
    """Unpacked bytes, about *size* at a time, and how far into the file they reach."""
    packing = PACKINGS.get(file.suffix.lower())
    try:
        with pa.OSFile(str(file)) as packed:
            stream = pa.CompressedInputStream(packed, packing) if packing else packed
            while chunk := stream.read(size):
                yield chunk, packed.tell()
    except OSError as error:
        if error.errno:  # the disk stumbled: the file may be sound
            raise OSError(error.errno, os.strerror(error.errno), str(file)) from error
        raise SourceError(
            f"{file.name} cannot be read to its end ({error}). "
            "It is cut or damaged: fetch it again."
        ) from error


def _refuse_utf16(file: Path, data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data.partition(b"\n")[0]:
        raise SourceError(
            f"{file.name} looks like UTF-16 (it begins with {data[:8]!r}). "
            "Expected UTF-8: save it as CSV UTF-8."
        )
