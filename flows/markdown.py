"""Facts as the tables of Markdown that the Prefect UI shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.report.facts import Grid


def as_table(facts: Mapping[str, object]) -> str:
    """Names and values as a Markdown table."""
    rows = "\n".join(f"| {name} | {cell(value)} |" for name, value in facts.items())
    return f"| | |\n|---|---|\n{rows}"


def as_rows(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of the same fields as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(map(cell, row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def grid_rows(grid: Grid) -> list[dict[str, str]]:
    """A table of the report as rows of the same fields."""
    return [dict(zip(grid.columns, (part.text for part in row), strict=True)) for row in grid.rows]


def cell(value: object) -> str:
    """A value that cannot break out of a Markdown cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {cell(item)}" for name, item in value.items())
    plain = isinstance(value, bool) or not isinstance(value, int)
    text = str(value) if plain else f"{value:,}"
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
