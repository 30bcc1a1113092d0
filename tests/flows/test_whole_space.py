"""What whole runs promise of the space: it is found again, by another command and on another day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import songspace
from flows.commands import main
from songspace.schemas import FEATURES, SPACE_ID
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.publish import Published
from tests.flows.small_runs import STAGES, First, Pipeline, assert_same_places, latents_of

TRAINED = [
    *("train", "align", "latents", "gather_latents", "index", "neighbours", "gather_neighbours"),
    *("draw_map", "rehearse"),
]
JUDGED = ["evaluate", "gate", "report", "publish"]


@pytest.mark.usefixtures("first")
def test_the_command_that_encodes_places_songs_where_the_run_did(
    base: Pipeline, tmp_path: Path
) -> None:
    out = tmp_path / "new.parquet"

    assert main(["encode", f"--csv={base.csv}", f"--store={base.root}", f"--out={out}"]) == 0

    placed = latents_of(base.root)
    found = pl.read_parquet(out).select("song_id", "latent")
    assert len(found) == len(placed)
    assert_same_places(placed.select("song_id").join(found, on="song_id"), placed)


def test_the_old_objective_makes_a_release_of_unit_length_and_its_baseline_stays(
    line: Pipeline,
) -> None:
    published, worked = line.run("train.objective=original", "train.weights.genre=2")

    latents = latents_of(line.root)["latent"].to_numpy()
    assert worked == [*TRAINED, *JUDGED]  # not the baseline: no weight and no objective shapes it
    assert published.live
    np.testing.assert_allclose(np.linalg.norm(latents, axis=1), 1, atol=1e-6)


@pytest.fixture(scope="module")
def second(
    base: Pipeline, first: First, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Pipeline, Published]:
    """A second run, on a catalogue from which songs have gone and to which others have come."""
    del first
    line = base.copy(tmp_path_factory.mktemp("second"))
    other = line.folder / "other.csv"
    write_catalogue(other, CatalogueSettings(rows=60, seed=1, broken_share=0))
    lines, new = (file.read_bytes().splitlines(keepends=True) for file in (line.csv, other))
    line.csv.write_bytes(b"".join([*lines[:-40], *new[1:]]))
    published, worked = line.run()
    assert worked == list(STAGES)
    return line, published


def metrics_of(line: Pipeline, published: Published) -> dict[str, Any]:
    metrics: dict[str, Any] = line.store.read_json(
        line.made(published, "evaluation"), "evaluation/metrics.json"
    )
    return metrics


def test_known_ids_keep_their_meaning_when_songs_come_and_go(
    first: First, second: tuple[Pipeline, Published]
) -> None:
    line, published = second

    before, after = (vocabulary(line, run) for run in (first[0], published))

    assert after[: len(before)] == before
    assert len(after) > len(before)


def vocabulary(line: Pipeline, published: Published) -> list[str]:
    features = line.made(published, "features")
    assert line.store.table(features, "features").collect_schema() == FEATURES
    tokens: list[str] = line.store.read_json(features, "encoder/artist.json")["tokens"]
    return tokens


def test_a_changed_catalogue_is_placed_in_the_same_space(
    base: Pipeline, second: tuple[Pipeline, Published]
) -> None:
    line, _ = second

    with songspace.open(base.root) as before, songspace.open(line.root) as after:
        part = next((after.path / "latents").glob("*.parquet"))
        assert after.id != before.id
        assert after.space_id == before.space_id
        assert pl.read_parquet_metadata(part)[SPACE_ID] == before.space_id


def test_how_much_of_the_live_lists_stays_is_told_beside_that_of_two_seeds(
    first: First, second: tuple[Pipeline, Published]
) -> None:
    line, published = second

    alone, beside = (metrics_of(line, run)["stability"] for run in (first[0], published))

    assert alone["live"] is None
    assert 0 < beside["live"] <= 1
    assert 0 < beside["two_seeds"] <= 1


def test_a_candidate_is_measured_beside_the_live_release(
    first: First, second: tuple[Pipeline, Published]
) -> None:
    line, published = second

    spaces = [row["space"] for row in metrics_of(line, published)["spaces"]]
    rehearsal = line.made(first[0], "rehearsal")

    assert spaces[:3] == ["candidate", "live", "original"]
    assert metrics_of(line, first[0])["live"] is None
    assert metrics_of(line, published)["live"]["release"] == f"rehearsal/{rehearsal.version}"
