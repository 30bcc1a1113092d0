"""What a run builds upon: the release that was live before it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import Stage

log = logging.getLogger(__name__)

Artifacts = Mapping[str, ArtifactRef]


@dataclass(frozen=True)
class Live:
    """The artifacts that the live release was put together from, and those that they built upon, by kind."""

    artifacts: Artifacts = field(default_factory=dict)
    bases: Artifacts = field(default_factory=dict)


def read_live(store: Store) -> Live:
    """What the live release was made from; nothing before the first."""
    head = store.head()
    if head is None:
        return Live()
    try:
        recipe = store.release_manifest(head.release).recipe
    except SongspaceError as error:
        log.warning("the live release cannot be built upon: %s", error)
        return Live()
    return Live(references(recipe["artifacts"]), references(recipe["bases"]))


def references(recorded: Any) -> Artifacts:
    """References by kind, as a manifest records them."""
    return {kind: ArtifactRef.model_validate(ref) for kind, ref in recorded.items()}


def base_of(
    stage: Stage, store: Store, live: Live, inputs: Mapping[str, object]
) -> ArtifactRef | None:
    """The live artifact that *stage* shall build upon, as its input `base`.

    Where the live release itself came from these very inputs, settings and code, it is what that
    one was built upon: so the same run again finds what it made before.
    """
    own = live.artifacts.get(stage.kind)
    if own is not None and came_from(store, own, stage.recipe({**inputs, "base": None})):
        return live.bases.get(stage.kind)
    return live.artifacts.get(stage.builds_on or "")


def came_from(store: Store, ref: ArtifactRef, recipe: dict[str, Any]) -> bool:
    """Whether an artifact was made by *recipe*, whatever it was built upon; one that is gone counts as such."""
    try:
        recorded: dict[str, Any] = dict(store.manifest(ref).recipe)
    except SongspaceError:
        return True
    return without_base(recorded) == without_base(recipe)


def without_base(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe less its input `base`."""
    inputs = {name: value for name, value in recipe["inputs"].items() if name != "base"}
    return {**recipe, "inputs": inputs}
