"""A sample of the space, drawn flat."""

from __future__ import annotations

import logging
from pathlib import Path

import polars as pl

from models.map_settings import MapSettings
from models.sampling import stratified_sample
from songspace.jsonfile import write_json
from songspace.schemas import MAP
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)


@stage(
    "map", libraries=["faiss-cpu", "numpy", "openTSNE", "polars", "scikit-learn"], timeout_s=3600
)
def draw_map(draft: Path, store: Store, *, latents: ArtifactRef, settings: MapSettings) -> None:
    """Lay out a sample of the songs by t-SNE, and measure how much of their nearness survives."""
    from models.map_quality import map_quality  # no cached run waits for it
    from models.tsne import embed

    table = store.table(latents, "latents").select("song_id", "genre", "latent")
    first_genre = table.select(pl.col("genre").str.split(",").list.first()).collect()["genre"]
    rows = stratified_sample(first_genre, settings.points, settings.seed)
    sample = table.select("song_id", "latent").collect()[rows]
    places = sample["latent"].to_numpy()

    with progress("map", "step") as advance:
        xy = embed(places, settings, advance)

    quality = map_quality(places, xy, seed=settings.seed)
    (draft / "map").mkdir()
    pl.DataFrame({"song_id": sample["song_id"], "x": xy[:, 0], "y": xy[:, 1]}).cast(
        MAP
    ).write_parquet(draft / "map" / "part-00000.parquet", compression="zstd")
    write_json(draft / "quality.json", quality)
    log.info("songs=%d trustworthiness=%.3f", len(sample), quality["trustworthiness"])
