"""What a release holds near new songs, by the rules of its own table of neighbours."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from models.lookup import look_up
from models.picking import Floats, Integers, Lists, group_numbers
from songspace.release import Release
from tasks.clones import clone_groups
from tasks.ingest.folding import RECORDING


def find_neighbours(
    release: Release, songs: pl.DataFrame, places: Floats, k: int | None = None
) -> pl.Series:
    """For each of *songs*, at *places*, the k nearest songs of *release*: structs of neighbour_id and score.

    Best first, and never the song itself, a clone of it, or two clones of one another. Without *k* as many
    as the longest list of the release has.
    """
    there = release.latents.select("song_id", "latent").collect()
    groups = group_numbers(clone_groups(release.songs, there["song_id"]))
    known = release.songs.select("song_id", *RECORDING).collect().with_columns(group=groups)
    lists = look_up(
        places,
        own_groups(songs, known),
        there["latent"].to_numpy(),
        groups,
        list_length(release) if k is None else k,
    )
    return as_column(lists, there["song_id"].to_numpy())


def list_length(release: Release) -> int:
    """How many neighbours the release gives a song."""
    longest = release.neighbours.select(pl.col("rank").max()).collect().item()
    return int(longest or 0)


def own_groups(songs: pl.DataFrame, known: pl.DataFrame) -> Integers:
    """The groups of *known* that *songs* belong to, [q, 2]: by name, and by recording; -1 for none.

    They differ where a song that is known comes with the features of another.
    """
    alike = known.join(songs, on=RECORDING, how="semi").unique(RECORDING)
    by_name = songs.join(known, on="song_id", how="left", maintain_order="left")
    by_recording = songs.join(alike, on=RECORDING, how="left", maintain_order="left")
    own = pl.DataFrame({"name": by_name["group"], "recording": by_recording["group"]})
    return own.fill_null(-1).to_numpy()


def as_column(lists: Lists, song_id: Integers) -> pl.Series:
    """*lists* as one list of structs a song; shorter where there are no more."""
    filled = lists.rows >= 0
    ends = np.append(0, filled.sum(axis=1).cumsum())
    ids, scores = song_id[lists.rows[filled]], lists.scores[filled]
    structs = pa.StructArray.from_arrays([ids, scores], names=["neighbour_id", "score"])
    return pl.Series("neighbours", pa.LargeListArray.from_arrays(ends, structs))
