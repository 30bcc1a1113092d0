"""The headline of every space as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from models.gate import number
from tasks.report.canvas import ACCENT, INK, PALE, SECOND, new_figure, save_png
from tasks.report.inputs import Metrics
from tasks.report.spaces import SPACES, measured, row_of

COLOURS: Final = {"candidate": ACCENT, "live": "#8e6bd8"}


def draw_headline(path: Path, metrics: Metrics, dots_per_inch: int) -> None:
    """A dot for every space with its interval, and the supervised bound as a line: legible on a phone."""
    figure, (panel,) = new_figure(5.6, 4.2)
    draw_spaces(panel, metrics)
    draw_bound(panel, metrics)
    name = (metrics.get("headline") or {}).get("name", "headline")
    panel.set_title(f"{name}, artists never met", loc="left", fontsize=11, color=INK)
    panel.set_xlim(left=0, right=None if panel.lines else 1)
    save_png(figure, path, dots_per_inch)


def draw_spaces(panel: Axes, metrics: Metrics) -> None:
    """One row a space, the candidate on top; what was not measured says so."""
    names = [space for space in SPACES if space != "bound"]
    for place, space in enumerate(names):
        row = row_of(metrics, space)
        value, colour = number(row, "genre"), COLOURS.get(space, INK)
        if value is None:
            panel.text(0, place, "  not measured", va="center", fontsize=10, color=PALE)
            continue
        low, high = number(row, "genre_low"), number(row, "genre_high")
        if low is not None and high is not None:
            panel.plot([low, high], [place, place], color=colour, linewidth=1.6, alpha=0.7)
        panel.plot(value, place, "o", color=colour, markersize=6)
        panel.annotate(
            f"{value:.3f}",
            (value, place),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            color=colour,
        )
    panel.set_yticks(range(len(names)), [SPACES[space] for space in names], fontsize=10)
    panel.set_ylim(len(names) - 0.4, -0.8)
    panel.grid(axis="x", color=PALE, alpha=0.2, linewidth=0.6)


def draw_bound(panel: Axes, metrics: Metrics) -> None:
    """What a classifier reaches that was taught the genres; its name stands below the axis."""
    row = row_of(metrics, "bound")
    bound = number(row, "genre")
    low, high = number(row, "genre_low"), number(row, "genre_high")
    if bound is not None:
        panel.axvline(bound, color=SECOND, linestyle="--", linewidth=1.2)
        if low is not None and high is not None:
            panel.axvspan(low, high, color=SECOND, alpha=0.08, linewidth=0)
    panel.set_xlabel(f"- - {SPACES['bound']}: {measured(bound)}", fontsize=10, color=SECOND)
