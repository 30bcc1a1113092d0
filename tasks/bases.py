"""What a run builds upon: the release that was live before it."""

from __future__ import annotations

from collections.abc import Mapping

from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.publish import Artifacts
from tasks.stage import Stage


def live_artifacts(store: Store) -> Artifacts:
    """The artifacts that the live release was put together from, by kind; none before the first."""
    head = store.head()
    if head is None:
        return {}
    recorded = store.release_manifest(head.release).recipe["artifacts"]
    return {kind: ArtifactRef.model_validate(ref) for kind, ref in recorded.items()}  # type: ignore[union-attr]


def base_of(
    stage: Stage, store: Store, live: Artifacts, inputs: Mapping[str, object]
) -> ArtifactRef | None:
    """The live artifact that *stage* shall build upon, as its input `base`.

    Where the live release itself came from these very inputs, settings and code, it is what that
    one was built upon: so the same run again finds what it made before.
    """
    own = live.get(stage.kind)
    if own is not None:
        before = dict(store.manifest(own).recipe)
        now = stage.recipe({**inputs, "base": None})
        base = before["inputs"].pop("base")  # type: ignore[union-attr]
        now["inputs"].pop("base")
        if before == now:
            return ArtifactRef.model_validate(base) if base else None
    return live.get(stage.builds_on or "")
