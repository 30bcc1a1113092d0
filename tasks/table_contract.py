"""The tables of a candidate held against `songspace.schemas`: what every reader of a release relies on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from models.gate import Check
from songspace.schemas import FOLDED, LATENTS, LYRICS, MAP, NEIGHBOURS, QUARANTINE, SONGS

SCHEMAS: Final[Mapping[str, pl.Schema]] = {
    "songs": SONGS,
    "lyrics": LYRICS,
    "quarantine": QUARANTINE,
    "folded": FOLDED,
    "latents": LATENTS,
    "neighbours": NEIGHBOURS,
    "map": MAP,
}

UNIT: Final = 1e-4
"""How far the length of a latent may be from 1: float32 loses a thousandth of that."""

Parts = Mapping[str, Sequence[Path]]


def check_tables(parts: Parts) -> list[Check]:
    """Check the tables of *parts*, a list of Parquet files each; none of this may be overruled.

    Where a column is not as it should be, nothing else can be looked at.
    """
    columns = contract(
        "columns of the tables", "those of songspace.schemas", first(wrong_columns(parts))
    )
    if not columns.passed:
        return [columns]
    tables = {name: pl.scan_parquet(list(files)) for name, files in parts.items()}
    song_id = tables["songs"].select("song_id").collect()["song_id"]
    return [
        columns,
        contract("songs", "every song_id once", first(faults_of_songs(tables["songs"], song_id))),
        contract("lyrics", "row by row beside songs", beside(tables["lyrics"], song_id)),
        contract(
            "latents",
            "row by row beside songs, finite, of length 1",
            beside(tables["latents"], song_id) or first(faults_of_latents(tables["latents"])),
        ),
        contract(
            "neighbours",
            "known songs, ranks 1 to k, never itself",
            first(faults_of_neighbours(parts["neighbours"], song_id)),
        ),
        contract(
            "map", "known songs once each, finite", first(faults_of_map(tables["map"], song_id))
        ),
    ]


def contract(name: str, expected: str, fault: str | None) -> Check:
    """The check of that name, failed if there is a *fault*."""
    return Check(
        name=name,
        passed=fault is None,
        expected=expected,
        found=fault or "as expected",
        may_be_forced=False,
    )


def first(faults: Iterator[str]) -> str | None:
    """The first fault; what comes after it is not looked for."""
    return next(faults, None)


def wrong_columns(parts: Parts) -> Iterator[str]:
    """Files whose columns differ in name, order or type from their schema."""
    for name, schema in SCHEMAS.items():
        for file in parts[name]:
            found = pl.Schema(pl.read_parquet_schema(file))
            if found != schema:
                yield f"{name}/{file.name} has {describe_difference(found, schema)}"


def describe_difference(found: pl.Schema, expected: pl.Schema) -> str:
    """The first column that is not as expected."""
    for column, dtype in expected.items():
        if column not in found:
            return f"no column {column}"
        if found[column] != dtype:
            return f"{column} as {found[column]} instead of {dtype}"
    more = [column for column in found if column not in expected]
    return f"a column {more[0]} too many" if more else "its columns in another order"


def faults_of_songs(songs: pl.LazyFrame, song_id: pl.Series) -> Iterator[str]:
    """What is wrong with the keys of the songs."""
    if song_id.null_count():
        yield f"{song_id.null_count():,} songs without a song_id"
    if repeated := len(song_id) - song_id.n_unique():
        yield f"{repeated:,} songs whose song_id another has"
    group = songs.select("clone_group").collect()["clone_group"]
    if strange := (~group.is_in(song_id.implode())).fill_null(value=True).sum():
        yield f"{strange:,} songs of a clone_group that is no song"


def beside(table: pl.LazyFrame, song_id: pl.Series) -> str | None:
    """How the rows of *table* differ from those of the songs."""
    found = table.select("song_id").collect()["song_id"]
    if len(found) != len(song_id):
        return f"{len(found):,} rows for {len(song_id):,} songs"
    if differs := found.ne_missing(song_id).sum():
        return f"{differs:,} rows of another song than in that row of songs"
    return None


def faults_of_latents(latents: pl.LazyFrame) -> Iterator[str]:
    """What is wrong with the places of the songs."""
    latent = latents.select("latent").collect()["latent"]
    if latent.null_count():
        yield f"{latent.null_count():,} songs without a latent"
    length = np.linalg.norm(latent.to_numpy(), axis=1)
    if infinite := np.count_nonzero(~np.isfinite(length)):
        yield f"{infinite:,} latents with a number that is not finite"
    if wrong := np.count_nonzero(np.abs(length - 1) > UNIT):
        yield f"{wrong:,} latents whose length is not 1"


def faults_of_neighbours(parts: Sequence[Path], song_id: pl.Series) -> Iterator[str]:
    """What is wrong with the lists of neighbours; read part by part, for they are the longest table."""
    known = song_id.implode()
    found = [faults_of_lists(lists, known) for lists in whole_lists(parts)]
    owners = pl.concat([owner for _, owner in found])
    counts = pl.concat([count for count, _ in found]).sum()
    counts = counts.with_columns(broken=pl.col("broken") + len(owners) - owners.n_unique())
    for fault, what in {
        "empty": "rows with an empty cell",
        "odd": "rows with a score that is not finite",
        "strange": "rows with a song that is not in songs",
        "itself": "rows with a song as its own neighbour",
        "broken": "lists whose ranks do not run from 1 without a gap",
    }.items():
        if count := counts[fault].item():
            yield f"{count:,} {what}"


def whole_lists(parts: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """The rows of all parts, cut only between two songs."""
    rest = NEIGHBOURS.to_frame()
    for part in parts:
        rows = pl.concat([rest, pl.read_parquet(part)])
        begins = rows["song_id"].ne_missing(rows["song_id"].shift(1)).arg_true()
        last = begins[-1] if len(begins) else 0
        yield rows[:last]
        rest = rows[last:]
    yield rest


def faults_of_lists(lists: pl.DataFrame, known: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """How often each fault occurs in some whole *lists* of neighbours, and whose lists they are."""
    counts = lists.select(
        empty=pl.any_horizontal(pl.all().is_null()).sum(),
        odd=(~pl.col("score").is_finite()).sum(),
        strange=(~pl.col("song_id").is_in(known) | ~pl.col("neighbour_id").is_in(known)).sum(),
        itself=(pl.col("song_id") == pl.col("neighbour_id")).sum(),
    )
    rank = pl.col("rank")
    gaps = (rank.min() != 1) | (rank.max() != pl.len()) | (rank.n_unique() != pl.len())
    by_song = lists.group_by("song_id").agg(broken=gaps)
    broken = by_song.select(pl.col("broken").sum().cast(pl.Int64))
    return counts.cast(pl.Int64).hstack(broken), by_song["song_id"]


def faults_of_map(flat: pl.LazyFrame, song_id: pl.Series) -> Iterator[str]:
    """What is wrong with the map."""
    table = flat.collect()
    if repeated := len(table) - table["song_id"].n_unique():
        yield f"{repeated:,} points of a song that has another"
    if strange := (~table["song_id"].is_in(song_id.implode())).fill_null(value=True).sum():
        yield f"{strange:,} points of a song that is not in songs"
    finite = table["x"].is_finite() & table["y"].is_finite()
    if adrift := (~finite).fill_null(value=True).sum():
        yield f"{adrift:,} points without a finite place"
