"""A release goes live only if nobody else has decided otherwise meanwhile."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

import songspace
from models.gate import give_verdict
from songspace.ledger import LedgerEntry
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef
from storage.errors import Conflict
from storage.local import LocalStore
from storage.releases import Parts
from storage.store import Store
from tasks.bases import Artifacts
from tasks.publish import FOLDERS, Published, publish, publish_release

SETTINGS: Mapping[str, Any] = {}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def made(store: Store, number: int) -> Artifacts:
    """What the stages of run *number* leave behind, one small file a folder; its gate passes."""
    return {kind: keep(store, kind, folders, number) for kind, folders in FOLDERS.items()}


def keep(store: Store, kind: str, folders: tuple[str, ...], number: int) -> ArtifactRef:
    with store.draft() as draft:
        for folder in folders:
            (draft / folder).mkdir()
            (draft / folder / "part-0.parquet").write_text(str(number))
        if kind == "songs":
            (draft / "profile" / "counts.json").write_text(json.dumps({"kept": number}))
        if kind == "gate":
            (draft / "gate" / "gate.json").write_text(give_verdict([], {}).model_dump_json())
        return store.commit(draft, kind, recipe={"inputs": {}})


def release_of(store: Store, artifacts: Artifacts) -> Published:
    return publish_release(store, artifacts, {}, SETTINGS, store.head())


class Meddled(LocalStore):
    """A store in which somebody else makes a release live at the worst moment."""

    meddler: Artifacts | None = None

    def promote(self, release: str, **options: Any) -> LedgerEntry:
        if self.meddler is not None:
            release_of(LocalStore(self.root), self.meddler)
        return super().promote(release, **options)


def test_a_release_is_live_and_a_second_time_is_the_same(store: Store) -> None:
    first = release_of(store, made(store, 1))
    again = release_of(store, made(store, 1))

    assert first == again
    assert (first.sequence, first.live, first.verdict) == (1, True, "pass")


def test_a_rollback_during_a_run_that_makes_the_live_release_again_is_respected(
    store: Store,
) -> None:
    release_of(store, made(store, 1))
    bad = release_of(store, made(store, 2))
    at_start = store.head()
    store.rollback(reason="looks wrong")

    published = publish_release(store, made(store, 2), {}, SETTINGS, at_start)

    assert published.release == bad.release
    assert (published.sequence, published.live, published.verdict) == (3, False, "pass")
    assert len(store.history()) == 3


@pytest.mark.fault
def test_another_release_that_went_live_during_the_run_is_a_conflict(store: Store) -> None:
    release_of(store, made(store, 1))
    at_start = store.head()
    other = release_of(store, made(store, 2))

    with pytest.raises(Conflict, match=other.release):
        publish_release(store, made(store, 3), {}, SETTINGS, at_start)

    head = store.head()
    assert head is not None
    assert head.release == other.release


@pytest.mark.fault
def test_of_two_equal_runs_at_once_the_second_finds_its_release_live(store: Store) -> None:
    first = publish_release(store, made(store, 1), {}, SETTINGS, None)

    second = publish_release(store, made(store, 1), {}, SETTINGS, None)

    assert first == second
    assert len(store.history()) == 1


@pytest.mark.parametrize("equal", [True, False])
def test_who_is_overtaken_while_promoting_loses_only_to_another_release(
    tmp_path: Path, equal: bool
) -> None:
    store = Meddled.open(tmp_path / "store")
    assert isinstance(store, Meddled)
    store.meddler = made(store, 1 if equal else 2)

    if equal:
        assert release_of(store, made(store, 1)).sequence == 1
    else:
        with pytest.raises(Conflict):
            release_of(store, made(store, 1))

    assert len(store.history()) == 1


class CountedStore(LocalStore):
    """Counts how often a release was put together."""

    built = 0

    def build_release(self, parts: Parts, *, meta: Mapping[str, JSON]) -> str:
        self.built += 1
        return super().build_release(parts, meta=meta)


@flow
def run(store: Store, artifacts: Artifacts) -> Published:
    """Publish as the pipeline does."""
    return publish(store, artifacts, {}, SETTINGS, store.head())


def opened(root: Path) -> CountedStore:
    store = CountedStore.open(root)
    assert isinstance(store, CountedStore)
    return store


def call(store: CountedStore) -> tuple[Published, int]:
    """What a run of the same artifacts publishes, and how often it had to build for it."""
    published = run(store, made(store, 1))
    assert isinstance(published, Published)
    return published, store.built


@pytest.mark.usefixtures("prefect_server")
def test_a_publication_is_found_again_in_a_moved_store_and_after_a_rollback_is_not(
    tmp_path: Path,
) -> None:
    release_of(Store.open(tmp_path / "store"), made(Store.open(tmp_path / "store"), 0))
    first, _ = call(opened(tmp_path / "store"))

    moved = (tmp_path / "store").rename(tmp_path / "moved")
    found, built = call(opened(moved))
    assert (found, built) == (first, 0)

    back = Store.open(moved).rollback()
    found, built = call(opened(moved))
    assert (found.live, found.sequence, built) == (False, back.sequence, 1)


@pytest.mark.usefixtures("prefect_server")
def test_a_publication_in_a_copied_store_is_held_against_the_copy(tmp_path: Path) -> None:
    first, _ = call(opened(tmp_path / "store"))
    copy = shutil.copytree(tmp_path / "store", tmp_path / "copy", symlinks=True)
    shutil.rmtree(copy / "releases" / first.release)

    found, built = call(opened(copy))

    assert built == 1
    with songspace.open(copy) as release:
        assert release.path == copy / "releases" / found.release
