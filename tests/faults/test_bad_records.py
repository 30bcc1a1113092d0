"""Prefect's records of tasks and the artifacts behind them go bad between two runs."""

from __future__ import annotations

import base64
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.flows.small_runs import First, Pipeline

pytestmark = pytest.mark.fault

Spoil = Callable[[Path], None]


class Payload:
    """Once unpickled it has made a folder."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.trace,)


def record_of(line: Pipeline, task: str) -> Path:
    """The one record of that task."""
    (record,) = (line.root / "results").glob(f"{task}-*")
    return record


def rewrite(record: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Forge a record that is well formed."""
    content = json.loads(record.read_bytes())
    change(content)
    record.write_text(json.dumps(content))


def tear(record: Path) -> None:
    record.write_bytes(record.read_bytes()[:-40])


def empty(record: Path) -> None:
    record.write_bytes(b"")


def fill_with_noise(record: Path) -> None:
    record.write_bytes(bytes(range(256)) * 4)


def forge_an_artifact(record: Path) -> None:
    """It names one that was never there."""

    def change(content: dict[str, Any]) -> None:
        result = json.loads(content["result"])
        result["data"]["version"] = "0" * 20
        content["result"] = json.dumps(result)

    rewrite(record, change)


def name_another_artifact(record: Path) -> None:
    """It names one that is whole, of the next stage."""
    (other,) = record.parent.glob("report-*")
    result = json.loads(other.read_bytes())["result"]
    rewrite(record, lambda content: content.update(result=result))


def give_text(record: Path) -> None:
    """It names none at all."""
    rewrite(record, lambda content: content.update(result='"done"'))


SPOILT: Final[dict[str, Spoil]] = {
    "ingest": tear,
    "check_contract": tear,
    "summarise": forge_an_artifact,
    "encode": empty,
    "latents": fill_with_noise,
    "neighbours": forge_an_artifact,
    "gate": name_another_artifact,
    "report": give_text,
}
"""Tasks that take no time, and what happens to their records."""


def test_tasks_whose_records_went_bad_are_done_again_with_the_same_result_and_no_others(
    line: Pipeline, first: First
) -> None:
    published, _ = first
    for task, spoil in SPOILT.items():
        record = record_of(line, task)
        record.chmod(0o600)
        spoil(record)

    again, worked = line.run()

    assert again == published
    assert worked == [*SPOILT]
    assert line.run() == (published, [])


def unpickle(trace: Path) -> Callable[[dict[str, Any]], None]:
    """The result is pickled, and the record says so."""

    def change(content: dict[str, Any]) -> None:
        content["metadata"]["serializer"] = {"type": "pickle", "picklelib": "pickle"}
        content["result"] = base64.encodebytes(pickle.dumps(Payload(trace))).decode()

    return change


def unpickle_by_default(trace: Path) -> Callable[[dict[str, Any]], None]:
    """The result is pickled, and the record names no serializer."""

    def change(content: dict[str, Any]) -> None:
        unpickle(trace)(content)
        del content["metadata"]["serializer"]

    return change


def call_a_function(trace: Path) -> Callable[[dict[str, Any]], None]:
    """The record is of JSON, but the class of its result is a function."""

    def change(content: dict[str, Any]) -> None:
        call = {"__class__": "os.makedirs", "data": {"name": str(trace)}}
        content["result"] = json.dumps(call)

    return change


def call_a_function_inside(trace: Path) -> Callable[[dict[str, Any]], None]:
    """The same, deeper down."""

    def change(content: dict[str, Any]) -> None:
        result = json.loads(content["result"])
        result["data"]["kind"] = {"__class__": "os.makedirs", "data": {"name": str(trace)}}
        content["result"] = json.dumps(result)

    return change


@pytest.mark.parametrize(
    "forge", [unpickle, unpickle_by_default, call_a_function, call_a_function_inside]
)
def test_a_record_that_would_run_code_is_not_read_and_its_task_is_done_again(
    line: Pipeline,
    first: First,
    tmp_path: Path,
    forge: Callable[[Path], Callable[[dict[str, Any]], None]],
) -> None:
    published, _ = first
    trace = tmp_path / "the payload ran"
    rewrite(record_of(line, "encode"), forge(trace))

    assert line.run() == (published, ["encode"])

    assert not trace.exists()


def test_artifacts_that_went_bad_behind_their_records_are_made_again_and_nothing_else(
    line: Pipeline, first: First
) -> None:
    published, _ = first
    places = {kind: line.made(published, kind) for kind in ("features", "latents", "gate")}
    (places["encoded"],) = line.pieces(published, "encoded")
    folders = {kind: line.root / "artifacts" / kind / ref.version for kind, ref in places.items()}
    shutil.rmtree(folders["features"])
    shutil.rmtree(folders["encoded"])
    (folders["latents"] / "MANIFEST.json").unlink()
    judgement = folders["gate"] / "gate" / "gate.json"
    judgement.chmod(0o644)
    judgement.write_bytes(judgement.read_bytes().replace(b"pass", b"PASS", 1))

    again, worked = line.run()

    assert again == published
    assert worked == ["encode", "gather_features", "gather_latents", "gate"]
    for ref in places.values():
        line.store.verify(ref)
