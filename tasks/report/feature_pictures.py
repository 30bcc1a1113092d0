"""What the songs look like in numbers: histograms, correlations, scores of neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from songspace.features import meditation
from songspace.schemas import CONTINUOUS, GOOD_FOR, MEDITATION, NUMERIC
from tasks.report.canvas import ACCENT, INK, PALE, SECOND, new_figure, save_png


def numeric_features(songs: pl.LazyFrame) -> pl.LazyFrame:
    """The 17 numbers of every song, as they are in the catalogue."""
    return songs.select(
        *CONTINUOUS, *(pl.col(name).cast(pl.Int8) for name in GOOD_FOR), meditation()
    )


def count_values(features: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    """How often every value of the nine measures and of meditation occurs: "value" and "songs"."""
    names = (*CONTINUOUS, MEDITATION)
    counted = pl.collect_all(
        [
            features.group_by(pl.col(name).cast(pl.Int64).alias("value"))
            .agg(pl.len().alias("songs"))
            .sort("value")
            for name in names
        ]
    )
    return dict(zip(names, counted, strict=True))


def draw_features(path: Path, counts: dict[str, pl.DataFrame], dots_per_inch: int) -> None:
    """A histogram of every measure, and of meditation; unknown values are named, not drawn."""
    figure, panels = new_figure(14, 5.2, rows=2, columns=5)
    for panel, (name, table) in zip(panels, counts.items(), strict=True):
        known = table.drop_nulls("value")
        unknown = int(table["songs"].sum()) - int(known["songs"].sum())
        heights, edges = bars(known["value"], known["songs"])
        panel.stairs(heights, edges - 0.5, fill=True, color=ACCENT)
        note = f"  ({unknown:,} unknown)" if unknown else ""
        panel.set_title(readable(name) + note, loc="left", fontsize=9, color=INK)
        panel.yaxis.set_major_formatter("{x:,.0f}")
        panel.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=1))
    for panel in panels[-1:]:
        panel.set_xticks([0, 1, 2])
    save_png(figure, path, dots_per_inch)


def correlations(features: pl.LazyFrame) -> NDArray[np.float64]:
    """Pearson's r between the 17 features, in the order of NUMERIC; NaN beside a constant one."""
    pairs = [(a, b) for place, a in enumerate(NUMERIC) for b in NUMERIC[:place]]
    # One aggregation in Polars: no matrix of all songs in memory.
    found = features.select(
        pl.corr(pl.col(a).cast(pl.Float64), pl.col(b).cast(pl.Float64)).alias(f"{a}|{b}")
        for a, b in pairs
    ).collect(engine="streaming")
    matrix = np.eye(len(NUMERIC))
    for (a, b), value in zip(pairs, found.row(0), strict=True):
        row, column = NUMERIC.index(a), NUMERIC.index(b)
        matrix[row, column] = matrix[column, row] = np.nan if value is None else value
    return matrix


def draw_correlations(path: Path, matrix: NDArray[np.float64], dots_per_inch: int) -> None:
    """A heat map of *matrix* with its numbers; what is not defined stays white."""
    figure, (panel,) = new_figure(9.5, 8)
    image = panel.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    ticks = range(len(NUMERIC))
    panel.set_xticks(ticks, [readable(name) for name in NUMERIC], rotation=45, ha="right")
    panel.set_yticks(ticks, [readable(name) for name in NUMERIC])
    for row, column in np.ndindex(matrix.shape):
        value = matrix[row, column]
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 else INK
            panel.text(
                column,
                row,
                f"{value:.2f}".replace("0.", "."),
                ha="center",
                va="center",
                fontsize=6.5,
                color=colour,
            )
    panel.spines[:].set_visible(False)
    panel.set_title("Correlation of the 17 features", loc="left", fontsize=11, color=INK)
    bar = figure.colorbar(image, ax=panel, shrink=0.6)
    bar.outline.set_visible(False)
    save_png(figure, path, dots_per_inch)


def count_scores(neighbours: pl.LazyFrame) -> pl.DataFrame:
    """How many songs have their "nearest" and their "farthest" listed neighbour at a "score".

    Scores are cosines in hundredths, rounded down. Lists need not be of one length.
    """
    ends = ("nearest", "farthest")
    return (
        neighbours.group_by("song_id")
        .agg(nearest=pl.col("score").max(), farthest=pl.col("score").min())
        .unpivot(ends, variable_name="end", value_name="score")
        .group_by(score=(pl.col("score") * 100).floor().cast(pl.Int32))
        .agg((pl.col("end") == end).sum().alias(end) for end in ends)
        .sort("score")
        .collect(engine="streaming")
    )


def draw_scores(path: Path, scores: pl.DataFrame, dots_per_inch: int) -> None:
    """How close the nearest and the last listed neighbour of every song are."""
    figure, (panel,) = new_figure(7, 3.6)
    for name, label, colour in (
        ("farthest", "last listed", SECOND),
        ("nearest", "nearest", ACCENT),
    ):
        heights, edges = bars(scores["score"], scores[name])
        panel.stairs(heights, edges / 100, fill=True, color=colour, alpha=0.75, label=label)
    panel.set_title("Songs by cosine of their neighbours", loc="left", fontsize=11, color=INK)
    panel.set_xlabel("cosine", fontsize=9, color=PALE)
    panel.yaxis.set_major_formatter("{x:,.0f}")
    panel.legend(frameon=False, fontsize=9, loc="upper left")
    save_png(figure, path, dots_per_inch)


def bars(values: pl.Series, counts: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Heights of all whole numbers from the least of *values* to the largest, and their edges.

    One outline for Matplotlib to draw, where a rectangle for every value would take seconds.
    """
    if not len(values):
        return np.zeros(1, np.int64), np.array([0.0, 1.0])
    places = values.to_numpy().astype(np.int64)
    heights = np.zeros(places.max() - places.min() + 1, np.int64)
    heights[places - places.min()] = counts.to_numpy()
    return heights, np.arange(places.min(), places.max() + 2, dtype=np.float64)


def readable(name: str) -> str:
    """A column's name as people write it."""
    return name.removeprefix("good_for_").replace("_", " ")
