"""Maintenance as a flow: it looks before it removes, and tells what it did."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort
from pydantic import ValidationError

from flows.maintenance import maintenance
from flows.maintenance_settings import MaintenanceSettings
from songspace.errors import Damaged, NotFound
from storage import Store, StoreError
from tests.storage.promoting import build_release, live, publish

pytestmark = pytest.mark.usefixtures("prefect_server")

Maintain = Callable[..., object]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def old(store: Store) -> list[str]:
    """Four releases that went live one after the other, long ago."""
    built = [build_release(store, number) for number in range(4)]
    for release in built:
        publish(store, release)
    for folder in (*store.root.glob("releases/*"), *store.root.glob("artifacts/*/*")):
        os.utime(folder, (then := time.time() - 30 * 86_400, then))
    return built


@pytest.fixture
def maintain(store: Store) -> Maintain:
    """Runs the flow over the store, to keep one release but for other settings."""

    def run(**settings: object) -> object:
        return maintenance(
            MaintenanceSettings.model_validate({"store": str(store.root), "keep": 1, **settings})
        )

    return run


def damage(store: Store, release: str) -> None:
    """Change a file of a release, behind the store's back."""
    file = store.release_folder(release) / "songs" / "part-0.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[::-1])


def shown() -> str:
    """The newest artifact of the maintenance in the Prefect UI."""
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["maintenance"])),
            sort=ArtifactSort.CREATED_DESC,
            limit=1,
        )
    return str(found[0].data)


def test_it_verifies_removes_and_tries_a_rollback(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    first, _, third, fourth = old
    store.pin(first, reason="cited", by="Ann")

    drilled = maintain()

    assert store.releases() == sorted([first, third, fourth])
    assert live(store) == fourth
    assert [entry.sequence for entry in store.history()] == [1, 2, 3, 4]
    assert f"from {fourth} to {third}, which is whole" in str(drilled)


def test_the_ui_shows_what_was_done(store: Store, old: list[str], maintain: Maintain) -> None:
    first, second, third, fourth = old

    maintain()

    told = shown()
    assert str(store.root) in told
    assert "| hashed and found whole | 2 releases" in told
    assert "| removed | 2 releases, 4 things in all |" in told
    assert f"from {fourth} to {third}" in told
    removed = told.partition("## Removed")[2]
    assert f"- {first}" in removed
    assert f"- {second}" in removed
    assert third not in removed


def test_a_damaged_release_that_stays_is_named_and_nothing_is_removed(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    damage(store, old[2])

    with pytest.raises(Damaged) as refused:
        maintain()

    told = str(refused.value)
    assert "1 of 2 releases are damaged, so nothing was removed" in told
    assert old[2] in told
    assert "songs/part-0.parquet has sha256" in told
    assert store.releases() == sorted(old)


def test_it_is_done_anew_each_time(store: Store, old: list[str], maintain: Maintain) -> None:
    maintain()
    damage(store, old[3])

    with pytest.raises(Damaged, match=old[3]):
        maintain()


def test_a_pinned_release_that_is_gone_is_a_failure(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    store.pin(old[0], reason="cited", by="Ann")
    store.release_folder(old[0]).rename(store.root.parent / "lost")

    with pytest.raises(Damaged, match=f"{old[0]}: .* has no MANIFEST.json"):
        maintain()


def test_what_an_earlier_cleaning_removed_is_not_missed(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    maintain()

    maintain(keep=4)

    assert store.releases() == sorted(old[2:])


def test_asked_for_the_live_one_it_hashes_that_alone_and_the_drill_the_one_before(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    damage(store, old[1])

    maintain(verify="live", keep=3)

    assert "| hashed and found whole | 1 releases" in shown()
    damage(store, old[2])
    with pytest.raises(Damaged, match=rf"{old[2]} is damaged"):
        maintain(verify="live", keep=3)


def test_what_is_younger_stays(store: Store, old: list[str], maintain: Maintain) -> None:
    maintain(older_than_days=60)

    assert store.releases() == sorted(old)


def test_a_store_without_a_release_has_nothing_to_maintain(
    store: Store, maintain: Maintain
) -> None:
    assert "No rollback could be tried" in str(maintain())
    assert store.releases() == []


def test_a_live_release_that_is_gone_is_a_failure(
    store: Store, old: list[str], maintain: Maintain
) -> None:
    store.release_folder(old[3]).rename(store.root.parent / "lost")

    with pytest.raises((Damaged, NotFound), match=old[3]):
        maintain(verify="live")

    assert store.releases() == sorted(old[:3])


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, maintain: Maintain) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        maintain(store=str(tmp_path / "none"))

    assert not (tmp_path / "none").exists()


def test_empty_text_in_a_form_means_not_given() -> None:
    assert MaintenanceSettings.model_validate({"store": " "}) == MaintenanceSettings()


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"older_than_days": 0.5}, {"verify": "all"}])
def test_settings_that_could_harm_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MaintenanceSettings.model_validate(wrong)
