"""Records are written here as Prefect writes them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.serializers import JSONSerializer

from storage.store import Store
from tasks.cleaning import forget_results

NOW = timedelta(seconds=-5)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "store")
    store.records.mkdir()
    return store


def write_record(store: Store, name: str, value: object) -> Path:
    result = JSONSerializer().dumps(value).decode()
    path = store.records / name
    path.write_text(json.dumps({"metadata": {}, "result": result}))
    return path


def test_a_record_stays_as_long_as_its_artifact(store: Store) -> None:
    with store.draft() as draft:
        (draft / "value.json").write_text("1")
        ref = store.commit(draft, "number", recipe={})
    kept = write_record(store, "kept", ref)
    gone = write_record(store, "gone", ref.model_copy(update={"version": "0" * 20}))

    assert forget_results(store, NOW) == 1

    assert kept.exists()
    assert not gone.exists()


def test_records_of_failures_and_torn_ones_go(store: Store) -> None:
    write_record(store, "failed", ValueError("no"))
    (store.records / "torn").write_text('{"metadata": {')

    assert forget_results(store, NOW) == 2


def test_young_records_stay(store: Store) -> None:
    write_record(store, "failed", ValueError("no"))

    assert forget_results(store, timedelta(days=1)) == 0
