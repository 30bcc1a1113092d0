"""The release: all that one run made, under one name, and live."""

from __future__ import annotations

import getpass
import logging
import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from songspace.errors import SongspaceError
from songspace.ledger import LedgerEntry
from storage.errors import Conflict
from storage.store import Store
from tasks.bases import Artifacts
from tasks.code import code_digests
from tasks.stage import cached_task, found_or_made, recipe_digest

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


def publish(
    store: Store, artifacts: Artifacts, settings: Mapping[str, Any], head: LedgerEntry | None
) -> Published:
    """Build the release of *artifacts* and make it live, as a Prefect task.

    Nothing is done twice: an equal release is used again, and one that is live stays so.

    Raises:
        Conflict: If the ledger has moved since *head* was read.
        Damaged: If a file of an artifact is not what was committed.
    """
    task = cached_task(publish_release, store, name="publish", key=publish_key, timeout_s=1800)
    return found_or_made(task, partial(check_published, store), store, artifacts, settings, head)


def check_published(store: Store, published: Published) -> None:
    """Refuse a publication of before if its release is not whole, or the ledger was moved since.

    Raises:
        SongspaceError: If it is so.
    """
    head = store.head()
    if head is None or head.sequence != published.sequence:
        raise SongspaceError(f"The ledger was moved since {published.release} was published.")
    store.verify_release(published.release)


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
    history = store.history()  # anybody may have moved the ledger since *head* was read
    now = history[-1] if history else None
    if now is not None and now.release == release:
        return Published(release=release, sequence=now.sequence, live=True)
    if now is not None and was_withdrawn(history, release):
        log.warning(
            "%s was rolled back and stays so. To make it live: python -m flows rollback --to %s",
            release,
            release,
        )
        return Published(release=release, sequence=now.sequence, live=False)

    entry = promote(store, release, head)
    log.info("release=%s ledger=%d", release, entry.sequence)
    return Published(release=release, sequence=entry.sequence, live=True)


def promote(store: Store, release: str, head: LedgerEntry | None) -> LedgerEntry:
    """Make *release* live after *head*; the entry of an equal run that came first will do as well."""
    try:
        return store.promote(release, expected=head.sequence if head else None, by=user())
    except Conflict as conflict:
        if conflict.winner is None or conflict.winner.release != release:
            raise
        return conflict.winner


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
