"""What the Prefect UI shows of a run: how good its space is, where its release lies, or why it failed."""

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
from flows.run import Run
from flows.settings import PipelineSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.check import ContractError
from tasks.publish import Published
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


def report_with(store: Store, examples: list[dict[str, Any]]) -> ArtifactRef:
    """A report of three small pictures and *examples*."""
    with store.draft() as draft:
        (draft / "report").mkdir()
        for name in ("headline", "training", "map"):
            Image.new("RGB", (8, 8)).save(draft / "report" / f"{name}.png")
        (draft / "report" / "examples.json").write_text(json.dumps(examples))
        return store.commit(draft, "report", recipe={})


def test_the_ui_shows_the_pictures_of_a_report(store: Store) -> None:
    showing(str(store.root), report_with(store, []))

    for key in ("headline", "training", "map"):
        assert "](data:image/png;base64," in shown(key)


def test_the_ui_lists_the_nearest_songs_of_some(store: Store) -> None:
    near = {"rank": 1, "song": "Low | tide", "artist": "Bo", "genre": "folk", "emotion": "joy"}
    song = {"song": "<b>Dawn</b>", "artist": "Al", "genre": "folk, ambient", "emotion": None}

    showing(
        str(store.root), report_with(store, [{**song, "neighbours": [{**near, "score": 0.98765}]}])
    )

    text = shown("neighbours")
    assert text.startswith("### &lt;b>Dawn&lt;/b> by Al\n\nfolk, ambient")
    assert text.splitlines()[-1] == "| 1 | 0.988 | Low \\| tide | Bo | folk | joy |"


def test_the_ui_leads_to_the_report_where_it_is_served(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(showcase.REPORTS_URL, "http://127.0.0.1:4201/")

    releasing(str(store.root))

    assert f"[Open the report](http://127.0.0.1:4201/store/{RELEASE}/)" in shown("release")


def test_where_no_report_is_served_the_ui_names_its_file(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(showcase.REPORTS_URL, "")

    releasing(str(store.root))

    text = shown("release")
    assert "[Open the report]" not in text
    assert f"| report | {store.root}/releases/{RELEASE}/report/index.html |" in text


def test_a_run_that_failed_says_why_in_its_name_and_on_a_page(store: Store) -> None:
    state = failing(str(store.root), return_state=True)

    assert state.state_details.flow_run_id
    with get_client(sync_client=True) as client:
        name = client.read_flow_run(state.state_details.flow_run_id).name
    assert name == "songs.csv: check_contract failed: 41 % of the songs are gone."
    assert shown("failure").startswith(
        "# check_contract failed\n\n> 41 % of the songs are gone.\n> Look at &lt;the file>."
    )


def test_a_name_has_an_end(store: Store) -> None:
    state = failing(str(store.root), "x" * 1000, return_state=True)

    assert state.state_details.flow_run_id
    with get_client(sync_client=True) as client:
        name = client.read_flow_run(state.state_details.flow_run_id).name
    assert len(name) == showcase.LONGEST_NAME
    assert name.endswith("xxx...")


RELEASE = "20240131T000000Z-00000000"


@flow
def releasing(root: str) -> None:
    """A run that has made a release."""
    showcase.show_release(
        Store.open(root),
        PipelineSettings(store=root),
        Published(
            release=RELEASE,
            sequence=1,
            live=True,
            verdict="pass",
            reason="passed 8 checks",
            may_be_forced=True,
        ),
    )


@flow
def failing(root: str, reason: str = "41 % of the songs are gone.\nLook at <the file>.") -> None:
    """A run of which a stage fails."""
    run = Run(Store.open(root), PipelineSettings(store=root, csv="songs.csv"))
    with run.noting_failure("check_contract"):
        raise ContractError(reason)
