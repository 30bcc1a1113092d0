"""A stage may build upon several artifacts of the live release, and is told of those that it lacks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.bases import Live, bases_of, read_live
from tasks.publish import bases
from tasks.stage import stage

Keep = Callable[[str, int], ArtifactRef]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def keep(store: Store) -> Keep:
    """A function that keeps an artifact of that kind, with that number in a folder called like it."""

    def keep(kind: str, number: int) -> ArtifactRef:
        with store.draft() as draft:
            (draft / kind).mkdir()
            (draft / kind / "number.json").write_text(str(number))
            return store.commit(draft, kind, recipe={})

    return keep


@stage("comparison", libraries=[], builds_on={"live_drift": "drift", "live_model": "model"})
def compare(draft: Path, store: Store, **inputs: ArtifactRef | None) -> None:
    """Write down what was compared."""
    (draft / "comparison").mkdir()
    numbers = {
        name: ref and store.read_json(ref, f"{name.removeprefix('live_')}/number.json")
        for name, ref in inputs.items()
    }
    (draft / "comparison" / "numbers.json").write_text(json.dumps(numbers))


def live_of(store: Store, *artifacts: ArtifactRef, bases: dict[str, Any] | None = None) -> Live:
    """The live release of *artifacts*, once it is made."""
    meta: dict[str, Any] = {
        "artifacts": {ref.kind: ref.model_dump() for ref in artifacts},
        "bases": bases or {},
    }
    head = store.head()
    parts = {ref.kind: (ref, ref.kind) for ref in artifacts}
    store.promote(store.build_release(parts, meta=meta), expected=head.sequence if head else None)
    return read_live(store)


def test_a_stage_may_build_upon_several_artifacts(store: Store, keep: Keep) -> None:
    live = live_of(store, keep("drift", 1), keep("model", 1))

    found = bases_of(compare, store, live, {"drift": keep("drift", 2), "model": keep("model", 2)})

    assert found == {"live_drift": keep("drift", 1), "live_model": keep("model", 1)}


def test_one_that_the_live_release_lacks_is_none(store: Store, keep: Keep) -> None:
    live = live_of(store, keep("model", 1))

    found = bases_of(compare, store, live, {"model": keep("model", 2)})

    assert found == {"live_drift": None, "live_model": keep("model", 1)}


def test_one_that_did_not_change_is_compared_beside_one_that_did(store: Store, keep: Keep) -> None:
    live = live_of(store, keep("drift", 1), keep("model", 1))

    found = bases_of(compare, store, live, {"drift": keep("drift", 1), "model": keep("model", 2)})

    assert found == {"live_drift": keep("drift", 1), "live_model": keep("model", 1)}


def test_what_did_not_change_at_all_is_compared_with_what_was_before_it(
    store: Store, keep: Keep
) -> None:
    before = {"live_drift": keep("drift", 0), "live_model": keep("model", 0)}
    inputs = {"drift": keep("drift", 1), "model": keep("model", 1)}
    comparison = compare.run(store, {**inputs, **before})
    recorded = {"comparison": {name: ref.model_dump() for name, ref in before.items()}}
    live = live_of(store, comparison, *inputs.values(), bases=recorded)

    found = bases_of(compare, store, live, inputs)

    assert found == before
    assert compare.run(store, {**inputs, **found}) == comparison


def test_a_comparison_that_is_gone_is_made_again_only_of_the_same(store: Store, keep: Keep) -> None:
    before = {"live_drift": keep("drift", 0), "live_model": keep("model", 0)}
    inputs = {"drift": keep("drift", 1), "model": keep("model", 1)}
    comparison = compare.run(store, {**inputs, **before})
    recorded = {"comparison": {name: ref.model_dump() for name, ref in before.items()}}
    live = live_of(store, comparison, *inputs.values(), bases=recorded)
    shutil.rmtree(store.file(comparison, "comparison/numbers.json").parents[1])

    other = bases_of(compare, store, live, {**inputs, "model": keep("model", 2)})

    assert bases_of(compare, store, live, inputs) == before
    assert other == {"live_drift": keep("drift", 1), "live_model": keep("model", 1)}


def test_a_release_names_all_that_its_stages_built_upon(store: Store, keep: Keep) -> None:
    base = keep("model", 1)
    comparison = compare.run(
        store, {"model": keep("model", 2), "live_drift": None, "live_model": base}
    )

    named = bases(store, {"comparison": comparison, "model": keep("model", 2)})

    assert named == {"comparison": {"live_model": base.model_dump()}}
