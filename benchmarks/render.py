"""RESULTS.md from what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.plots import draw_plots
from benchmarks.records import (
    Comparison,
    Fact,
    Growth,
    Limit,
    Note,
    Results,
    StageCost,
)

SIGNS: Final = {"at most": "≤", "at least": "≥", "none": ""}


def render(results: Results, out: Path) -> None:
    """Write the page, and the plots beside it."""
    plots = draw_plots(results, out)
    parts = (
        head(results),
        comparisons(results),
        facts(results),
        stages(results),
        limits(results),
        growth(results),
        notes(results),
        [f"![{plot.stem}]({plot.name})" for plot in plots],
        commands(),
    )
    out.write_text("\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n")


def head(results: Results) -> Iterator[str]:
    """Which machine, which versions, which sections and when."""
    machine = results.machine
    yield "# Benchmarks"
    yield ""
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']} of memory, {machine['system']}, "
        f"Python {machine['Python']}. {', '.join(list_versions(machine))}."
    )
    yield ""
    yield from table(
        ("section", "rows", "day", "took", ""),
        (
            (
                name,
                f"{section.rows:,}",
                section.day,
                duration(section.seconds),
                "" if section.finished else "not finished",
            )
            for name, section in results.sections.items()
        ),
    )


def list_versions(machine: dict[str, str]) -> Iterator[str]:
    """The libraries."""
    about = {"processor", "cores", "memory", "system", "Python"}
    yield from (f"{name} {version}" for name, version in machine.items() if name not in about)


def comparisons(results: Results) -> Iterator[str]:
    """Both sides, measured in one run."""
    found = results.of(Comparison)
    if not found:
        return
    yield "## Side by side"
    yield ""
    yield (
        "Measured in turns, each side in a fresh process, the best turn of each; beside it the ratios within a turn. "
        "The ratio says how many times as fast ours is; under a bound with ≤, how many times as long it takes."
    )
    yield ""
    yield from table(
        ("what", "ours", "theirs", "ratio", "in turns", "bound", "holds"),
        (
            (
                f"{one.what}: {one.ours}",
                amount(one.best[0], one.unit),
                f"{amount(one.best[1], one.unit)}: {one.theirs}",
                f"{one.ratio:.2f}",
                spread(one.ratios),
                f"{SIGNS[one.claim]} {one.bound:g}" if one.claim != "none" else "",
                verdict(one.holds),
            )
            for one in found
        ),
    )
    yield ""
    yield from (f"- {one.what}, {one.theirs}: {one.note}" for one in found if one.note)


def facts(results: Results) -> Iterator[str]:
    """Numbers with a bound of their own."""
    found = results.of(Fact)
    if found:
        yield "## Beside the times"
        yield ""
        yield from table(
            ("what", "value", "bound", "holds"),
            (
                (
                    one.what,
                    number(one.value),
                    f"{SIGNS[one.claim]} {one.bound:g}" if one.claim != "none" else "",
                    verdict(one.holds),
                )
                for one in found
            ),
        )


def stages(results: Results) -> Iterator[str]:
    """What each stage takes."""
    found = results.of(StageCost)
    if found:
        yield "## Stages"
        yield ""
        yield from table(
            ("stage", "wall time", "without imports", "CPU time", "peak memory", "rows/s", ""),
            (
                (
                    one.name,
                    duration(one.seconds),
                    duration(one.work_seconds),
                    duration(one.cpu_seconds),
                    f"{one.peak_mb:,.0f} MB",
                    f"{one.rows / one.work_seconds:,.0f}",
                    one.note,
                )
                for one in found
            ),
        )


def limits(results: Results) -> Iterator[str]:
    """Which share of what the machine gives each stage reaches."""
    taken = results.taken()
    found = results.of(Limit)
    if found:
        yield "## Against the limit"
        yield ""
        yield (
            "Share: the least time by this limit, of the time that the stage takes without imports; over 100 % where "
            "the stage gets around the work."
        )
        yield ""
        yield from table(
            ("stage", "limit", "least time", "stage", "share", ""),
            (
                (
                    one.stage,
                    one.what,
                    duration(one.seconds),
                    duration(taken[one.stage]) if one.stage in taken else "not measured",
                    percent(one.seconds / taken[one.stage]) if one.stage in taken else "",
                    one.note,
                )
                for one in found
            ),
        )


def growth(results: Results) -> Iterator[str]:
    """Time a row and memory by the number of rows."""
    found = results.of(Growth)
    if found:
        yield "## Growth"
        yield ""
        yield from table(
            ("stage", "rows", "time", "time a row", "peak memory"),
            (
                (
                    one.stage,
                    f"{one.rows:,}",
                    duration(one.seconds),
                    f"{one.seconds / one.rows * 1e6:.2f} µs",
                    f"{one.peak_mb:,.0f} MB",
                )
                for one in sorted(found, key=lambda one: (one.stage, one.rows))
            ),
        )


def notes(results: Results) -> Iterator[str]:
    """What one has to know."""
    found = results.of(Note)
    if found:
        yield "## Notes"
        yield ""
        yield from (f"- {one.text}" for one in found)


def commands() -> Iterator[str]:
    """How to make it all again."""
    yield "`make bench` measures everything; `python -m benchmarks --only SECTION` one section;"
    yield "`python -m benchmarks --render` writes this page again from what was kept."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def spread(ratios: Sequence[float]) -> str:
    """From the least to the largest, where there are several."""
    return f"{min(ratios):.2f} to {max(ratios):.2f}" if len(ratios) > 1 else ""


def verdict(holds: bool | None) -> str:
    """In a word, a failed claim in bold."""
    return {True: "yes", False: "**no**", None: ""}[holds]


def amount(value: float, unit: str) -> str:
    """A value with its unit."""
    return duration(value) if unit == "s" else f"{value:,.0f} {unit}"


def number(value: float) -> str:
    """Large ones whole, small ones in four digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def percent(share: float) -> str:
    """In two digits."""
    return f"{100 * share:.2g} %" if share < 1 else f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Minutes where there are two of them or more, else seconds, thousandths where it is short."""
    if seconds >= 120:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02} s"
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds:.3g} s"
