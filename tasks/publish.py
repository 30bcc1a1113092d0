"""The release: all that one run made, under one name, and live."""

from __future__ import annotations

import getpass
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import Task
from prefect.cache_policies import CacheKeyFnPolicy
from prefect.serializers import Serializer
from pydantic import BaseModel, ConfigDict, Field

from songspace.errors import SongspaceError
from songspace.ledger import LedgerEntry
from storage.store import Store
from tasks.bases import Artifacts
from tasks.code import code_digests
from tasks.stage import RETRY_DELAYS_S, may_pass, recipe_digest, results_folder

log = logging.getLogger(__name__)

FOLDERS = {
    "songs": ("songs", "lyrics", "folded", "quarantine", "profile"),
    "drift": ("drift",),
    "features": ("encoder",),
    "model": ("model",),
    "latents": ("latents",),
    "neighbours": ("neighbours", "evaluation"),
    "map": ("map",),
    "report": ("report",),
}
"""Which folders of each artifact go into a release."""


class Published(BaseModel):
    """A release and the entry of the ledger that stood when it was published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    sequence: int = Field(description="The ledger's last entry after publishing.")
    live: bool = Field(description="Whether that entry made this release live.")


class PublishedSerializer(Serializer):
    """A publication is read back only while the release is whole and nobody has moved the ledger since."""

    type: str = Field(default="published", frozen=True)
    root: str = Field(
        default="", exclude=True
    )  # stands in each record, as in ArtifactRefSerializer

    def dumps(self, obj: object) -> bytes:
        """The publication as JSON; the error of a failed task is only described."""
        if isinstance(obj, Published):
            return json.dumps({"store": self.root, "published": obj.model_dump()}).encode()
        return json.dumps({"not published": repr(obj)}).encode()

    def loads(self, blob: bytes) -> Published:
        """The publication, verified."""
        record = json.loads(blob)
        published, store = (
            Published.model_validate(record["published"]),
            Store(Path(record["store"])),
        )
        head = store.head()
        if head is None or head.sequence != published.sequence:
            raise SongspaceError(
                f"The ledger has moved on since {published.release} was published."
            )
        store.verify_release(published.release)
        return published


def publish(
    store: Store, artifacts: Artifacts, settings: Mapping[str, Any], head: LedgerEntry | None
) -> Published:
    """Build the release of *artifacts* and make it live, as a Prefect task.

    Nothing is done twice: an equal release is used again, and one that is live stays so.

    Raises:
        Conflict: If the ledger has moved since *head* was read.
        Damaged: If a file of an artifact is not what was committed.
    """
    task = Task(
        publish_release,
        name="publish",
        task_run_name="publish",
        tags=["release"],
        cache_policy=CacheKeyFnPolicy(cache_key_fn=publish_key),
        result_storage=results_folder(store),
        result_serializer=PublishedSerializer(root=str(store.root)),
        retries=len(RETRY_DELAYS_S),
        retry_delay_seconds=RETRY_DELAYS_S,
        retry_jitter_factor=0.5,
        retry_condition_fn=may_pass,
        timeout_seconds=1800,
    )
    return task(store, artifacts, settings, head)


def publish_key(_context: object, parameters: dict[str, Any]) -> str:
    """Prefect's cache key: what the release is made of, not what was live before."""
    artifacts: Artifacts = parameters["artifacts"]
    recipe = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        "settings": parameters["settings"],
        "code": code_digests(__name__),
    }
    return f"publish-{recipe_digest(recipe)}"


def publish_release(
    store: Store, artifacts: Artifacts, settings: Mapping[str, Any], head: LedgerEntry | None
) -> Published:
    """Build the release and move the ledger, unless a person has taken this very release back."""
    parts = {
        folder: (artifacts[kind], folder) for kind, folders in FOLDERS.items() for folder in folders
    }
    meta = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        "bases": bases(store, artifacts),  # named, so that the cleaning keeps them
        "settings": dict(settings),
        "counts": store.read_json(artifacts["songs"], "profile/counts.json"),
    }
    release = store.build_release(parts, meta=meta)
    if head is not None and head.release == release:
        return Published(release=release, sequence=head.sequence, live=True)
    if head is not None and was_withdrawn(store.history(), release):
        log.warning(
            "%s was rolled back and stays so. To make it live: flows rollback --to %s",
            release,
            release,
        )
        return Published(release=release, sequence=head.sequence, live=False)

    entry = store.promote(release, expected=head.sequence if head else None, by=user())
    log.info("release=%s ledger=%d", release, entry.sequence)
    return Published(release=release, sequence=entry.sequence, live=True)


def user() -> str:
    """Who is at work, by name or, in a container that knows no names, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def bases(store: Store, artifacts: Artifacts) -> dict[str, Any]:
    """What the stages that build upon an earlier release were given, by kind."""
    recipes = {kind: store.manifest(ref).recipe["inputs"] for kind, ref in artifacts.items()}
    return {
        kind: inputs["base"]
        for kind, inputs in recipes.items()
        if isinstance(inputs, dict) and inputs.get("base")
    }


def was_withdrawn(history: list[LedgerEntry], release: str) -> bool:
    """Whether the last thing that happened to *release* was a rollback away from it."""
    for entry in reversed(history):
        if entry.release == release:
            return False
        if entry.previous == release:
            return entry.action == "rollback"
    return False
