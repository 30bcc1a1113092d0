"""What was found, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.records import Comparison, Growth, Limit, Results, StageCost

OURS: Final = "#1f6f8b"
OTHER: Final = "#e0a458"
PALE: Final = "#b8c4cc"
LINES: Final = ("#1f6f8b", "#e0a458", "#99403d", "#5b8c5a", "#6b5b95", "#444444")
STYLE: Final = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "benchmarks",
}


def draw_plots(results: Results, page: Path) -> list[Path]:
    """The plots of which there is something to show, as files beside *page*."""
    plots = {
        "ratios": draw_ratios,
        "stages": draw_stages,
        "limits": draw_limits,
        "growth": draw_growth,
    }
    files = []
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # names that it knows
        for name, draw in plots.items():
            figure = draw(results)
            if figure:
                file = page.with_name(f"{page.stem.lower()}-{name}.png")
                figure.savefig(file, dpi=130, bbox_inches="tight", metadata={"Software": None})
                files.append(file)
    return files


def draw_ratios(results: Results) -> Figure | None:
    """How many times as long theirs takes, and the bound where there is one."""
    found = results.of(Comparison)
    if not found:
        return None
    figure, axes = bars(len(found), "how many times as fast ours is; dashes: the bound")
    speedups = [1 / one.ratio if one.claim == "at most" else one.ratio for one in found]
    colours = [OTHER if one.holds is False else OURS for one in found]
    widths = [speedup - 1 for speedup in speedups]
    axes.barh(range(len(found)), widths, left=1, color=colours, height=0.6)
    for place, (one, speedup) in enumerate(zip(found, speedups, strict=True)):
        if one.claim != "none":
            bound = 1 / one.bound if one.claim == "at most" else one.bound
            axes.plot([bound, bound], [place - 0.4, place + 0.4], color="black", ls="--", lw=1.2)
        missed = "\nbound missed" if one.holds is False else ""
        axes.annotate(
            f"{speedup:.2f}{missed}",
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
        )
    axes.axvline(1, color="black", lw=0.8)
    name_rows(axes, [f"{one.what}\n{plain(one.theirs)}" for one in found])
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    return figure


def draw_stages(results: Results) -> Figure | None:
    """Wall and CPU time, and peak memory, of each stage."""
    found = results.of(StageCost, "stages")
    if not found:
        return None
    figure = Figure(figsize=(9, 0.42 * len(found) + 1.2), layout="constrained")
    times, memory = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    places = range(len(found))
    times.barh(
        [place - 0.2 for place in places],
        [one.seconds for one in found],
        color=OURS,
        height=0.38,
        label="wall time",
    )
    times.barh(
        [place + 0.2 for place in places],
        [one.cpu_seconds for one in found],
        color=PALE,
        height=0.38,
        label="CPU time",
    )
    label_ends(
        times,
        [max(one.seconds, one.cpu_seconds) for one in found],
        [f"{one.seconds:.1f} s" for one in found],
    )
    times.set_xlabel("seconds")
    name_rows(times, [one.name for one in found])
    widen_right(times, log=True)
    times.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False)
    memory.barh(places, [one.peak_mb for one in found], color=OTHER, height=0.6)
    label_ends(memory, [one.peak_mb for one in found], [f"{one.peak_mb:,.0f}" for one in found])
    memory.set_xlabel("peak memory, MB")
    widen_right(memory)
    return figure


def draw_limits(results: Results) -> Figure | None:
    """Which share of its limit each stage reaches."""
    taken = results.taken()
    found = [one for one in results.of(Limit) if one.stage in taken]
    if not found:
        return None
    figure, axes = bars(len(found), "least time by this limit, of the stage's time, %")
    shares = [100 * one.seconds / taken[one.stage] for one in found]
    axes.barh(range(len(found)), shares, color=OURS, height=0.6)
    label_ends(
        axes, shares, [f"{share:.0f} %" if share >= 100 else f"{share:.2g} %" for share in shares]
    )
    axes.axvline(100, color="black", lw=0.8, ls="--")
    name_rows(axes, [f"{one.stage}: {one.what}" for one in found])
    widen_right(axes, log=True)
    return figure


def draw_growth(results: Results) -> Figure | None:
    """Time a row and peak memory by the number of rows."""
    found = results.of(Growth)
    if not found:
        return None
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    times, memory = figure.subplots(1, 2)
    for colour, (stage, line) in zip(LINES, by_stage(found), strict=False):
        rows = [one.rows for one in line]
        times.plot(
            rows,
            [one.seconds / one.rows * 1e6 for one in line],
            "o-",
            color=colour,
            label=stage,
        )
        memory.plot(rows, [one.peak_mb for one in line], "o-", color=colour, label=stage)
    for axes, name in ((times, "time a row, µs"), (memory, "peak memory, MB")):
        axes.set_xscale("log")
        axes.set_xticks(sorted({one.rows for one in found}))
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: short(rows)))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("rows")
        axes.set_ylabel(name)
        axes.grid(axis="y", color="#dddddd", lw=0.6)
    figure.legend(
        *times.get_legend_handles_labels(), loc="outside upper center", ncols=6, frameon=False
    )
    return figure


def by_stage(found: list[Growth]) -> Iterator[tuple[str, list[Growth]]]:
    """The points of each stage, the fewest rows first."""
    for stage in dict.fromkeys(one.stage for one in found):
        yield stage, sorted((one for one in found if one.stage == stage), key=lambda one: one.rows)


def bars(rows: int, name: str) -> tuple[Figure, Any]:
    """An empty figure for so many horizontal bars."""
    figure = Figure(figsize=(9, 0.5 * rows + 1), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(name)
    return figure, axes


def name_rows(axes: Any, names: list[str]) -> None:
    """The first at the top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)


def label_ends(axes: Any, ends: list[float], texts: list[str]) -> None:
    """A text behind each bar."""
    for place, (end, text) in enumerate(zip(ends, texts, strict=True)):
        axes.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center")


def widen_right(axes: Any, *, log: bool = False) -> None:
    """Room for the texts behind the bars."""
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        low, high = axes.get_xlim()
        axes.set_xlim(low, high * (high / low) ** 0.2)
    else:
        axes.set_xlim(0, axes.get_xlim()[1] * 1.2)


def short(rows: float) -> str:
    """Thousands and millions."""
    return f"{rows / 1e6:.1f} M" if rows >= 1e6 else f"{rows / 1e3:.0f} k"


def plain(text: str) -> str:
    """Without the marks of code."""
    return text.replace("`", "")
