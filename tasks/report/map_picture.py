"""The map as a picture: by genre, by artist and by emotion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tasks.report.canvas import INK, PALE, drawable, new_figure, save_png
from tasks.report.groups import Grouping
from tasks.report.inputs import Facts


def draw_map(
    path: Path, points: pl.DataFrame, by: Mapping[str, Grouping], quality: Facts, dots_per_inch: int
) -> None:
    """Three times the same map, each in the colours of another grouping."""
    figure, panels = new_figure(16, 6.9, columns=len(by), fitted=False)
    places = points.select("x", "y").to_numpy()
    for panel, (name, grouping) in zip(panels, by.items(), strict=True):
        _draw_points(panel, places, grouping)
        _name_groups(panel, grouping)
        panel.set_title(f"by {name}", loc="left", fontsize=12, color=INK)
    figure.text(
        0.99,
        0.985,
        f"t-SNE of {len(points):,} songs · {quality_line(quality)}",
        ha="right",
        va="top",
        fontsize=9,
        color=PALE,
    )
    # Margins by hand: fitted ones would let a long name in a legend shrink the maps.
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.17, top=0.92, wspace=0.04)
    save_png(figure, path, dots_per_inch)


def quality_line(quality: Facts) -> str:
    """The map's quality in one line, or that nobody measured it."""
    known = {"trustworthiness": "trustworthiness", "neighbours_kept": "nearest kept"}
    parts = [
        f"{words} {value:.3f}"
        for key, words in known.items()
        if isinstance(value := quality.get(key), int | float)
    ]
    return " · ".join(parts) or "trustworthiness not measured"


def _draw_points(panel: Axes, places: NDArray[np.float32], grouping: Grouping) -> None:
    """Every group in its colour; others faint."""
    size = float(np.clip(60_000 / max(len(places), 1), 0.8, 30.0))  # points², fuller for few songs
    for code in grouping.bottom_up:
        mine = grouping.codes == code
        panel.scatter(
            places[mine, 0],
            places[mine, 1],
            s=size,
            c=grouping.colours[code],
            linewidths=0,
            alpha=0.35 if code == grouping.others else 0.85,
        )
    _frame(panel, places)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[["left", "bottom"]].set_visible(False)


def _frame(panel: Axes, places: NDArray[np.float32]) -> None:
    """A square around all points, so that an inch is the same distance in every direction."""
    if len(places):
        low, high = places.min(axis=0), places.max(axis=0)
        half = max(float((high - low).max()) * 0.52, 1e-6)
        (x, y) = (low + high) / 2
        panel.set_xlim(x - half, x + half)
        panel.set_ylim(y - half, y + half)
    panel.set_box_aspect(1)


def _name_groups(panel: Axes, grouping: Grouping) -> None:
    """Names below the panel. Set as text afterwards: a label that starts with ``_`` would be dropped."""
    dots = [
        Line2D([], [], color=colour, marker="o", linestyle="", markersize=5)
        for colour in grouping.colours
    ]
    legend = panel.legend(
        dots,
        ["name"] * len(dots),
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=2,
        fontsize=8,
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.2,
    )
    for text, name, count in zip(legend.get_texts(), grouping.names, grouping.counts, strict=True):
        text.set_parse_math(False)
        text.set_text(f"{drawable(name)} ({count:,})")
