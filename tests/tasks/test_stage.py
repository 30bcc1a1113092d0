"""Stages on a real Prefect server and a real store."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.schemas.objects import State

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import Stage, stage

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


class Counter:
    """A stage that counts how often it really works, and fails as often as asked."""

    def __init__(self) -> None:
        self.runs = 0
        self.failures: list[Exception] = []

    def stage(self) -> Stage:
        def count(draft: Path, _store: Store, *, value: object) -> None:
            self.runs += 1
            if self.failures:
                raise self.failures.pop(0)
            (draft / "value.json").write_text(json.dumps(str(value)))

        return stage("number", libraries=["polars"])(count)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def run(call: Callable[[], ArtifactRef]) -> ArtifactRef:
    """Call a stage inside a flow, as the pipeline does."""

    @flow
    def trial() -> State[ArtifactRef] | ArtifactRef:
        return call()

    result = trial()
    assert isinstance(result, ArtifactRef)
    return result


def test_the_same_inputs_are_worked_on_once(store: Store, counter: Counter) -> None:
    work = counter.stage()

    first = run(lambda: work(store, value=1))
    second = run(lambda: work(store, value=1))
    other = run(lambda: work(store, value=2))

    assert first == second != other
    assert counter.runs == 2


def test_fresh_works_again_and_gives_the_same_artifact(store: Store, counter: Counter) -> None:
    work = counter.stage()

    first = run(lambda: work(store, value=1))
    second = run(lambda: work(store, fresh=True, value=1))

    assert first == second
    assert counter.runs == 2


@pytest.mark.parametrize("damage", ["deleted", "changed", "truncated"])
def test_an_artifact_that_is_gone_or_damaged_is_made_again(
    store: Store, counter: Counter, damage: str
) -> None:
    work = counter.stage()
    ref = run(lambda: work(store, value=1))
    file = store.file(ref, "value.json")

    match damage:
        case "deleted":
            shutil.rmtree(file.parent)
        case "changed":
            file.chmod(0o600)
            file.write_text('"2"')
        case _:
            file.chmod(0o600)
            file.write_text("")

    assert run(lambda: work(store, value=1)) == ref
    assert counter.runs == 2
    assert store.read_json(ref, "value.json") == "1"


def test_a_torn_record_of_prefect_is_a_miss(store: Store, counter: Counter) -> None:
    work = counter.stage()
    run(lambda: work(store, value=1))

    for record in (store.root / "results").iterdir():
        record.write_bytes(record.read_bytes()[:20])

    run(lambda: work(store, value=1))
    assert counter.runs == 2


def test_records_are_closed_to_others(store: Store, counter: Counter) -> None:
    run(lambda: counter.stage()(store, value=1))

    assert (store.root / "results").stat().st_mode & 0o777 == 0o700


def test_a_disk_that_stumbles_is_tried_again(
    store: Store, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.stage.RETRY_DELAYS_S", [0, 0, 0])
    counter.failures = [OSError(5, "Input/output error")]

    run(lambda: counter.stage()(store, value=1))

    assert counter.runs == 2


@pytest.mark.parametrize("error", [ValueError("wrong shape"), FileNotFoundError(2, "no such file")])
def test_wrong_data_is_not_tried_again(store: Store, counter: Counter, error: Exception) -> None:
    counter.failures = [error]

    with pytest.raises(type(error)):
        run(lambda: counter.stage()(store, value=1))

    assert counter.runs == 1


def test_a_failed_stage_leaves_nothing_behind(store: Store, counter: Counter) -> None:
    counter.failures = [ValueError("no")]

    with pytest.raises(ValueError, match="no"):
        run(lambda: counter.stage()(store, value=1))

    assert list((store.root / "artifacts").rglob("*.json")) == []
    assert list((store.root / "staging").iterdir()) == []


def test_an_input_that_has_no_stable_name_is_refused(store: Store, counter: Counter) -> None:
    with pytest.raises((TypeError, SongspaceError), match="plain values"):
        run(lambda: counter.stage()(store, value={1, 2}))
