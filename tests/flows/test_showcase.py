"""What the Prefect UI shows of how good the space is."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows import showcase
from storage.artifacts import ArtifactRef
from storage.store import Store
from tests.tasks.report.measured_metrics import measured, nothing_measured

pytestmark = pytest.mark.usefixtures("prefect_server")


@flow
def showing(root: str, ref: ArtifactRef) -> None:
    """A run that shows one artifact."""
    showcase.show(Store.open(root), ref)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def shown(key: str) -> str:
    """The last artifact of the UI called *key*."""
    named = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
    with get_client(sync_client=True) as client:
        last, *_ = client.read_artifacts(artifact_filter=named, sort=ArtifactSort.CREATED_DESC)
    return str(last.data)


def shown_of(store: Store, metrics: dict[str, Any]) -> str:
    """What the UI shows of an evaluation."""
    with store.draft() as draft:
        (draft / "evaluation").mkdir()
        (draft / "evaluation" / "metrics.json").write_text(json.dumps(metrics))
        ref = store.commit(draft, "evaluation", recipe={})
    showing(str(store.root), ref)
    return shown("evaluation")


def test_the_ui_shows_the_space_beside_the_others(store: Store) -> None:
    text = shown_of(store, measured())

    assert text.startswith("# masked genre nDCG@10: 0.250 (0.240 to 0.260), 78 % of")
    assert "There is no listening data" in text
    assert "| this release | 0.250 | 0.240 to 0.260 | 0.400 | 0.90 |" in text
    assert "| same first genre | below 0.95 | 0.500 |" in text
    assert "| neighbours that two seeds share | 0.480 |" in text


def test_the_ui_says_first_what_dominates_the_neighbours(store: Store) -> None:
    metrics = measured()
    metrics["spaces"][0]["balance"]["emotion"] = 0.97

    text = shown_of(store, metrics)

    balance = text.partition("## Balance")[2].lstrip()
    assert balance.startswith("**One field dominates: same emotion in 97.0 % of the neighbours.**")
    assert "| same emotion | below 0.95 | ⚠ 0.970 |" in balance


def test_the_ui_shows_that_nothing_could_be_measured(store: Store) -> None:
    text = shown_of(store, nothing_measured())

    assert text.startswith("# masked genre nDCG@10: not measured\n")
    assert "No song could be asked about: 0 artists" in text
    assert "None" not in text


def test_the_ui_shows_the_pictures_of_a_report(store: Store) -> None:
    with store.draft() as draft:
        (draft / "report").mkdir()
        for name in ("headline", "training", "map"):
            Image.new("RGB", (8, 8)).save(draft / "report" / f"{name}.png")
        ref = store.commit(draft, "report", recipe={})

    showing(str(store.root), ref)

    for key in ("headline", "training", "map"):
        assert "](data:image/png;base64," in shown(key)
