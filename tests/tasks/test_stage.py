"""Stages on a real Prefect server and a real store."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import BaseModel

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.local import LocalStore
from storage.store import Store
from tasks.code import CodeEditedError, code_digests
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
        self.sleep_s = 0.0

    def stage(self, timeout_s: float = 60) -> Stage:
        def count(draft: Path, _store: Store, *, value: object) -> None:
            self.runs += 1
            if self.failures:
                raise self.failures.pop(0)
            time.sleep(self.sleep_s)
            (draft / "value.json").write_text(json.dumps(str(value)))

        return stage("number", libraries=["polars"], timeout_s=timeout_s)(count)


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


@pytest.mark.fault
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


def test_a_store_that_was_moved_keeps_its_cache(store: Store, counter: Counter) -> None:
    work = counter.stage()
    ref = run(lambda: work(store, value=1))

    moved = Store.open(store.root.rename(store.root.with_name("moved")))

    assert run(lambda: work(moved, value=1)) == ref
    assert counter.runs == 1


def test_a_copied_store_is_asked_for_its_own_artifacts(store: Store, counter: Counter) -> None:
    work = counter.stage()
    refs = [run(partial(work, store, value=value)) for value in (1, 2)]
    copy = Store.open(shutil.copytree(store.root, store.root.with_name("copy"), symlinks=True))
    file = copy.file(refs[0], "value.json")
    file.chmod(0o600)
    file.write_text('"3"')

    again = [run(partial(work, copy, value=value)) for value in (1, 2)]

    assert again == refs
    assert counter.runs == 3
    assert copy.verify(refs[0]) == store.verify(refs[0])


def test_what_was_found_is_hashed_once_and_what_was_made_not_again(
    tmp_path: Path, counter: Counter
) -> None:
    class WatchedStore(LocalStore):
        verified = 0

        def verify(self, ref: ArtifactRef) -> ArtifactRef:
            self.verified += 1
            return super().verify(ref)

    store, work = WatchedStore.open(tmp_path / "store"), counter.stage()
    assert isinstance(store, WatchedStore)

    run(lambda: work(store, value=1))
    after_making = store.verified
    run(lambda: work(store, value=1))

    assert (after_making, store.verified) == (0, 1)


@pytest.mark.fault
def test_a_torn_record_of_prefect_is_a_miss(store: Store, counter: Counter) -> None:
    work = counter.stage()
    run(lambda: work(store, value=1))

    for record in (store.root / "results").iterdir():
        record.write_bytes(record.read_bytes()[:20])

    run(lambda: work(store, value=1))
    assert counter.runs == 2


@pytest.mark.fault
def test_records_are_closed_to_others(store: Store, counter: Counter) -> None:
    run(lambda: counter.stage()(store, value=1))

    assert (store.root / "results").stat().st_mode & 0o777 == 0o700


@pytest.mark.fault
def test_a_disk_that_stumbles_is_tried_again(
    store: Store, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.stage.RETRY_DELAYS_S", [0, 0, 0])
    counter.failures = [OSError(5, "Input/output error")]

    run(lambda: counter.stage()(store, value=1))

    assert counter.runs == 2


@pytest.mark.fault
def test_a_kept_file_that_the_disk_does_not_give_is_asked_for_again(
    store: Store, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.stage.RETRY_DELAYS_S", [0, 0, 0])
    unread = SongspaceError("songs.parquet cannot be read: Too many open files.")
    unread.__cause__ = OSError(24, "Too many open files")
    counter.failures = [unread]

    run(lambda: counter.stage()(store, value=1))

    assert counter.runs == 2


@pytest.mark.parametrize("error", [ValueError("wrong shape"), FileNotFoundError(2, "no such file")])
def test_wrong_data_is_not_tried_again(store: Store, counter: Counter, error: Exception) -> None:
    counter.failures = [error]

    with pytest.raises(type(error)):
        run(lambda: counter.stage()(store, value=1))

    assert counter.runs == 1


@pytest.mark.fault
def test_a_failed_stage_leaves_nothing_behind(store: Store, counter: Counter) -> None:
    counter.failures = [ValueError("no")]

    with pytest.raises(ValueError, match="no"):
        run(lambda: counter.stage()(store, value=1))

    assert list((store.root / "artifacts").rglob("*.json")) == []
    assert list((store.root / "staging").iterdir()) == []


def test_an_input_that_has_no_stable_name_is_refused(store: Store, counter: Counter) -> None:
    with pytest.raises((TypeError, SongspaceError), match="plain values"):
        run(lambda: counter.stage()(store, value={1, 2}))


def test_a_deadline_shapes_nothing_other_settings_do(store: Store, counter: Counter) -> None:
    class Layers(BaseModel):
        width: int = 8
        deadline_s: float = 60

    class Settings(BaseModel):
        layers: Layers = Layers()
        deadline_s: float = 60

    work = counter.stage()
    run(lambda: work(store, value=Settings()))
    run(lambda: work(store, value=Settings(layers=Layers(deadline_s=7), deadline_s=5)))
    assert counter.runs == 1
    run(lambda: work(store, value=Settings(layers=Layers(width=9))))
    assert counter.runs == 2


def test_another_version_of_a_library_works_again(
    store: Store, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = counter.stage()

    first = run(lambda: work(store, value=1))
    monkeypatch.setattr("tasks.stage.version", lambda name: f"{name} 99")
    second = run(lambda: work(store, value=1))

    assert counter.runs == 2
    assert first != second


def test_a_stage_that_outlives_its_time_is_given_up_and_leaves_nothing(
    store: Store, counter: Counter
) -> None:
    counter.sleep_s = 3

    with pytest.raises(TimeoutError):
        run(lambda: counter.stage(timeout_s=0.5)(store, value=1))

    assert list((store.root / "artifacts").rglob("*.json")) == []


def test_code_that_was_edited_before_it_was_imported_keeps_no_result(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "imported_late" / "__init__.py"
    module.parent.mkdir()
    module.write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def work(draft: Path, _store: Store) -> None:
        module.write_text("VALUE = 2\n")
        import imported_late  # type: ignore[import-not-found]

        (draft / "value.json").write_text(json.dumps(imported_late.VALUE))

    late = stage("number", libraries=[])(work)
    late.code = {**late.code, **code_digests("imported_late")}
    try:
        with pytest.raises(CodeEditedError, match="imported_late"):
            run(lambda: late(store))
    finally:
        sys.modules.pop("imported_late", None)

    assert list((store.root / "artifacts").rglob("*.json")) == []


class Steps:
    """A stage of four steps that notes each, and is stopped before one of them."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.stopped_before: dict[int, Exception] = {}

    def stage(self) -> Stage:
        def walk(draft: Path, _store: Store, *, value: int, unfinished: Path) -> None:
            note = unfinished / "note"
            begun = int(note.read_text()) if note.exists() else 0
            for step in range(begun, 4):
                if step in self.stopped_before:
                    raise self.stopped_before.pop(step)
                self.done.append(step)
                note.write_text(str(step + 1))
            (draft / "value.json").write_text(json.dumps(value))

        return stage("number", libraries=["polars"], resumes=True)(walk)


def unfinished(store: Store) -> list[str]:
    return [path.name for path in (store.root / "unfinished").iterdir()]


@pytest.mark.fault
def test_a_stage_that_was_stopped_goes_on_from_what_it_noted(store: Store) -> None:
    steps = Steps()
    steps.stopped_before = {2: ValueError("stopped")}
    work = steps.stage()

    with pytest.raises(ValueError, match="stopped"):
        run(lambda: work(store, value=1))
    left = unfinished(store)
    run(lambda: work(store, value=1))

    assert steps.done == [0, 1, 2, 3]
    assert left == [work.work({"value": 1})]
    assert unfinished(store) == []


def test_a_stage_that_is_tried_again_goes_on_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.stage.RETRY_DELAYS_S", [0, 0, 0])
    steps = Steps()
    steps.stopped_before = {3: OSError(5, "Input/output error")}

    run(lambda: steps.stage()(store, value=1))

    assert steps.done == [0, 1, 2, 3]


def test_other_inputs_do_not_meet_what_was_left_unfinished(store: Store) -> None:
    steps = Steps()
    steps.stopped_before = {2: ValueError("stopped")}
    work = steps.stage()

    with pytest.raises(ValueError, match="stopped"):
        run(lambda: work(store, value=1))
    run(lambda: work(store, value=2))

    assert steps.done == [0, 1, 0, 1, 2, 3]
    assert unfinished(store) == [work.work({"value": 1})]


def test_fresh_begins_from_the_beginning(store: Store) -> None:
    steps = Steps()
    steps.stopped_before = {2: ValueError("stopped")}
    work = steps.stage()

    with pytest.raises(ValueError, match="stopped"):
        run(lambda: work(store, value=1))
    run(lambda: work(store, fresh=True, value=1))

    assert steps.done == [0, 1, 0, 1, 2, 3]


def test_what_edited_code_has_begun_is_not_gone_on_with(store: Store) -> None:
    steps = Steps()
    steps.stopped_before = {2: CodeEditedError("edited")}

    with pytest.raises(CodeEditedError):
        run(lambda: steps.stage()(store, value=1))

    assert unfinished(store) == []
