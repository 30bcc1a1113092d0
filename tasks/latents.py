"""Every song's place in the space."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from songspace.inputs import network_inputs
from songspace.network import Network
from songspace.schemas import LATENTS, SPACE_ID
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store
from tasks.pieces import Piece, gather
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)

SONGS_PER_PART = 131_072


@stage("placed", libraries=["numpy", "polars", "safetensors"], timeout_s=1800)
def latents(
    draft: Path, store: Store, *, songs: Piece, encoded: ArtifactRef, model: ArtifactRef
) -> None:
    """Send the songs of a piece through the encoder and write LATENTS in their order."""
    place = Network.load(store.file(model, "model/encoder.safetensors"))
    metadata = space_metadata(store, model)
    described = songs.scan(store).select(name for name in LATENTS if name != "latent")
    total = described.select(pl.len()).collect().item()
    (draft / "latents").mkdir()

    with progress("latents", "song") as advance:
        for number, (names, numbers) in enumerate(
            side_by_side(described, store.table(encoded, "features"), total)
        ):
            latent = pl.Series("latent", place(network_inputs(numbers)), dtype=LATENTS["latent"])
            part = names.with_columns(latent).select(pl.col(list(LATENTS))).cast(LATENTS)
            part.write_parquet(
                draft / "latents" / f"part-{number:05d}.parquet",
                compression="zstd",
                metadata=metadata,
            )
            advance(number * SONGS_PER_PART + len(part), total)
    log.info("songs=%d", total)


@stage("latents", libraries=[])
def gather_latents(draft: Path, store: Store, *, placed: Sequence[ArtifactRef]) -> Linked:
    """The places of all songs."""
    return gather(store, placed, "latents", draft)


def space_metadata(store: Store, model: ArtifactRef) -> dict[str, str]:
    """Which space the latents of *model* are of, for every file of them; nothing if it was never aligned."""
    if "model/space.json" not in store.manifest(model).files:
        return {}
    return {SPACE_ID: store.read_json(model, "model/space.json")["space_id"]}


def side_by_side(
    songs: pl.LazyFrame, features: pl.LazyFrame, total: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The same run of rows of both tables, SONGS_PER_PART at a time."""
    for start in range(0, total, SONGS_PER_PART):
        names, numbers = (
            table.slice(start, SONGS_PER_PART).collect(engine="streaming")
            for table in (songs, features)
        )
        if not names["song_id"].equals(numbers["song_id"]):
            raise ValueError(
                f"Songs and features differ in their order after row {start}. Encode the songs again."
            )
        yield names, numbers
