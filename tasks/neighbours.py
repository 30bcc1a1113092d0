"""The nearest songs of every song."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import polars as pl

from models.neighbours import NeighbourSearch, NeighbourSettings
from songspace.jsonfile import write_json
from songspace.schemas import NEIGHBOURS
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.clones import clone_groups
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)

SONGS_PER_PART = 131_072


@stage("neighbours", libraries=["faiss-cpu", "numpy", "polars"], timeout_s=3600)
def neighbours(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    latents: ArtifactRef,
    settings: NeighbourSettings,
) -> None:
    """For every song, keep the *k* songs whose latents point closest its way, its clones left out."""
    places = store.table(latents, "latents").select("song_id", "latent").collect()
    song_id = places["song_id"].to_numpy()
    groups = clone_groups(store.table(songs, "songs"), places["song_id"])
    search = NeighbourSearch(places["latent"].to_numpy(), groups, settings)
    (draft / "neighbours").mkdir()

    start = 0
    with progress("neighbours", "song") as advance:
        for number, lists in enumerate(search.batches(SONGS_PER_PART, advance)):
            there = lists.rows.ravel() >= 0
            part = pl.DataFrame(
                {
                    "song_id": song_id[start : start + len(lists.rows)].repeat(lists.rows.shape[1])[
                        there
                    ],
                    "rank": np.tile(np.arange(1, lists.rows.shape[1] + 1), len(lists.rows))[there],
                    "neighbour_id": song_id[lists.rows.ravel()[there]],
                    "score": lists.scores.ravel()[there],
                }
            ).cast(NEIGHBOURS)
            part.write_parquet(
                draft / "neighbours" / f"part-{number:05d}.parquet", compression="zstd"
            )
            start += len(lists.rows)

    facts = search.facts()
    (draft / "search").mkdir()
    write_json(draft / "search" / "recall.json", facts)
    log.info(
        "songs=%d k=%d method=%s recall=%.4f",
        len(song_id),
        settings.k,
        facts["method"],
        facts["recall"],
    )
