"""What the gate refuses goes live only by a person's word, and some of it not even then."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

from models.gate import Check, give_verdict
from songspace.errors import Damaged, NotFound
from songspace.ledger import LedgerEntry
from storage.artifacts import ArtifactRef
from storage.local import LocalStore
from storage.store import Store
from tasks.bases import Artifacts, taken_from
from tasks.promotion import Force, Refused, publish_candidate
from tasks.publish import FOLDERS, Published, publish, publish_release

SETTINGS: Mapping[str, Any] = {}
FORCE = Force(reason="a trial", by="Ann")
POOR = Check(name="recall of the lists", passed=False, expected="0.99 or more", found="0.9")
BROKEN = Check(
    name="songs", passed=False, expected="every song_id once", found="twice", may_be_forced=False
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def made(
    store: Store, number: int, *checks: Check, beside: ArtifactRef | None = None
) -> dict[str, ArtifactRef]:
    """What the stages of run *number* leave behind, judged by *checks* beside an earlier model."""
    return {kind: keep(store, kind, number, checks, beside) for kind in FOLDERS}


def keep(
    store: Store, kind: str, number: int, checks: tuple[Check, ...], beside: ArtifactRef | None
) -> ArtifactRef:
    recipe: dict[str, Any] = {"inputs": {}, "builds_on": {}}
    if kind == "evaluation":
        recipe["inputs"] = {"before": beside and beside.model_dump()}
        recipe["builds_on"] = {"before": "model"}
    with store.draft() as draft:
        for folder in FOLDERS[kind]:
            (draft / folder).mkdir()
            (draft / folder / "part-0.parquet").write_text(str(number))
        if kind == "songs":
            (draft / "profile" / "counts.json").write_text(json.dumps({"kept": number}))
        if kind == "gate":
            judgement = give_verdict(checks, {"headline": {"value": 0.25}})
            (draft / "gate" / "gate.json").write_text(judgement.model_dump_json())
        return store.commit(draft, kind, recipe=recipe)


def release_of(store: Store, artifacts: Artifacts, force: Force | None = None) -> Published:
    return publish_release(store, artifacts, {}, SETTINGS, store.head(), force)


def ledger(store: Store) -> list[tuple[str, str, str, str]]:
    return [(e.action, e.release, e.reason, e.by) for e in store.history()]


def last(store: Store) -> LedgerEntry:
    head = store.head()
    assert head is not None
    return head


@pytest.mark.fault
def test_a_candidate_that_fails_is_built_whole_but_not_live(store: Store) -> None:
    old = release_of(store, made(store, 1))

    candidate = release_of(store, made(store, 2, POOR))

    assert (candidate.verdict, candidate.live, candidate.sequence) == ("fail", False, 1)
    assert candidate.reason == "recall of the lists: 0.9, expected 0.99 or more"
    assert last(store).release == old.release
    store.verify_release(candidate.release)
    folder = store.release_folder(candidate.release)
    assert (folder / "gate" / "gate.json").is_file()
    assert (folder / "evaluation").is_dir()


@pytest.mark.fault
def test_a_first_candidate_that_fails_leaves_the_ledger_empty(store: Store) -> None:
    candidate = release_of(store, made(store, 1, POOR))

    assert (candidate.verdict, candidate.live, candidate.sequence) == ("fail", False, None)
    assert store.head() is None


def test_a_manifest_says_how_its_release_was_judged(store: Store) -> None:
    candidate = release_of(store, made(store, 1, POOR))

    assert store.release_manifest(candidate.release).recipe["gate"] == {
        "verdict": "fail",
        "reason": "recall of the lists: 0.9, expected 0.99 or more",
        "may_be_forced": True,
        "headline": 0.25,
    }


def test_forced_it_is_live_with_the_reason_in_the_ledger_and_a_rollback_returns_the_old_one(
    store: Store,
) -> None:
    old = release_of(store, made(store, 1))

    forced = release_of(store, made(store, 2, POOR), FORCE)
    back = store.rollback(reason="enough", by="Bob")

    assert (forced.live, forced.verdict) == (True, "forced")
    assert forced.reason.startswith("by Ann: a trial; the gate said: recall of the lists: 0.9")
    assert ledger(store)[1] == ("force", forced.release, "a trial", "Ann")
    assert back.release == old.release


def test_a_run_again_without_force_finds_what_was_forced_live_and_forced(store: Store) -> None:
    forced = release_of(store, made(store, 1, POOR), FORCE)

    again = release_of(store, made(store, 1, POOR))

    assert again == forced
    assert len(store.history()) == 1


def test_what_was_forced_and_taken_back_is_not_forced_by_the_same_run_again(store: Store) -> None:
    old = release_of(store, made(store, 1))
    release_of(store, made(store, 2, POOR), FORCE)
    store.rollback()

    again = release_of(store, made(store, 2, POOR), FORCE)

    assert (again.live, again.verdict) == (False, "fail")
    assert last(store).release == old.release


def test_nothing_is_forced_that_passes_by_itself(store: Store) -> None:
    published = release_of(store, made(store, 1), FORCE)

    assert (published.live, published.verdict) == (True, "pass")
    assert last(store).action == "publish"
    assert last(store).by != "Ann"


@pytest.mark.parametrize("checks", [(BROKEN,), (POOR, BROKEN)])
def test_tables_that_break_their_contract_cannot_be_forced(
    store: Store, checks: tuple[Check, ...]
) -> None:
    candidate = release_of(store, made(store, 1, *checks), FORCE)

    assert (candidate.live, candidate.verdict) == (False, "fail")
    with pytest.raises(Refused, match="cannot be forced"):
        publish_candidate(store, candidate.release, FORCE)
    assert store.head() is None


def test_a_candidate_is_forced_later_by_its_name(store: Store) -> None:
    old = release_of(store, made(store, 1))
    candidate = release_of(store, made(store, 2, POOR))

    with pytest.raises(Refused) as refused:
        publish_candidate(store, candidate.release, None)
    entry = publish_candidate(store, candidate.release, FORCE)

    said = str(refused.value)
    assert said.startswith(f"{candidate.release} did not pass the gate: recall of the lists: 0.9")
    assert f'python -m flows publish {candidate.release} --force "reason"' in said
    assert (entry.action, entry.release, entry.previous) == (
        "force",
        candidate.release,
        old.release,
    )
    assert (entry.reason, entry.by) == ("a trial", "Ann")


@pytest.mark.fault
def test_a_candidate_that_is_damaged_cannot_be_forced(store: Store) -> None:
    candidate = release_of(store, made(store, 1, POOR))
    file = store.release_folder(candidate.release) / "latents" / "part-0.parquet"
    file.chmod(0o644)
    file.write_text("2")

    with pytest.raises(Damaged, match="latents"):
        publish_candidate(store, candidate.release, FORCE)

    assert store.head() is None


def test_what_was_taken_back_is_published_again_by_its_name(store: Store) -> None:
    first = made(store, 1)
    release_of(store, first)
    second = release_of(store, made(store, 2, beside=first["model"]))
    store.rollback()

    entry = publish_candidate(store, second.release, None)

    assert (entry.action, entry.release) == ("publish", second.release)


def test_what_was_held_against_a_copy_of_the_live_release_was_held_against_that(
    store: Store,
) -> None:
    live = release_of(store, made(store, 1))
    copy = taken_from(store, live.release, "model")
    second = release_of(store, made(store, 2, beside=copy))
    store.rollback()

    assert publish_candidate(store, second.release, None).release == second.release


def test_a_copy_of_another_release_than_the_live_one_is_not_what_to_be_held_against(
    store: Store,
) -> None:
    first = release_of(store, made(store, 1))
    copy = taken_from(store, first.release, "model")
    late = overtaken(store, made(store, 3, beside=copy), made(store, 2))

    with pytest.raises(Refused, match="beside another release"):
        publish_candidate(store, late, None)


def test_what_is_live_is_not_published_again(store: Store) -> None:
    published = release_of(store, made(store, 1, POOR), FORCE)

    entry = publish_candidate(store, published.release, None)

    assert entry == last(store)
    assert len(store.history()) == 1


@pytest.mark.parametrize("held", ["against nothing", "against one of before"])
def test_a_verdict_beside_another_release_than_the_live_one_lets_nothing_through(
    store: Store, held: str
) -> None:
    first = made(store, 1)
    release_of(store, first)
    beside = first["model"] if held == "against one of before" else None
    late = overtaken(store, made(store, 3, beside=beside), made(store, 2))

    with pytest.raises(Refused, match="beside another release than the one that is live now"):
        publish_candidate(store, late, None)
    entry = publish_candidate(store, late, FORCE)

    assert (entry.action, entry.reason) == ("force", "a trial")


def overtaken(store: Store, artifacts: Artifacts, by: Artifacts) -> str:
    """A release that passed, but is not live, since that of *by* is."""
    late = release_of(store, artifacts)
    store.rollback()
    release_of(store, by)
    return late.release


def test_a_live_release_that_is_damaged_is_followed_by_force_only(store: Store) -> None:
    first = made(store, 1)
    live = release_of(store, first)
    late = overtaken(store, made(store, 3, beside=first["model"]), made(store, 1))
    (store.release_folder(live.release) / "MANIFEST.json").unlink()

    with pytest.raises(Refused, match="beside another release"):
        publish_candidate(store, late, None)

    assert publish_candidate(store, late, FORCE).action == "force"


def test_what_was_built_before_there_was_a_gate_is_not_published_by_its_name(store: Store) -> None:
    ungated = store.build_release({"songs": (made(store, 1)["songs"], "songs")}, meta={})

    for force in (None, FORCE):
        with pytest.raises(Refused, match=f"rollback --to {ungated}"):
            publish_candidate(store, ungated, force)


def test_a_release_that_is_not_there_is_not_published(store: Store) -> None:
    with pytest.raises(NotFound, match="20240101T000000Z-00000000"):
        publish_candidate(store, "20240101T000000Z-00000000", FORCE)


@pytest.mark.parametrize(("reason", "by"), [("", "Ann"), ("  ", "Ann"), ("a trial", " ")])
def test_a_word_without_reason_or_name_is_none(reason: str, by: str) -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        Force(reason=reason, by=by)


@pytest.mark.fault
def test_a_refused_candidate_outlives_a_cleaning_while_it_is_young(store: Store) -> None:
    release_of(store, made(store, 1))
    candidate = release_of(store, made(store, 2, POOR))

    store.gc(keep_releases=1, min_age=timedelta(days=7))

    assert candidate.release in store.releases()
    assert publish_candidate(store, candidate.release, FORCE).release == candidate.release


class CountedStore(LocalStore):
    """Counts how often a release was put together."""

    built = 0

    def build_release(self, *arguments: Any, **named: Any) -> str:
        self.built += 1
        return super().build_release(*arguments, **named)


@flow
def run(store: Store, artifacts: Artifacts, force: Force | None) -> Published:
    """Publish as the pipeline does."""
    return publish(store, artifacts, {}, SETTINGS, store.head(), force)


@pytest.mark.usefixtures("prefect_server")
def test_the_same_run_again_is_refused_without_work_until_somebody_forces_it(
    tmp_path: Path,
) -> None:
    store = CountedStore(LocalStore.open(tmp_path / "store").root)
    artifacts = made(store, 1, POOR)

    first, again = run(store, artifacts, None), run(store, artifacts, None)
    built = store.built
    publish_candidate(store, first.release, FORCE)
    forced = run(store, artifacts, None)

    assert first == again
    assert (first.verdict, built) == ("fail", 1)
    assert (forced.verdict, forced.live, forced.sequence) == ("forced", True, 1)


@pytest.mark.usefixtures("prefect_server")
def test_the_same_run_with_force_is_another_one(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    artifacts = made(store, 1, POOR)

    refused, forced = run(store, artifacts, None), run(store, artifacts, FORCE)

    assert (refused.verdict, forced.verdict) == ("fail", "forced")
    assert refused.release == forced.release
