"""The built-in catalogue through ingest: what was broken on purpose is set aside, and nothing else."""

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


def quarantine(through: Path) -> pl.DataFrame:
    return pl.read_parquet(through / "out" / "quarantine")


def test_every_broken_row_is_set_aside_at_its_line(through: Path) -> None:
    broken = planted_factors(through / "songs.csv").filter(pl.col("broken").is_not_null())

    let_through = broken.filter(~pl.col("line").is_in(quarantine(through)["line"].implode()))

    assert len(broken) >= 70
    assert let_through.select("line", "broken").rows() == []


def test_no_sound_row_is_set_aside(through: Path) -> None:
    truth = planted_factors(through / "songs.csv")

    aside = quarantine(through).join(truth, on="line")

    assert aside.filter(pl.col("broken").is_null())["song"].unique().to_list() in (
        [],
        [None],
        [""],
    )


def test_repeats_are_folded_and_clones_are_grouped(through: Path) -> None:
    truth = planted_factors(through / "songs.csv").filter(pl.col("broken").is_null())
    songs = pl.read_parquet(through / "out" / "songs")
    folded = pl.read_parquet(through / "out" / "folded")

    repeats = truth.filter(pl.col("kind").is_in(["exact", "variant"]))
    assert sorted(folded["line"]) == sorted(repeats["line"])
    clones = truth.filter(pl.col("kind") == "clone").join(songs, on="line")
    assert len(clones) > 50
    assert (clones["clone_group"] != clones["song_id"]).all()
