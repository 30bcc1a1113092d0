"""Facts of any shape, arranged so that a page can show them as text, pairs or a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

MOST_ROWS: Final = 60
LONGEST_TEXT: Final = 400


@dataclass(frozen=True)
class Text:
    """One value; *marked* if something is wrong with it."""

    kind: ClassVar[str] = "text"
    text: str
    numeric: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Pairs:
    """Names and what they stand for; *left_out* more did not fit."""

    kind: ClassVar[str] = "pairs"
    rows: list[tuple[str, Block]]
    left_out: int = 0

    @property
    def nested(self) -> bool:
        """Whether a value is more than text."""
        return any(part.kind != "text" for _, part in self.rows)


@dataclass(frozen=True)
class Grid:
    """Records that share columns; *left_out* more did not fit."""

    kind: ClassVar[str] = "grid"
    columns: list[str]
    rows: list[list[Text]]
    left_out: int = 0


Block = Text | Pairs | Grid


def arrange(value: object) -> Block:
    """*value* as the block that shows it best: records as a grid, other mappings as pairs."""
    if isinstance(value, Mapping):
        return _arrange_mapping({str(key): part for key, part in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _arrange_sequence(value)
    return as_text(value)


def as_text(value: object) -> Text:
    """*value* as people read it: 551,443 and 0.9987; lists and small mappings in one line."""
    if value is None:
        return Text("-")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int | float):
        return Text(_readable_number(value), numeric=True)
    if isinstance(value, Mapping):
        text = " · ".join(f"{name} {as_text(part).text}" for name, part in value.items()) or "none"
    elif isinstance(value, list | tuple):
        text = ", ".join(as_text(part).text for part in value) or "none"
    else:
        text = str(value)
    return Text(text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…")


def _readable_number(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def _arrange_mapping(facts: dict[str, object]) -> Block:
    if not facts:
        return Text("none")
    if len(facts) > 1 and _share_columns(facts.values()):
        return _grid([{"": name, **_as_record(part)} for name, part in facts.items()])
    rows = [(name, arrange(part)) for name, part in list(facts.items())[:MOST_ROWS]]
    return Pairs(rows, left_out=max(len(facts) - MOST_ROWS, 0))


def _arrange_sequence(values: Sequence[object]) -> Block:
    if values and _share_columns(values):
        return _grid([_as_record(part) for part in values])
    if all(_is_plain(part) for part in values):
        return as_text(list(values))
    return _arrange_mapping({str(place): part for place, part in enumerate(values, start=1)})


def _grid(records: list[dict[str, object]]) -> Grid:
    columns = list(dict.fromkeys(name for record in records for name in record))
    rows = [[as_text(record.get(name)) for name in columns] for record in records[:MOST_ROWS]]
    return Grid(columns, rows, left_out=max(len(records) - MOST_ROWS, 0))


def _share_columns(values: Iterable[object]) -> bool:
    """Whether all are records and most of their columns are common to all: else a table is mostly holes."""
    parts = list(values)
    if not all(_is_record(part) for part in parts):
        return False
    columns = [set(_as_record(part)) for part in parts]
    return 2 * len(set.intersection(*columns)) >= len(set.union(*columns))


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(_fits_a_cell, value.values()))


def _fits_a_cell(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return True


def _as_record(value: object) -> dict[str, object]:
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _is_plain(value: object) -> bool:
    return not isinstance(value, Mapping | list | tuple)
