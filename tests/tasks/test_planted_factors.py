"""Whether the space finds what was planted in the built-in catalogue."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.encoder import EncodeSettings
from models.neighbours import NeighbourSettings
from models.training_settings import TrainSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import encode
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, planted_factors, write_catalogue
from tasks.ingest.task import find_source, ingest
from tasks.latents import latents
from tasks.neighbours import neighbours
from tasks.train import train

FACTORS = ["drive", "unplugged", "mood", "groove", "voice", "era"]


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Per factor: how far ten neighbours lie from their song, as a share of how far random songs lie."""
    folder = tmp_path_factory.mktemp("planted")
    csv = folder / "songs.csv"
    write_catalogue(csv, CatalogueSettings(rows=3_000, broken_share=0))
    store = Store.open(folder / "store")
    near = nearest(store, csv)
    songs = store.table(near["songs"], "songs").select("song_id", "line").collect()
    factors = songs.join(planted_factors(csv), on="line", maintain_order="left")
    pairs = store.table(near["neighbours"], "neighbours").filter(pl.col("rank") <= 10).collect()

    row = dict(zip(songs["song_id"], range(len(songs)), strict=True))
    one = [row[song] for song in pairs["song_id"]]
    other = [row[song] for song in pairs["neighbour_id"]]
    values = factors.select(FACTORS).to_numpy()
    random = np.random.default_rng(0).permutation(other)
    share = np.abs(values[one] - values[other]).mean(0) / np.abs(values[one] - values[random]).mean(
        0
    )
    return pl.DataFrame({"factor": FACTORS, "share": share})


def nearest(store: Store, csv: Path) -> dict[str, ArtifactRef]:
    """The stages up to the neighbours, without Prefect."""
    songs = ingest.run(store, {"files": find_source(str(csv)), "settings": IngestSettings()})
    features = encode.run(store, {"songs": songs, "base": None, "settings": EncodeSettings()})
    settings = TrainSettings(epochs=8, batch_size=128)
    model = train.run(store, {"songs": songs, "features": features, "settings": settings})
    places = latents.run(store, {"songs": songs, "features": features, "model": model})
    near = neighbours.run(
        store, {"songs": songs, "latents": places, "settings": NeighbourSettings()}
    )
    return {"songs": songs, "neighbours": near}


@pytest.mark.parametrize("factor", FACTORS)
def test_neighbours_share_what_was_planted(gaps: pl.DataFrame, factor: str) -> None:
    share = gaps.filter(pl.col("factor") == factor)["share"].item()

    assert share < 0.95


def test_neighbours_share_the_factors_clearly_on_the_whole(gaps: pl.DataFrame) -> None:
    assert gaps["share"].mean() < 0.75  # type: ignore[operator]
