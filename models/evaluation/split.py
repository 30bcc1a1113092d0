"""Which artists are held out, so that their songs can test what was learned from all others."""

from __future__ import annotations

import polars as pl
from xxhash import xxh3_64_intdigest

from models.picking import Bools


def held_out_songs(artists: pl.Series, salt: str, share: float) -> Bools:
    """Which songs are by a held-out artist, [songs]; *artists* are tokens, null where unknown.

    An artist is held out by the hash of its own name, so it is the same every night, whatever else the
    catalogue holds. Songs of unknown artists never are: nobody knows whose other songs are theirs.
    """
    names = artists.unique().drop_nulls().cast(pl.String)
    chosen = [name for name in names if place_of(name, salt) < share]
    held_out = artists.is_in(pl.Series(chosen, dtype=pl.String).implode()).fill_null(False)
    return held_out.to_numpy().copy()


def place_of(artist: str, salt: str) -> float:
    """Where an artist falls between 0 and 1: evenly, and the same for ever."""
    return xxh3_64_intdigest(f"{salt}\0{artist}".encode()) / 2**64


def artist_numbers(artists: pl.Series) -> pl.Series:
    """A number from 1 for every artist of *artists*, 0 where it is unknown."""
    return artists.rank("dense").fill_null(0).cast(pl.Int64)
