"""Why a stage ran again: what of its recipe differs from the run before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store


def explain(store: Store) -> Iterator[str]:
    """One line a stage of the last run, beside the run before."""
    runs = sorted((store.root / "runs").glob("*.json"))[-2:]
    if not runs:
        yield f"No run was made in {store.root} yet."
        return
    last = json.loads(runs[-1].read_text())
    before = json.loads(runs[0].read_text()) if len(runs) == 2 else {"artifacts": {}}
    yield f"The run of {last['started'][:19]} on {last['source']}:"
    for kind, ref in last["artifacts"].items():
        try:
            told = reason(store, ref, before["artifacts"].get(kind), last)
        except SongspaceError as error:
            told = f"gone since: {error}"
        yield f"  {kind:<11} {told}"


def reason(
    store: Store, ref: dict[str, str], earlier: dict[str, str] | None, run: Mapping[str, Any]
) -> str:
    """Why an artifact is what it is."""
    manifest = store.manifest(ArtifactRef.model_validate(ref))
    made_now = manifest.created_at >= datetime.fromisoformat(run["started"]).replace(microsecond=0)
    if ref == earlier:
        if run["fresh"]:
            return "made again, as asked; it came out the same"
        return "made again: it was damaged or gone" if made_now else "as before"
    if earlier is None:
        return "made: nothing to compare with" if made_now else "found from an earlier run"
    try:
        recipe = store.manifest(ArtifactRef.model_validate(earlier)).recipe
    except SongspaceError as error:
        return f"made again: {error}"
    changes = list(differences(recipe, manifest.recipe))
    made = "made again" if made_now else "found from an earlier run"
    return f"{made}: {'; '.join(changes) or 'the same recipe gave another result'}"


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two recipes, part by part."""
    for part in ("inputs", "code", "libraries"):
        one, other = flat(before[part]), flat(now[part])
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                yield describe(part, name, one.get(name), other.get(name))


def describe(part: str, name: str, one: object, other: object) -> str:
    """One difference in words."""
    if part == "code":
        return f"code of {name}"
    if name.endswith(("version", "sha256")):
        return f"{part[:-1]} {name.rpartition('.')[0]}"
    return f"{part[:-1] if part == 'inputs' else 'library'} {name}: {one} -> {other}"


def flat(value: Any, name: str = "") -> dict[str, object]:
    """Nested values under dotted names."""
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)  # type: ignore[assignment]
    else:
        return {name: value}
    found: dict[str, object] = {}
    for key, item in items:
        found |= flat(item, f"{name}.{key}" if name else str(key))
    return found
