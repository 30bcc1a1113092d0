"""The report of a real catalogue, from the artifacts that the stages before it leave behind."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from songspace.schemas import MAP, NEIGHBOURS
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.check import check_contract
from tasks.ingest.contract import ContractSettings
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.ingest.task import find_source, ingest
from tasks.report.task import ReportFacts, report


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("report") / "store")


@pytest.fixture(scope="module")
def songs(store: Store, tmp_path_factory: pytest.TempPathFactory) -> ArtifactRef:
    csv = tmp_path_factory.mktemp("csv") / "songs.csv"
    write_catalogue(csv, CatalogueSettings(rows=300, broken_share=0))
    return ingest.run(store, {"files": find_source(str(csv)), "settings": IngestSettings()})


def keep(store: Store, kind: str, **files: object) -> ArtifactRef:
    """An artifact of tables and JSON files, named as `folder__file` for folder/file.json."""
    with store.draft() as draft:
        for name, content in files.items():
            folder, _, file = name.rpartition("__")
            if isinstance(content, pl.DataFrame):
                (draft / file).mkdir()
                content.write_parquet(draft / file / "part-00000.parquet")
            else:
                (draft / folder).mkdir(exist_ok=True)
                (draft / folder / f"{file}.json").write_text(json.dumps(content))
        return store.commit(draft, kind, recipe={})


def page_of(store: Store, songs: ArtifactRef, base: ArtifactRef | None) -> tuple[str, ArtifactRef]:
    """The page of a run on *songs* after *base*, and its model."""
    ids = store.table(songs, "songs").select("song_id").collect()["song_id"]
    places = np.random.default_rng(0).normal(size=(2, len(ids)))
    near = {"song_id": ids, "rank": [1] * len(ids), "neighbour_id": ids.reverse()}
    nearest = pl.DataFrame(near).with_columns(score=0.9).cast(NEIGHBOURS)
    flat = {"song_id": ids, "x": places[0], "y": places[1]}
    model = keep(store, "model", model__history={"loss": [1.0, 0.5], "val_loss": [1.1, 0.6]})
    neighbours = keep(
        store,
        "neighbours",
        neighbours=nearest,
        evaluation__recall={"k": 20, "recall": 1.0},
    )
    drawn = keep(store, "map", map=pl.DataFrame(flat).cast(MAP), quality={"trustworthiness": 0.9})
    drift = check_contract.run(
        store, {"songs": songs, "base": base, "settings": ContractSettings(max_quarantined_share=1)}
    )
    written = report.run(
        store,
        {
            "songs": songs,
            "drift": drift,
            "model": model,
            "neighbours": neighbours,
            "flat": drawn,
            "facts": ReportFacts(source="songs.csv", stages={}, dots_per_inch=50),
        },
    )
    return store.file(written, "report/index.html").read_text("utf-8"), model


def test_a_first_release_says_so_and_names_its_songs_and_model(
    store: Store, songs: ArtifactRef
) -> None:
    page, model = page_of(store, songs, None)

    assert "This is a first release" in page
    assert songs.version in page
    assert model.version in page


def test_a_later_release_names_the_songs_it_was_compared_with(
    store: Store, songs: ArtifactRef
) -> None:
    page, _ = page_of(store, songs, songs)

    assert "This is a first release" not in page
    assert page.count(songs.version) == 2
    assert "nothing worth a line" in page
