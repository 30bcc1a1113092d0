"""Rows that no reader should let through, each kind made from a good line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Final

Fields = list[str]

_TITLE, _LENGTH, _ALBUM, _DATE, _POPULARITY, _ENERGY, _PARTY = 1, 3, 6, 7, 13, 14, 21


def _replaced(column: int, value: str) -> Callable[[Fields], Fields]:
    return lambda fields: [*fields[:column], value, *fields[column + 1 :]]


def _line(fields: Fields) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(fields)
    return written.getvalue().encode()


def _stray_quote(fields: Fields) -> bytes:
    """A field that opens a quote and never closes it."""
    return _line(_replaced(_ALBUM, "Album\0")(fields)).replace(b"Album\0", b'"Live at the Barn')


def _invalid_utf8(fields: Fields) -> bytes:
    """Latin-1 bytes in a title."""
    return _line(_replaced(_TITLE, "Caf\0")(fields)).replace(b"Caf\0", b"Caf\xe9 \xff")


_BROKEN: Final[dict[str, Callable[[Fields], bytes]]] = {
    "short_row": lambda fields: _line([*fields[:10], *fields[12:]]),
    "long_row": lambda fields: _line([*fields, "", "surplus"]),
    "garbage_number": lambda fields: _line(_replaced(_POPULARITY, "many")(fields)),
    "bad_date": lambda fields: _line(_replaced(_DATE, "31st February 2011")(fields)),
    "stray_quote": _stray_quote,
    "out_of_range": lambda fields: _line(_replaced(_ENERGY, "412")(fields)),
    "truncated": lambda fields: _line([*fields[:8], fields[8][:1]]),
    "invalid_utf8": _invalid_utf8,
    "bad_length": lambda fields: _line(_replaced(_LENGTH, "3m47")(fields)),
    "bad_flag": lambda fields: _line(_replaced(_PARTY, "maybe")(fields)),
}

BROKEN_KINDS: Final = tuple(_BROKEN)
"""The ways in which a row can be broken."""


def broken_line(line: bytes, kind: str) -> bytes:
    """The good *line* of a catalogue broken in the way *kind*; it stays one line."""
    (fields,) = csv.reader([line.decode()])
    return _BROKEN[kind](fields)
