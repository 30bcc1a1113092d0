"""The features of a catalogue as the network reads them, brought to memory part by part."""

from __future__ import annotations

import polars as pl

from songspace.inputs import Inputs, network_inputs
from songspace.schemas import NUMERIC
from storage.artifacts import ArtifactRef
from storage.store import Store

SONGS_AT_ONCE = 262_144


def read_inputs(store: Store, features: ArtifactRef) -> Inputs:
    """All of FEATURES, 92 bytes a song; beside them there is never more than a part of the table."""
    table = store.table(features, "features").select(
        *NUMERIC, "artist_id", "genre_ids", "emotion_id"
    )
    songs = table.select(pl.len()).collect().item()
    whole = Inputs.empty(songs)
    for start in range(0, songs, SONGS_AT_ONCE):
        rows = slice(start, start + SONGS_AT_ONCE)
        part = network_inputs(table.slice(start, SONGS_AT_ONCE).collect(engine="streaming"))
        for name, array in part.as_dict().items():
            whole.as_dict()[name][rows] = array
    return whole
