"""Records out of lines whose quotes cannot be trusted: a broken line costs itself and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

ENOUGH_COMMAS: Final = 20
"""Where rows would have them: so many are no chance. Half the commas of a song's row."""

NO_ROW: Final = 7
"""Commas that a line which is no row outweighs: among rows one in a hundred is broken."""


class Broken(NamedTuple):
    """A line that is no record."""

    line: int
    reason: str
    raw: bytes


class Whole(NamedTuple):
    """A record with the expected number of fields, maybe of several lines."""

    line: int
    fields: list[str]
    raw: bytes


@dataclass
class Resynced:
    """What became of a run of lines."""

    whole: list[Whole] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    lines: int = 0  # used up
    rest: bytes = b""  # begins a record that these lines do not end


class Quotes(NamedTuple):
    """A line cut at its commas, and the column at which its quotes go wrong."""

    fields: list[str]
    open_at: int | None = None  # a quote opens here and nothing closes it
    stray_at: int | None = None  # text follows the closing quote


def split_fields(text: str) -> Quotes:
    """Cut *text* at the commas outside of quotes; a quote inside an unquoted field is text.

    A carriage return that ends an unquoted field is dropped, as Polars does.
    """
    fields: list[str] = []
    start = 0
    while True:
        if text.startswith('"', start):
            end = _closing_quote(text, start + 1)
            if end < 0:
                return Quotes([*fields, *text[start:].split(",")], open_at=len(fields))
            if text[end + 1 : end + 2] not in ("", ","):
                return Quotes(fields, stray_at=len(fields))
            fields.append(text[start + 1 : end].replace('""', '"'))
            end += 1
        else:
            end = text.find(",", start)
            end = len(text) if end < 0 else end
            fields.append(text[start:end].removesuffix("\r"))
        if end >= len(text):
            return Quotes(fields)
        start = end + 1


def _closing_quote(text: str, start: int) -> int:
    end = text.find('"', start)
    while end >= 0 and text.startswith('"', end + 1):
        end = text.find('"', end + 2)
    return end


def resync(
    data: bytes, first_line: int, columns: tuple[str, ...], longest: float, *, final: bool
) -> Resynced:
    """Sort the lines of *data* into records of as many fields as *columns*, and broken lines.

    A quoted field may run over several lines. A quote that is never closed, or not within
    *longest*, or only by swallowing other records, breaks the line it opens in and no other:
    the lines after it are sorted on their own.

    Args:
        data: Whole lines.
        first_line: The number of its first line.
        columns: Names of the fields, for the reasons.
        longest: Bytes of a record of several lines.
        final: Whether the file ends here; if not, an unfinished record is handed back.
    """
    found = Resynced()
    lines = data.split(b"\n")[:-1]
    while found.lines < len(lines):
        at = found.lines
        taken = _take(lines, at, first_line + at, columns, longest, final=final)
        if taken is None:
            found.rest = b"\n".join(lines[at:]) + b"\n"
            return found
        if isinstance(taken, Whole):
            found.whole.append(taken)
        else:
            found.broken.append(taken)
        found.lines += taken.raw.count(b"\n") + 1
    return found


def _take(
    lines: list[bytes],
    at: int,
    line: int,
    columns: tuple[str, ...],
    longest: float,
    *,
    final: bool,
) -> Whole | Broken | None:
    """The record or broken line that begins at *at*; None if its end is not in sight."""
    raw = lines[at]
    cut = split_fields(_loose(raw))
    if cut.open_at is None:
        return _judge(line, raw, cut, columns)
    end = _end_of_record(lines, at, cut, len(columns), longest)
    if end == len(lines) and not final:
        return None
    if end is not None and end < len(lines):
        joined = b"\n".join(lines[at : end + 1])
        return _judge(line, joined, split_fields(_loose(joined)), columns)
    column = columns[min(cut.open_at, len(columns) - 1)]
    return Broken(line, f"quote: opens in {column} and is not closed in its row", raw)


def _end_of_record(
    lines: list[bytes], at: int, first: Quotes, width: int, longest: float
) -> int | None:
    """The last line of the record of *width* fields whose *first* line, *at*, leaves a quote open.

    None if these lines are no such record; the number of *lines* if its end is not in sight.

    A stray quote may be closed by another one some rows later, and what lies between looks like
    one field. But its lines are rows, each with all its commas, where the lines of a text have as
    many by chance at most: so the commas in their favour are counted. In a file of few columns,
    where a line of text easily looks like a row, that takes many lines.
    """
    done, size = first.open_at or 0, len(lines[at])  # fields, bytes
    commas = width - 1 - done if len(first.fields) == width else 0
    for end in range(at + 1, len(lines)):
        text = _loose(lines[end])
        quote = _closing_quote(text, 0)
        size += 1 + len(lines[end])
        if quote < 0:
            commas += width - 1 if _looks_like_row(text, width) else -NO_ROW
        elif text.count(",", 0, quote) == done and commas + done >= ENOUGH_COMMAS:
            return None
        if size > longest or commas >= 2 * ENOUGH_COMMAS:  # then whatever closes the quote
            return None
        if quote >= 0:
            done, is_open = _read_on(text, quote, done, width)
            if not is_open:
                return end if done == width else None
            commas = 0
    return len(lines)


def _read_on(text: str, quote: int, done: int, width: int) -> tuple[int, bool]:
    """How many fields are done after *text*, where *quote* closes one, and whether one is open.

    None is open, and too many are done, if there are more than *width*, or text follows a quote.
    """
    if quote + 1 == len(text):
        return done + 1, False
    cut = split_fields(text[quote + 2 :])
    if text[quote + 1] != "," or cut.stray_at is not None:
        return width + 1, False
    if cut.open_at is None:
        return done + 1 + len(cut.fields), False
    done += 1 + cut.open_at
    return (done, True) if done < width else (width + 1, False)


def _looks_like_row(text: str, width: int) -> bool:
    return text.count(",") >= width - 1 and len(split_fields(text).fields) == width


def _judge(line: int, raw: bytes, cut: Quotes, columns: tuple[str, ...]) -> Whole | Broken:
    if not raw.strip():
        return Broken(line, "blank line", raw)
    if b"\0" in raw:
        return Broken(line, "NUL: expected text, got a zero byte", raw)
    if cut.stray_at is not None:
        column = columns[min(cut.stray_at, len(columns) - 1)]
        return Broken(
            line, f"quote: expected a comma after the quoted {column}, got more text", raw
        )
    if len(cut.fields) != len(columns):
        return Broken(line, f"row: expected {len(columns)} fields, got {len(cut.fields)}", raw)
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        bad = raw[error.start : error.end]
        return Broken(line, f"encoding: expected UTF-8, got the bytes {bad!r}", raw)
    return Whole(line, cut.fields, raw)


def _loose(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
