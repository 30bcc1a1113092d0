"""Songs of the map with the names they are coloured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

UNKNOWN: Final = "unknown"
PALETTE: Final = (
    "#3b82d6",
    "#e8803a",
    "#2fa36b",
    "#d6455d",
    "#8e6bd8",
    "#b8860b",
    "#e06fb0",
    "#1fa5b8",
    "#8a9a2b",
    "#a0603c",
)
"""Readable on white and on near-black alike."""

OTHER_COLOUR: Final = "#9aa3ad"
GROUPINGS: Final = ("genre", "artist", "emotion")


@dataclass(frozen=True)
class Grouping:
    """Every point's place in a short list of names."""

    names: list[str]  # most frequent first; "other" is the last one, if any point needs it
    counts: list[int]
    codes: NDArray[np.uint8]  # [points], into names
    colours: list[str]

    @property
    def others(self) -> int | None:
        """The code of the points without a name of their own, if there are any."""
        return len(self.names) - 1 if self.colours[-1:] == [OTHER_COLOUR] else None

    @property
    def bottom_up(self) -> list[int]:
        """Codes in drawing order: others first, rare names last, so that nothing is buried."""
        named = [code for code in range(len(self.names)) if code != self.others]
        return named if self.others is None else [self.others, *named]


def map_points(map_table: pl.DataFrame, songs: pl.LazyFrame) -> pl.DataFrame:
    """Points of the map with song, artist, first artist, first genre and emotion, in the map's order.

    Raises:
        ValueError: If the map holds a song that *songs* does not.
    """
    named = songs.select(
        "song_id",
        pl.col("song").fill_null(""),
        pl.col("artist").fill_null(""),
        _name(pl.col("artists").list.first()).alias("first_artist"),
        _name(pl.col("genres").list.first()).alias("genre"),
        _name(pl.col("emotion").str.to_lowercase()).alias("emotion"),
    )
    points = (
        map_table.lazy()
        .join(named, on="song_id", how="left", maintain_order="left")
        .collect(engine="streaming")
    )
    strangers = points["song"].null_count()
    if strangers:
        raise ValueError(
            f"Expected every song of the map among the songs. {strangers} of {len(points)} are not: "
            "map and songs come from different runs. Draw the map again."
        )
    return points


def group_points(names: pl.Series, most: int) -> Grouping:
    """The *most* frequent names one by one, all others together."""
    counted = names.value_counts(sort=False).sort(["count", names.name], descending=[True, False])
    shown = counted.head(most)
    listed: list[str] = shown[names.name].to_list()
    counts: list[int] = shown["count"].to_list()
    colours = list(PALETTE[: len(listed)])
    rest = len(names) - sum(counts)
    if rest:
        listed, counts = [*listed, "other"], [*counts, rest]
        colours = [*colours, OTHER_COLOUR]
    place = {name: code for code, name in reversed(list(enumerate(listed[: len(shown)])))}
    codes = names.replace_strict(place, default=len(shown), return_dtype=pl.UInt8).to_numpy()
    return Grouping(listed, counts, codes, colours)


def groupings(points: pl.DataFrame, most: int) -> dict[str, Grouping]:
    """The points by genre, by artist and by emotion."""
    columns = {"genre": "genre", "artist": "first_artist", "emotion": "emotion"}
    return {name: group_points(points[columns[name]], most) for name in GROUPINGS}


def _name(text: pl.Expr) -> pl.Expr:
    trimmed = text.str.strip_chars()
    return pl.when(trimmed.str.len_chars() > 0).then(trimmed).otherwise(pl.lit(UNKNOWN))
