"""The built-in catalogue through ingest: repeats are folded, clones are grouped."""

from pathlib import Path

import polars as pl
import pytest

from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, planted_factors, write_catalogue
from tasks.ingest.tables import ingest_csv


@pytest.fixture(scope="module", params=["bpm", "scaled"])
def through(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("through")
    settings = CatalogueSettings(rows=4_000, broken_share=0.02, revision=request.param)
    write_catalogue(folder / "songs.csv", settings)
    (folder / "out").mkdir()
    ingest_csv([folder / "songs.csv"], folder / "out", IngestSettings())
    return folder


def test_repeats_are_folded_and_clones_are_grouped(through: Path) -> None:
    truth = planted_factors(through / "songs.csv").filter(pl.col("broken").is_null())
    songs = pl.read_parquet(through / "out" / "songs")
    folded = pl.read_parquet(through / "out" / "folded")

    repeats = truth.filter(pl.col("kind").is_in(["exact", "variant"]))
    assert sorted(folded["line"]) == sorted(repeats["line"])
    clones = truth.filter(pl.col("kind") == "clone").join(songs, on="line")
    assert len(clones) > 50
    assert (clones["clone_group"] != clones["song_id"]).all()
