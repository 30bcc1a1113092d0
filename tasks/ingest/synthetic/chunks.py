"""Finished chunks of a catalogue: songs, the rows that repeat them, and the truth about both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tasks.ingest.synthetic.artists import gather_artists
from tasks.ingest.synthetic.faults import BROKEN_KINDS
from tasks.ingest.synthetic.features import fit_features
from tasks.ingest.synthetic.lyrics import Lyricist, shortened
from tasks.ingest.synthetic.repeats import CLONE, KINDS, SONG, VARIANT, Plan, Quota
from tasks.ingest.synthetic.settings import CatalogueSettings
from tasks.ingest.synthetic.similar import similar_columns
from tasks.ingest.synthetic.songs import Sources, draw_songs
from tasks.ingest.synthetic.special import BROKEN, TITLE, deal_special
from tasks.ingest.synthetic.styles import FACTORS
from tasks.ingest.synthetic.words import Namer

CHUNK_ROWS: Final = 16_384  # 35 MB of text
FIRST_LINE: Final = 2  # below the header


@dataclass(frozen=True)
class Chunk:
    """Rows that stand together in the file; the truth about them names their lines."""

    songs: pl.DataFrame
    truth: pl.DataFrame


def gather_sources(settings: CatalogueSettings) -> Sources:
    """What the catalogue's rows are drawn from: tables of its artists, no larger than those."""
    rng = np.random.default_rng(settings.seed)
    artists = gather_artists(settings, rng)
    return Sources(
        artists,
        deal_special(artists.rows, settings, rng),
        fit_features(artists.factors, artists.rows, rng),
        Namer(20_000, rng),
        Lyricist(settings.rows, rng),
    )


def draw_chunks(settings: CatalogueSettings, sources: Sources) -> Iterator[Chunk]:
    """The rows of the catalogue from the first artist to the last, whole artists at a time."""
    ends = np.cumsum(sources.artists.rows)
    quota = Quota(settings)
    first, line = 0, FIRST_LINE
    while first < len(ends):
        start = line - FIRST_LINE
        last = max(first + 1, int(np.searchsorted(ends, start + CHUNK_ROWS, side="right")))
        rows = sources.artists.rows[first:last]
        owner = np.repeat(np.arange(first, last), rows)
        position = np.arange(len(owner)) - np.repeat(np.cumsum(rows) - rows, rows)
        # Not the seed alone: chunks must not repeat each other or the artists' draws.
        rng = np.random.default_rng([settings.seed, first + 1])
        yield _chunk(sources, owner, quota.plan(position, rng), line, rng)
        first, line = last, line + len(owner)


def _chunk(
    sources: Sources, owner: np.ndarray, plan: Plan, line: int, rng: np.random.Generator
) -> Chunk:
    """The rows of these owners, copied as *plan* says; the first stands on *line*."""
    songs, factors = draw_songs(sources, owner, rng)
    titles = _own_titles(songs["song"], sources, owner, plan)
    similar = similar_columns(sources.artists, owner, titles, plan, rng)
    rows = songs.with_columns(titles.alias("song"), *similar)[plan.source]
    cloned = pl.Series(plan.kind == CLONE)
    rows = rows.with_columns(song=titles.zip_with(cloned, rows["song"]))
    rows = _varied(rows, plan, rng)
    return Chunk(rows, _truth(rows, factors[plan.source], sources, owner, plan, line))


def _own_titles(drawn: pl.Series, sources: Sources, owner: np.ndarray, plan: Plan) -> pl.Series:
    """Titles that no artist has twice; an artist's first is the one that similar songs name."""
    first = pl.Series(np.diff(owner, prepend=-1) > 0)
    titles = sources.artists.first_titles.gather(owner).zip_with(first, drawn)
    counted = pl.DataFrame(
        {"owner": owner, "title": titles, "own": np.isin(plan.kind, (SONG, CLONE))}
    ).with_columns(nth=pl.col("own").cum_sum().over("owner", "title", "own"))
    again = pl.concat_str("title", pl.lit(" No. "), pl.col("nth").cast(pl.String))
    numbered = counted.select(pl.when(pl.col("nth") > 1).then(again).otherwise("title"))
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(titles))
    return nothing.zip_with(pl.Series(sources.special.of(owner, TITLE)), numbered.to_series())


def _varied(rows: pl.DataFrame, plan: Plan, rng: np.random.Generator) -> pl.DataFrame:
    """*rows*, those that are variants with other lyrics and popularity, half on another album."""
    variant = np.flatnonzero(plan.kind == VARIANT)
    if not len(variant):
        return rows
    chosen = rows[variant]
    step = pl.Series(rng.choice((-3, -2, -1, 1, 2, 3), size=len(variant)))
    moved = pl.Series(rng.random(len(variant)) < 0.5)
    other_album = chosen["Album"] + pl.Series([" (Deluxe)"]).new_from_index(0, len(variant))
    later = chosen["Release Date"].dt.offset_by("1y").clip(None, pl.date(2024, 12, 31))
    changed = chosen.with_columns(
        text=pl.Series([shortened(text) for text in chosen["text"]]),
        Popularity=(chosen["Popularity"] + step).clip(0, 100),
        Album=other_album.zip_with(moved, chosen["Album"]),
    ).with_columns(later.zip_with(moved, chosen["Release Date"]).alias("Release Date"))
    order = np.arange(len(rows))
    order[variant] = len(rows) + np.arange(len(variant))
    return pl.concat([rows, changed])[order]


def _truth(
    rows: pl.DataFrame,
    factors: np.ndarray,
    sources: Sources,
    owner: np.ndarray,
    plan: Plan,
    line: int,
) -> pl.DataFrame:
    """The truth about *rows*, whose first stands on *line*."""
    broken = sources.special.codes[owner].astype(np.int64) - BROKEN
    kinds = pl.Series([*BROKEN_KINDS, None], dtype=pl.String)
    return pl.DataFrame(
        {
            "line": line + np.arange(len(owner)),
            "artist": rows["Artist(s)"],
            "song": rows["song"],
            **{name: factors[:, place].astype(np.float32) for place, name in enumerate(FACTORS)},
            "style": sources.artists.style[owner].astype(np.int8),
            "kind": pl.Series(KINDS).gather(plan.kind),
            "of_line": line + plan.source,
            "broken": kinds.gather(np.where(broken >= 0, broken, len(BROKEN_KINDS))),
        }
    )
