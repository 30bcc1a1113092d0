"""The nearest songs of every song."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from models.neighbours import NeighbourSearch, NeighbourSettings
from models.picking import Floats, Integers, Lists
from songspace.jsonfile import write_json
from songspace.schemas import NEIGHBOURS
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store
from tasks.clones import clone_groups
from tasks.pieces import gather
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)

LIBRARIES = ("faiss-cpu", "numpy", "polars")

SONGS_PER_PART = 131_072


@stage("index", libraries=LIBRARIES, timeout_s=3600)
def index(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    latents: ArtifactRef,
    settings: NeighbourSettings,
) -> None:
    """Index the places of all songs, as finely as the recall that is asked for needs."""
    search = NeighbourSearch.build(*places_of(store, songs, latents), settings)
    (draft / "index").mkdir()
    search.save(draft / "index")
    facts = search.facts()
    (draft / "search").mkdir()
    write_json(draft / "search" / "recall.json", facts)
    log.info(
        "songs=%d k=%d method=%s recall=%.4f",
        len(search.latents),
        settings.k,
        facts["method"],
        facts["recall"],
    )


@stage("nearest", libraries=LIBRARIES, timeout_s=3600)
def neighbours(
    draft: Path,
    store: Store,
    *,
    placed: ArtifactRef,
    songs: ArtifactRef,
    latents: ArtifactRef,
    index: ArtifactRef,
    settings: NeighbourSettings,
) -> None:
    """For every song of a piece, keep the *k* songs whose latents point closest its way, its clones left out."""
    places, groups = places_of(store, songs, latents)
    search = NeighbourSearch.load(store.folder(index, "index"), places, groups, settings)
    song_id = ids_of(store, latents)
    first, end = rows_of(song_id, ids_of(store, placed))
    (draft / "neighbours").mkdir()
    with progress("neighbours", "song") as advance:
        for number, start in enumerate(range(first, end, SONGS_PER_PART)):
            rows = np.arange(start, min(start + SONGS_PER_PART, end))
            part = as_table(search.lists(rows), song_id[rows], song_id)
            part.write_parquet(
                draft / "neighbours" / f"part-{number:05d}.parquet", compression="zstd"
            )
            advance(int(rows[-1]) + 1 - first, end - first)


@stage("neighbours", libraries=[])
def gather_neighbours(
    draft: Path, store: Store, *, index: ArtifactRef, nearest: Sequence[ArtifactRef]
) -> Linked:
    """The lists of all songs, and how surely they are the right ones."""
    (draft / "search").mkdir()
    write_json(draft / "search" / "recall.json", store.read_json(index, "search/recall.json"))
    return gather(store, nearest, "neighbours", draft)


def places_of(store: Store, songs: ArtifactRef, latents: ArtifactRef) -> tuple[Floats, Integers]:
    """The latents of all songs [n, d] and their clone groups [n], in one order."""
    table = store.table(latents, "latents").select("song_id", "latent").collect()
    return table["latent"].to_numpy(), clone_groups(store.table(songs, "songs"), table["song_id"])


def ids_of(store: Store, latents: ArtifactRef) -> Integers:
    """The ids of the songs of a table of latents, in its order."""
    ids: Integers = (
        store.table(latents, "latents").select("song_id").collect()["song_id"].to_numpy()
    )
    return ids


def rows_of(song_id: Integers, piece: Integers) -> tuple[int, int]:
    """Where the run *piece* of all *song_id* begins and ends.

    Raises:
        ValueError: If it is no run of them.
    """
    first = int(np.argmax(song_id == piece[0])) if len(piece) else 0
    if not np.array_equal(song_id[first : first + len(piece)], piece):
        raise ValueError("Expected songs of the table, in its order. Place the songs again.")
    return first, first + len(piece)


def as_table(lists: Lists, song_id: Integers, all_ids: Integers) -> pl.DataFrame:
    """NEIGHBOURS of the songs *song_id*, whose *lists* hold rows of *all_ids*."""
    there = lists.rows.ravel() >= 0
    count, k = lists.rows.shape
    return pl.DataFrame(
        {
            "song_id": song_id.repeat(k)[there],
            "rank": np.tile(np.arange(1, k + 1), count)[there],
            "neighbour_id": all_ids[lists.rows.ravel()[there]],
            "score": lists.scores.ravel()[there],
        }
    ).cast(NEIGHBOURS)
