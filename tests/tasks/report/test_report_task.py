"""The report of a real catalogue, from the artifacts that the stages before it leave behind."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.evaluation.data import evaluation_data
from models.evaluation.protocol import evaluate_baselines, evaluate_bound
from models.evaluation.settings import EvaluationSettings
from models.gate import GateSettings, give_verdict, judge
from songspace.schemas import MAP, NEIGHBOURS
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.evaluate.task import table_of_spaces
from tasks.ingest.check import check_contract
from tasks.ingest.contract import ContractSettings
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.report.task import ReportFacts, report
from tests.tasks.report.measured_metrics import FIRST_SPACE, measured
from tests.tasks.staged import encode_songs, read_songs

CURVES = {"loss": [1.0, 0.5], "mse": [0.1, 0.05], "val_loss": [1.1, 0.6], "val_mse": [0.1, 0.06]}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("report") / "store")


@pytest.fixture(scope="module")
def songs(store: Store, tmp_path_factory: pytest.TempPathFactory) -> ArtifactRef:
    csv = tmp_path_factory.mktemp("csv") / "songs.csv"
    write_catalogue(csv, CatalogueSettings(rows=300, broken_share=0))
    return read_songs(store, csv)


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


def evaluated(store: Store, songs: ArtifactRef, features: ArtifactRef) -> dict[str, Any]:
    """Metrics as the evaluation writes them, PCA in the candidate's place."""
    data = evaluation_data(
        store.table(songs, "songs").collect(),
        store.table(features, "features").collect(),
        EvaluationSettings(held_out_share=0.4, bootstrap=100),
    )
    scores = evaluate_baselines(data)
    scores = {"candidate": scores["pca"], "original": scores["cosine"], **scores}
    return measured() | table_of_spaces(scores, evaluate_bound(data), data)


def page_of(store: Store, songs: ArtifactRef, base: ArtifactRef | None) -> tuple[str, ArtifactRef]:
    """The page of a run on *songs* after *base*, and its model."""
    ids = store.table(songs, "songs").select("song_id").collect()["song_id"]
    places = np.random.default_rng(0).normal(size=(2, len(ids)))
    near = {"song_id": ids, "rank": [1] * len(ids), "neighbour_id": ids.reverse()}
    nearest = pl.DataFrame(near).with_columns(score=0.9).cast(NEIGHBOURS)
    flat = {"song_id": ids, "x": places[0], "y": places[1]}
    features = encode_songs(store, songs)
    metrics = evaluated(store, songs, features)
    verdict = give_verdict(judge(metrics, GateSettings()), metrics)
    model = keep(store, "model", model__history=CURVES, model__space=FIRST_SPACE)
    drift = check_contract.run(
        store, {"songs": songs, "base": base, "settings": ContractSettings(max_quarantined_share=1)}
    )
    written = report.run(
        store,
        {
            "songs": songs,
            "drift": drift,
            "model": model,
            "rehearsal": keep(store, "rehearsal", rehearsal__history=CURVES),
            "original": keep(store, "original", original__history=CURVES),
            "neighbours": keep(
                store, "neighbours", neighbours=nearest, search__recall={"k": 20, "recall": 1.0}
            ),
            "flat": keep(
                store, "map", map=pl.DataFrame(flat).cast(MAP), quality={"trustworthiness": 0.9}
            ),
            "evaluation": keep(store, "evaluation", evaluation__metrics=metrics),
            "verdict": keep(store, "gate", gate__gate=verdict.model_dump(mode="json")),
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


def test_all_that_an_evaluation_measures_of_the_spaces_is_told(
    store: Store, songs: ArtifactRef
) -> None:
    page, _ = page_of(store, songs, None)

    section = page.partition("<h3>Beside other spaces</h3>")[2].partition("<h3>Hidden fields</h3>")[
        0
    ]
    rows = [row for row in section.split("<tr>") if "not measured" in row]
    assert section.count("<tr>") == 15  # two heads, eight spaces, five fields
    assert len(rows) == 2  # no release was live, and the bound is not asked for emotions
    assert section.count("not measured") == 2
