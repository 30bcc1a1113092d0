"""What a catalogue looks like in numbers: small enough to read, enough to see the next one drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from songspace.schemas import SONGS
from tasks.ingest.shard import ShardFacts

CATEGORIES: Final = ("artist", "genres", "emotion", "key", "time_signature", "album")
NUMBERS: Final = tuple(
    name
    for name, dtype in SONGS.items()
    if dtype.is_numeric() and name not in ("song_id", "clone_group", "line")
)
SWITCHES: Final = tuple(name for name, dtype in SONGS.items() if dtype == pl.Boolean)
CELLS: Final = tuple(
    name
    for name in SONGS
    if name not in ("song_id", "clone_group", "duplicates", "file", "line", "artists", "genres")
)
COLUMNS_AT_ONCE: Final = 4  # two cores are busy with so many, and memory stays small
LYRICS: Final = "lyrics"
LYRICS_CHARACTERS: Final = "lyrics_characters"


class Frozen(BaseModel):
    """A record that nobody changes once it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestCounts(Frozen):
    """What became of the rows: kept + folded + quarantined == read."""

    read: int
    kept: int
    folded: int
    quarantined: int
    reasons: dict[str, int] = Field(description="Quarantined rows by what their reason is about.")


class FileProfile(Frozen):
    """How one source file is written."""

    name: str
    revision: str
    columns: tuple[str, ...]


class NumberProfile(Frozen):
    """The spread of a numeric column; null where it has no value."""

    min: float | None
    max: float | None
    mean: float | None
    sd: float | None
    quartiles: tuple[float | None, float | None, float | None]


class CategoryProfile(Frozen):
    """The most frequent values of a column."""

    distinct: int
    top: dict[str, int]  # by falling count, then by name


class CloneProfile(Frozen):
    """Songs of which another title is the very same recording."""

    groups: int
    songs: int


class Profile(Frozen):
    """A catalogue in numbers."""

    counts: IngestCounts
    files: tuple[FileProfile, ...]
    nulls: dict[str, int]
    numbers: dict[str, NumberProfile]
    shares: dict[str, float | None] = Field(description="Share of true in the switches.")
    categories: dict[str, CategoryProfile]
    first_date: str | None
    last_date: str | None
    clones: CloneProfile


def profile_catalogue(
    folder: Path,
    counts: IngestCounts,
    nulls: Mapping[str, int],
    characters: pl.Series,
    files: Sequence[ShardFacts],
    top: int,
) -> Profile:
    """The profile of the songs in *folder*.

    Args:
        folder: Holds the finished ``songs``.
        counts: What became of the rows.
        nulls: How many of the kept songs lack a value, by column.
        characters: Length of every song's lyrics, null where it has none.
        files: Where the rows come from.
        top: How many values of a category to list.
    """
    songs = pl.scan_parquet(folder / "songs")
    switches = songs.select(SWITCHES).collect()
    dates = songs.select(
        pl.col("release_date").min().cast(pl.String).alias("first_date"),
        pl.col("release_date").max().cast(pl.String).alias("last_date"),
    ).collect()
    return Profile(
        counts=counts,
        files=tuple(
            FileProfile(name=file.name, revision=file.revision, columns=file.columns)
            for file in files
        ),
        nulls={name: nulls[name] for name in CELLS} | {LYRICS: characters.null_count()},
        numbers=profile_all_numbers(songs)
        | profile_numbers(characters.to_frame(LYRICS_CHARACTERS)),
        shares={name: _rounded(switches[name].mean()) for name in SWITCHES},
        categories={name: profile_categories(songs, name, top) for name in CATEGORIES},
        clones=_count_clones(songs),
        **dates.row(0, named=True),
    )


def profile_all_numbers(songs: pl.LazyFrame) -> dict[str, NumberProfile]:
    """The spread of NUMBERS, some columns at a time: all of them at once would follow the rows."""
    profiles: dict[str, NumberProfile] = {}
    for start in range(0, len(NUMBERS), COLUMNS_AT_ONCE):
        some = songs.select(NUMBERS[start : start + COLUMNS_AT_ONCE])
        profiles |= profile_numbers(some.collect())
    return profiles


def profile_numbers(values: pl.DataFrame) -> dict[str, NumberProfile]:
    """The spread of every column of *values*."""
    everything = pl.all()
    ordered = values.select(everything.sort())  # once for all quartiles
    spread = pl.concat(
        ordered.select(measure.cast(pl.Float64))
        for measure in (
            everything.min(),
            everything.max(),
            everything.mean(),
            everything.std(),
            everything.quantile(0.25, "linear"),
            everything.quantile(0.5, "linear"),
            everything.quantile(0.75, "linear"),
        )
    )
    profiles = {}
    for column in spread:
        low, high, mean, sd, *quartiles = map(_rounded, column)
        profiles[column.name] = NumberProfile(
            min=low,
            max=high,
            mean=mean,
            sd=sd,
            quartiles=(quartiles[0], quartiles[1], quartiles[2]),
        )
    return profiles


def profile_categories(songs: pl.LazyFrame, name: str, top: int) -> CategoryProfile:
    """How often each value of column *name* stands; every tag of a list counts by itself."""
    column = songs.select(name)
    if isinstance(SONGS[name], pl.List):
        column = column.explode(name)
    values = column.drop_nulls().select(pl.col(name).cast(pl.String))
    counts = values.group_by(name).len().collect()
    first = counts.sort(["len", name], descending=[True, False]).head(top)
    return CategoryProfile(distinct=len(counts), top=dict(first.iter_rows()))


def _count_clones(songs: pl.LazyFrame) -> CloneProfile:
    sizes = songs.group_by("clone_group").len().filter(pl.col("len") > 1).select("len").collect()
    return CloneProfile(groups=len(sizes), songs=sizes["len"].sum())


def _rounded(value: object) -> float | None:
    """Six decimals: sums of floats may differ behind them from run to run."""
    return round(value, 6) if isinstance(value, int | float) else None
