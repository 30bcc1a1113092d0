"""Columns that no space has seen: how much nearer in them the neighbours are than songs by chance."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.picking import Floats, Integers

NOTES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

AROUND: Final = {"key": 12}
"""Columns whose values lie on a circle, and its length."""

Unseen = dict[str, Floats]
"""Each column's values, [n], NaN where unknown."""


def unseen_columns(songs: pl.DataFrame) -> Unseen:
    """The columns of SONGS that the model never reads, as numbers.

    "key" is the place on the circle of fifths, a minor key beside its relative major, since those share
    their notes; "mode" is 1 for major and 0 for minor.
    """
    columns = songs.select(
        decade=pl.col("release_date").dt.year() // 10,
        loudness_db="loudness_db",
        length_s="length_s",
        key=pl.col("key").replace_strict(circle_of_fifths(), default=None, return_dtype=pl.Float32),
        mode=pl.col("key").str.ends_with("Maj"),
        explicit="explicit",
    )
    return {
        name: columns[name].cast(pl.Float32).fill_null(float("nan")).to_numpy().copy()
        for name in columns.columns
    }


def circle_of_fifths() -> dict[str, float]:
    """Steps of every key from C major, 0 to 11, as keys are written in SONGS."""
    major = {f"{note} Maj": pitch * 7 % 12 for pitch, note in enumerate(NOTES)}
    minor = {f"{note} min": (pitch + 3) * 7 % 12 for pitch, note in enumerate(NOTES)}
    return {key: float(steps) for key, steps in (major | minor).items()}


def mean_gaps(columns: Unseen, rows: Integers, lists: Integers) -> dict[str, float]:
    """Mean difference between a query and the songs of its list, by column; NaN where no pair is known.

    *rows* are the queries, [q], and *lists* their songs, [q, k], -1 where there are none.
    """
    return {
        name: mean_gap(values[rows][:, None], np.where(lists < 0, np.nan, values[lists]), name)
        for name, values in columns.items()
    }


def mean_gap(first: Floats, second: Floats, name: str) -> float:
    """Mean difference of the pairs that are known, the short way round where the column is a circle."""
    gap = np.abs(first - second)
    if name in AROUND:
        gap = np.minimum(gap, AROUND[name] - gap)
    known = np.isfinite(gap)
    return float(gap[known].mean()) if known.any() else float("nan")


def relative_gaps(near: dict[str, float], chance: dict[str, float]) -> dict[str, float | None]:
    """Gap of the neighbours as a share of that of random songs; None where there is nothing to compare."""
    return {
        name: near[name] / gap if gap > 0 and np.isfinite(near[name]) else None
        for name, gap in chance.items()
    }
