"""Why a stage ran again: what of its recipe differs from the last run that had it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from songspace.errors import SongspaceError
from songspace.manifest import Manifest
from storage.artifacts import ArtifactRef
from storage.store import Store

RUNNING = "running"
"""What the note of a run says until its end; for ever, if it was killed."""

LOOKED_AT = 100
"""Runs that are looked through, from the last one back."""

LISTED = 4
"""Items of a list that are told one by one."""

ITEM = re.compile(r"(.+?)\.[0-9]+(?:\.|$)")

Note = Mapping[str, Any]


def explain(store: Store) -> Iterator[str]:
    """How the last run ended, and one line a stage of it, beside the last run before that had it."""
    notes = store.last_notes(LOOKED_AT)
    if not notes:
        yield f"No run was made in {store.root} yet."
        return
    *earlier, last = notes
    yield f"The run of {last['started'][:19]} on {last['source']}{ending(last)}:"
    for kind, ref in last["artifacts"].items():
        try:
            told = reason(store, kind, ref, last, since(kind, earlier))
        except SongspaceError as error:
            told = f"gone since: {error}"
        yield f"  {kind:<11} {told}"
    for kind, refs in last.get("pieces", {}).items():
        yield f"  {kind:<11} {len(made_now(store, refs, last))} of {len(refs)} pieces made by this run"


def made_now(store: Store, refs: Sequence[Any], run: Note) -> list[ArtifactRef]:
    """Which of *refs* were made since the beginning of *run*; what is gone was not."""
    found = [ArtifactRef.model_validate(ref) for ref in refs]
    return [ref for ref in found if store.holds(ref) and is_new(store.manifest(ref), run)]


def is_new(manifest: Manifest, run: Note) -> bool:
    """Whether an artifact was made since the beginning of *run*; its time has no fractions of a second."""
    return manifest.created_at >= began(run).replace(microsecond=0)


def ending(note: Note) -> str:
    """How a run ended, where its note says so."""
    state = note.get("state", "completed")
    if state == RUNNING:
        return " (still running, or killed)"
    return "" if state == "completed" else f" ({state})"


def since(kind: str, notes: Sequence[Note]) -> Sequence[Note]:
    """Of *notes*, the newest that has an artifact of *kind*, and those after it; none if none has."""
    for place in reversed(range(len(notes))):
        if kind in notes[place]["artifacts"]:
            return notes[place:]
    return []


def reason(
    store: Store, kind: str, ref: dict[str, str], run: Note, compared: Sequence[Note]
) -> str:
    """Why an artifact is what it is, beside that of the first of *compared*."""
    manifest = store.manifest(ArtifactRef.model_validate(ref))
    fresh = is_new(manifest, run)
    if not compared:
        return "made: nothing to compare with" if fresh else "found from an earlier run"
    earlier = compared[0]["artifacts"][kind]
    if ref == earlier:
        return same(run, compared, made_now=fresh)
    made = "made again" if fresh else "found from an earlier run"
    try:
        recipe = store.manifest(ArtifactRef.model_validate(earlier)).recipe
    except SongspaceError as error:
        return f"{made}: the one before cannot be compared. {error}"
    changes = list(differences(recipe, manifest.recipe))
    return f"{made}: {'; '.join(changes) or 'the same recipe gave another result'}"


def same(run: Note, compared: Sequence[Note], *, made_now: bool) -> str:
    """Why an artifact is the same as before: it was kept, or was made once more."""
    if run["fresh"]:
        return "made again, as asked; it came out the same"
    if not made_now:
        return "as before"
    if all(has_ended(note, began(run)) for note in compared):
        return "made again: it was damaged or gone"
    return "made now, by this run or by one at the same time"


def began(note: Note) -> datetime:
    """When a run began."""
    return datetime.fromisoformat(note["started"])


def has_ended(note: Note, moment: datetime) -> bool:
    """Whether a run was surely over at *moment*: one that was killed could not note its end."""
    ended = note.get("ended")
    return ended is not None and datetime.fromisoformat(ended) <= moment


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two recipes, part by part; of a long list, how much of it."""
    for part in ("inputs", "code", "libraries"):
        one, other = flat(before[part]), flat(now[part])
        names = [
            name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)
        ]
        items = Counter(match[1] for name in names if (match := ITEM.match(name)))
        for name in names:
            match = ITEM.match(name)
            if match is None or items[match[1]] <= LISTED:
                yield describe(part, name, one.get(name), other.get(name))
        yield from (
            f"input {name}: {count:,} differ" for name, count in items.items() if count > LISTED
        )


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
