"""What a run says that the gate refused, and the commands that show and overrule it."""

import json
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.client.schemas.sorting import ArtifactSort

import songspace
from flows import showcase
from flows.commands import main
from flows.logs import hear_our_loggers
from flows.run import Run
from flows.settings import PipelineSettings, read_settings
from flows.why import explain
from models.gate import Check, give_verdict
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.promotion import Force
from tasks.publish import FOLDERS, CandidateRefused, Published

SOUND = Check(name="recall of the lists", passed=True, expected="0.99 or more", found="0.995")
POOR = Check(name="headline beside PCA-20", passed=False, expected="more than 0.2310", found="0.1")
BROKEN = Check(
    name="songs", passed=False, expected="every song_id once", found="twice", may_be_forced=False
)
pytestmark = pytest.mark.usefixtures("prefect_server")

FORCE = Force(reason="a trial", by="Ann")


def keep(store: Store, kind: str, number: int, checks: list[Check]) -> ArtifactRef:
    """What a stage of run *number* leaves behind: one small file a folder, and the gate's judgement."""
    with store.draft() as draft:
        for folder in FOLDERS[kind]:
            (draft / folder).mkdir()
            (draft / folder / "part-0.parquet").write_text(str(number))
        if kind == "songs":
            counts = json.dumps({"read": 9, "kept": number})
            (draft / "profile" / "counts.json").write_text(counts)
        if kind == "gate":
            judgement = give_verdict(checks, {"headline": {"value": 0.1}})
            (draft / "gate" / "gate.json").write_text(judgement.model_dump_json())
        return store.commit(draft, kind, recipe={"inputs": {}})


def end(settings: PipelineSettings, number: int, checks: list[Check]) -> Published:
    """The end of a run whose stages made that."""
    hear_our_loggers()
    run = Run(Store.open(settings.store), settings)
    run.artifacts = {kind: keep(run.store, kind, number, checks) for kind in FOLDERS}
    showcase.show(run.store, run.artifacts["gate"])
    return run.publish()


ending = flow(end)


@flow
def refused_run(settings: PipelineSettings) -> Published:
    """A run that the gate refuses, in place of the pipeline."""
    return end(settings, 2, [SOUND, POOR])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a live release that passed."""
    store = Store.open(tmp_path / "my store")
    ending(settings_of(store), 1, [SOUND])
    return store


def settings_of(store: Store, **given: Any) -> PipelineSettings:
    return PipelineSettings(store=str(store.root), **given)


def gate_shown() -> str:
    """What the UI shows of the last gate."""
    key = ArtifactFilter(key=ArtifactFilterKey(any_=["gate"]))
    with get_client(sync_client=True) as client:
        last, *_ = client.read_artifacts(artifact_filter=key, sort=ArtifactSort.CREATED_DESC)
    return str(last.data)


def candidate_in(store: Store) -> str:
    """The one release that is not live."""
    head = store.head()
    (candidate,) = {*store.releases()} - {head.release if head else ""}
    return candidate


def refused_in(store: Store, *checks: Check) -> str:
    """A candidate that the gate refused."""
    with pytest.raises(CandidateRefused) as refused:
        ending(settings_of(store), 2, list(checks))
    return refused.value.published.release


@pytest.mark.fault
def test_a_flow_run_that_is_refused_has_failed_and_its_first_line_says_why(store: Store) -> None:
    state: State[Published] = refused_run(settings_of(store), return_state=True)

    candidate = candidate_in(store)
    first_line = (state.message or "").splitlines()[0]
    assert state.is_failed()
    assert "fail: headline beside PCA-20: 0.1, expected more than 0.2310" in first_line
    assert f"{candidate} is not live" in first_line
    assert (
        f"python -m flows publish {candidate} --force \"reason\" --store '{store.root}'"
        in first_line
    )
    with songspace.open(store.root) as live:
        assert live.id != candidate


def test_the_ui_shows_all_that_was_asked_and_found(store: Store) -> None:
    refused_run(settings_of(store), return_state=True)

    shown = gate_shown()
    assert "# The gate: fail" in shown
    assert "| headline beside PCA-20 | FAILED | more than 0.2310 | 0.1 |" in shown
    assert "| recall of the lists | passed | 0.99 or more | 0.995 |" in shown


@pytest.mark.fault
def test_the_command_ends_with_1_and_says_where_the_candidate_is(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("flows.summary.pipeline", refused_run)

    assert main(["run", "--demo", "300", "--store", str(store.root)]) == 1

    said = capsys.readouterr()
    candidate = candidate_in(store)
    report = store.root / "releases" / candidate / "report"
    assert f"-> {candidate} (NOT live: the gate refused it)" in said.out
    assert f"report       {report / 'index.html'}" in said.out
    assert report.is_dir()
    assert said.err.splitlines()[-1].startswith("run: fail: headline beside PCA-20")
    assert "Traceback" not in caplog.text


def test_the_command_with_a_reason_makes_it_live(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("flows.summary.pipeline", refused_run)
    command = ["run", "--demo", "300", "--store", str(store.root)]

    assert main([*command, "--force", "a trial", "--by", "Ann"]) == 0

    head = store.head()
    assert head is not None
    assert (head.action, head.reason, head.by) == ("force", "a trial", "Ann")
    assert "(live, forced)" in capsys.readouterr().out


def test_why_says_that_the_last_run_was_refused(store: Store) -> None:
    refused_in(store, POOR)

    headline = next(iter(explain(store)))

    assert "(refused: headline beside PCA-20: 0.1, expected more than 0.2310)" in headline


def test_a_run_whose_tables_are_broken_is_not_told_how_to_force_it(store: Store) -> None:
    with pytest.raises(CandidateRefused) as refused:
        ending(settings_of(store, force=FORCE), 2, [POOR, BROKEN])

    assert "This cannot be forced" in str(refused.value)
    assert "--force" not in str(refused.value)


def test_releases_are_listed_with_date_verdict_and_headline(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = refused_in(store, POOR)
    date = f"{store.release_manifest(candidate).created_at:%Y-%m-%d %H:%M}"

    assert main(["releases", "--store", str(store.root)]) == 0

    *listed, entry = capsys.readouterr().out.splitlines()
    (passed,) = (line for line in listed if line.startswith("* "))
    (failed,) = (line for line in listed if not line.startswith("* "))
    assert passed.endswith("pass    headline 0.1000")
    assert failed.startswith(f"  {candidate}")
    assert f"{date}  fail    headline 0.1000  (headline beside PCA-20: 0.1, expected" in failed
    assert "publish" in entry


def test_a_candidate_is_forced_by_its_name_and_listed_so(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = refused_in(store, POOR)
    command = ["publish", candidate, "--store", str(store.root)]

    assert main(command) == 1
    refused = capsys.readouterr().err
    assert main([*command, "--force", "a trial", "--by", "Ann"]) == 0
    assert main(["releases", "--store", str(store.root)]) == 0
    listed = capsys.readouterr().out

    assert refused.startswith(f"publish: {candidate} did not pass the gate: headline beside PCA-20")
    assert f"{candidate} is live (entry 2: force by Ann)" in listed
    assert "forced  headline 0.1000" in listed
    assert f"force {candidate} by Ann  (a trial)" in listed


def test_a_rollback_after_force_returns_the_old_release(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    old = store.head()
    candidate = refused_in(store, POOR)
    where = ["--store", str(store.root)]

    assert main(["publish", candidate, "--force", "a trial", *where]) == 0
    assert main(["rollback", *where]) == 0

    assert old is not None
    assert f"{old.release} is live (entry 3); before: {candidate}" in capsys.readouterr().out


def test_a_rollback_does_not_lead_around_the_gate(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = refused_in(store, POOR)

    assert main(["rollback", "--to", candidate, "--store", str(store.root)]) == 1

    assert "was never live" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "Ann"], "--by names who forces"),
        (["--force", ""], "at least 1 character"),
        (["--force", "a trial", "--by", " "], "at least 1 character"),
    ],
)
@pytest.mark.parametrize("command", ["run", "publish"])
def test_a_word_that_is_not_whole_is_refused_before_anything_is_done(
    store: Store,
    command: str,
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    candidate = refused_in(store, POOR)
    asked = ["run", "--demo", "300"] if command == "run" else ["publish", candidate]
    before = len(store.last_notes(100))

    assert main([*asked, *options, "--store", str(store.root)]) == 1

    assert said in capsys.readouterr().err
    assert len(store.last_notes(100)) == before
    assert len(store.history()) == 1


def test_force_is_a_switch_of_a_run_and_shapes_no_release() -> None:
    settings = read_settings(None, ["gate.min_artists=50", "force.reason=why", "force.by=Ann"])

    assert settings.force == Force(reason="why", by="Ann")
    assert settings.stages() == read_settings(None, ["gate.min_artists=50"]).stages()
    assert settings.stages()["gate"]["min_artists"] == 50
