"""Rows of the release that a reader can judge by ear and eye."""

from __future__ import annotations

import polars as pl

from tasks.report.groups import UNKNOWN

Row = dict[str, object]


def example_songs(songs: pl.LazyFrame, neighbours: pl.LazyFrame, count: int) -> pl.DataFrame:
    """The most popular song of each of the largest genres: one a genre, one an artist."""
    genre = pl.col("genres").list.first().fill_null(UNKNOWN)
    known = songs.select(
        "song_id",
        "song",
        "artist",
        genre.alias("genre"),
        "emotion",
        "popularity",
        pl.col("artists").list.first().alias("first_artist"),
    )
    listed = neighbours.select("song_id").unique()
    return (
        known.with_columns(genre_size=pl.len().over("genre"))
        .join(listed, on="song_id", how="semi")
        .sort("popularity", "song_id", descending=[True, False], nulls_last=True)
        .unique("first_artist", keep="first", maintain_order=True)
        .unique("genre", keep="first", maintain_order=True)
        .sort("genre_size", "genre", descending=[True, False])
        .head(count)
        .collect()
    )


def examples_with_neighbours(
    songs: pl.LazyFrame, neighbours: pl.LazyFrame, count: int, nearest: int
) -> list[Row]:
    """Example songs, each with its *nearest* songs under "neighbours", the nearest first."""
    chosen = example_songs(songs, neighbours, count)
    near = neighbours.filter(
        pl.col("song_id").is_in(chosen["song_id"].implode()), pl.col("rank") <= nearest
    ).collect(engine="streaming")
    named = (
        songs.filter(pl.col("song_id").is_in(near["neighbour_id"].implode()))
        .select(pl.col("song_id").alias("neighbour_id"), "song", "artist", "genre", "emotion")
        .collect(engine="streaming")
    )
    listed = near.join(named, on="neighbour_id", how="left").sort("song_id", "rank")
    by_song = listed.partition_by("song_id", as_dict=True)
    return [
        {
            **song,
            "neighbours": by_song[(song["song_id"],)].to_dicts()
            if (song["song_id"],) in by_song
            else [],
        }
        for song in chosen.to_dicts()
    ]


def quarantine_by_reason(quarantine: pl.LazyFrame, examples: int) -> list[Row]:
    """Every reason with its number of rows and the first of them under "examples"; frequent ones first."""
    return (
        quarantine.sort("file", "line")
        .group_by("reason", maintain_order=True)
        .agg(
            pl.len().alias("rows"),
            pl.struct("file", "line", pl.col("raw").str.head(300)).head(examples).alias("examples"),
        )
        .sort("rows", "reason", descending=[True, False])
        .collect()
        .to_dicts()
    )
