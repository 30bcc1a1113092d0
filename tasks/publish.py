"""The release: all that one run made, under one name, and live if the gate lets it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.gate import Judgement
from songspace.errors import SongspaceError
from songspace.ledger import LedgerEntry
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.bases import Artifacts
from tasks.code import code_digests
from tasks.promotion import Force, Refused, last_force, promote, was_withdrawn
from tasks.stage import cached_task, found_or_made, plain, recipe_digest

log = logging.getLogger(__name__)

FOLDERS = {
    "songs": ("songs", "lyrics", "folded", "quarantine", "profile"),
    "drift": ("drift",),
    "features": ("encoder",),
    "model": ("model",),
    "rehearsal": ("rehearsal",),
    "latents": ("latents",),
    "neighbours": ("neighbours", "search"),
    "map": ("map",),
    "evaluation": ("evaluation",),
    "gate": ("gate",),
    "report": ("report",),
}
"""Which folders of each artifact go into a release."""


Pieces = Mapping[str, Sequence[ArtifactRef]]
"""What was made of each piece of a table, by kind."""


class Published(BaseModel):
    """A release, what the gate says of it, and the entry of the ledger that stood when it was published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    sequence: int | None = Field(
        description="The ledger's last entry after publishing; none before the first."
    )
    live: bool = Field(description="Whether that entry made this release live.")
    verdict: Literal["pass", "fail", "forced"]
    reason: str = Field(description="Why the verdict is what it is.")
    may_be_forced: bool = Field(description="Whether a person may overrule the gate.")

    @property
    def standing(self) -> str:
        """Whether the release is live, and why not if it is not, in a few words."""
        if self.live:
            return "live, forced" if self.verdict == "forced" else "live"
        refused = self.verdict == "fail"
        return "NOT live: the gate refused it" if refused else "NOT live: it was rolled back"


class CandidateRefused(Refused):
    """The gate did not let the release of a run go live: it was built, and can be looked at."""

    def __init__(self, message: str, published: Published) -> None:
        self.published = published
        super().__init__(message)


def publish(
    store: Store,
    artifacts: Artifacts,
    pieces: Pieces,
    settings: Mapping[str, Any],
    head: LedgerEntry | None,
    force: Force | None = None,
) -> Published:
    """Build the release of *artifacts* and make it live if the gate lets it, as a Prefect task.

    Nothing is done twice: an equal release is used again, and one that is live stays so. One that is
    refused stays in the store to be looked at, like any other, until a cleaning finds it old.

    Raises:
        Conflict: If the ledger has moved since *head* was read.
        Damaged: If a file of an artifact is not what was committed.
    """
    task = cached_task(
        publish_release, store, Published, name="publish", key=publish_key, timeout_s=1800
    )
    check = partial(check_published, store)
    return found_or_made(task, check, store, artifacts, pieces, settings, head, force)


def check_published(store: Store, published: Published) -> None:
    """Refuse a publication of before if its release is not whole, or the ledger was moved since.

    Raises:
        SongspaceError: If it is so.
    """
    head = store.head()
    if (head.sequence if head else None) != published.sequence:
        raise SongspaceError(f"The ledger was moved since {published.release} was published.")
    store.verify_release(published.release)


def publish_key(_context: object, parameters: dict[str, Any]) -> str:
    """Prefect's cache key: what the release is made of and who forces it, not what was live before."""
    artifacts: Artifacts = parameters["artifacts"]
    recipe = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        "settings": parameters["settings"],
        "force": plain(parameters["force"]),
        "code": code_digests(__name__),
    }
    return f"publish-{recipe_digest(recipe)}"


def publish_release(
    store: Store,
    artifacts: Artifacts,
    pieces: Pieces,
    settings: Mapping[str, Any],
    head: LedgerEntry | None,
    force: Force | None = None,
) -> Published:
    """Build the release and move the ledger, unless the gate or a person has refused this very release."""
    judgement = Judgement.model_validate(store.read_json(artifacts["gate"], "gate/gate.json"))
    release = build(store, artifacts, pieces, settings, judgement)
    history = store.history()  # anybody may have moved the ledger since *head* was read
    is_live = bool(history) and history[-1].release == release
    if not is_live and may_go_live(history, release, judgement, force):
        if force and judgement.passed:
            log.info("the gate is not against it, so nothing was forced")
        entry = promote(store, release, head, None if judgement.passed else force)
        log.info("release=%s ledger=%d %s", release, entry.sequence, entry.action)
        history.append(entry)
    return told(release, judgement, history)


def build(
    store: Store,
    artifacts: Artifacts,
    pieces: Pieces,
    settings: Mapping[str, Any],
    judgement: Judgement,
) -> str:
    """The release of *artifacts*; its manifest says what it came from and how it was judged."""
    parts = {
        folder: (artifacts[kind], folder) for kind, folders in FOLDERS.items() for folder in folders
    }
    meta = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        # These two are named so that the cleaning keeps them: the next run builds upon them.
        "bases": bases(store, artifacts),
        "pieces": {kind: [ref.model_dump() for ref in refs] for kind, refs in pieces.items()},
        "settings": dict(settings),
        "counts": store.read_json(artifacts["songs"], "profile/counts.json"),
        "gate": judgement.model_dump(mode="json", exclude={"checks"}),
    }
    return store.build_release(parts, meta=meta)


def may_go_live(
    history: list[LedgerEntry], release: str, judgement: Judgement, force: Force | None
) -> bool:
    """Whether neither a person nor the gate is against it, or the gate is and may be forced."""
    if was_withdrawn(history, release):
        log.warning(
            "%s was rolled back and stays so. To make it live: python -m flows rollback --to %s",
            release,
            release,
        )
        return False
    return judgement.passed or (force is not None and judgement.may_be_forced)


def told(release: str, judgement: Judgement, history: list[LedgerEntry]) -> Published:
    """What is to be said of *release* where the ledger is *history*."""
    now = history[-1] if history else None
    live = now is not None and now.release == release
    verdict: Literal["pass", "fail", "forced"] = judgement.verdict
    reason = judgement.reason
    if live and verdict == "fail":
        forced = last_force(history, release)
        by = f"by {forced.by}: {forced.reason}" if forced else "by an entry that cannot be read"
        verdict, reason = "forced", f"{by}; the gate said: {reason}"
    return Published(
        release=release,
        sequence=now.sequence if now else None,
        live=live,
        verdict=verdict,
        reason=reason,
        may_be_forced=judgement.may_be_forced,
    )


def bases(store: Store, artifacts: Artifacts) -> dict[str, Any]:
    """What the stages that build upon an earlier release were given, by kind and name of the input."""
    found: dict[str, Any] = {}
    for kind, ref in artifacts.items():
        recipe: Mapping[str, Any] = store.manifest(ref).recipe
        given = {name: recipe["inputs"][name] for name in recipe.get("builds_on", ())}
        found[kind] = {name: base for name, base in given.items() if base}
    return {kind: given for kind, given in found.items() if given}
