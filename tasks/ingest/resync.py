"""Records out of lines whose quotes cannot be trusted: a broken line costs itself and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_LINES_AHEAD: Final = 1_000_000


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
    """Cut *text* at the commas outside of quotes; a quote inside an unquoted field is text."""
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
            fields.append(text[start:end])
        if end >= len(text):
            return Quotes(fields)
        start = end + 1


def _closing_quote(text: str, start: int) -> int:
    end = text.find('"', start)
    while end >= 0 and text.startswith('"', end + 1):
        end = text.find('"', end + 2)
    return end


def resync(data: bytes, first_line: int, columns: tuple[str, ...], *, final: bool) -> Resynced:
    """Sort the lines of *data* into records of as many fields as *columns*, and broken lines.

    A quoted field may run over several lines. A quote that is never closed, or only by
    swallowing another record, breaks the line it opens in and no other.

    Args:
        data: Whole lines.
        first_line: The number of its first line.
        columns: Names of the fields, for the reasons.
        final: Whether the file ends here; if not, an unfinished record is handed back.
    """
    found = Resynced()
    lines = data.split(b"\n")[:-1]
    while found.lines < len(lines):
        at = found.lines
        taken = _take(lines, at, first_line + at, columns, final=final)
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
    lines: list[bytes], at: int, line: int, columns: tuple[str, ...], *, final: bool
) -> Whole | Broken | None:
    """The record or broken line that begins at *at*; None if its end is not in sight."""
    raw = lines[at]
    cut = split_fields(_loose(raw))
    if cut.open_at is None:
        return _judge(line, raw, cut, columns)
    if len(cut.fields) != len(columns):
        end = _end_of_quote(lines, at, len(columns))
        if end == len(lines) and not final:
            return None
        if end is not None and end < len(lines):
            joined = b"\n".join(lines[at : end + 1])
            taken = _judge(line, joined, split_fields(_loose(joined)), columns)
            if isinstance(taken, Whole) or taken.reason.startswith(("NUL", "encoding")):
                return taken
    return Broken(
        line,
        f"quote: opens in {columns[min(cut.open_at, len(columns) - 1)]} and is never closed",
        raw,
    )


def _end_of_quote(lines: list[bytes], at: int, width: int) -> int | None:
    """Where the quote left open at *at* closes; None if another record comes first."""
    for end in range(at + 1, len(lines)):
        ahead = lines[end]
        if ahead.count(b'"') % 2:
            return end
        if ahead.count(b",") >= width - 1 and len(split_fields(_loose(ahead)).fields) == width:
            return None
    return len(lines)


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
