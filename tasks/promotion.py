"""Which release goes live: by what the gate says of it, or by a person who answers for it."""

from __future__ import annotations

import getpass
import logging
import os
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.gate import Verdict
from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.ledger import Action, LedgerEntry
from storage.errors import Conflict
from storage.store import Store
from tasks.bases import bases_in, origin_of, references

log = logging.getLogger(__name__)


class Force(BaseModel):
    """A person's word that a release shall go live although the gate refuses it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, description="Why; it stands in the ledger for ever.")
    by: str = Field(min_length=1, description="Who answers for it.")


class Refused(SongspaceError):
    """The gate does not let a release go live."""


def publish_candidate(store: Store, release: str, force: Force | None) -> LedgerEntry:
    """Make a release of *store* live that is not; one that the gate refused only by *force*.

    What cannot be forced are tables that break their contract, and files that are not those built.

    Raises:
        Refused: If the gate refuses it, or has not judged it beside what is live now.
        SongspaceError: If it is not there, damaged, or the ledger moved meanwhile.
    """
    verdict = verdict_of(store, release)
    head = store.head()
    if head is not None and head.release == release:
        return head
    refused = why_refused(store, release, verdict, head)
    if refused and (force is None or not verdict.may_be_forced):
        raise Refused(f"{refused}. {way_on(store, release, may_be_forced=verdict.may_be_forced)}")
    return promote(store, release, head, force if refused else None)


def verdict_of(store: Store, release: str) -> Verdict:
    """What the gate said of a release when it was built.

    Raises:
        Refused: If it was built without a gate.
        SongspaceError: If it is not there, or damaged.
    """
    recipe = store.release_manifest(release).recipe
    if recipe.get("gate") is None:
        raise Refused(
            f"No gate has judged {release}, so it cannot be published. If it was live before: "
            f"python -m flows rollback --to {release}. Else run the pipeline again."
        )
    try:
        return Verdict.model_validate(recipe["gate"])
    except ValidationError as error:
        raise Damaged(
            f"The verdict in the manifest of {release} cannot be read: {error}"
        ) from error


def why_refused(
    store: Store, release: str, verdict: Verdict, head: LedgerEntry | None
) -> str | None:
    """Why *release* may not go live by itself; None if it may."""
    if not verdict.passed:
        return f"{release} did not pass the gate: {verdict.reason}"
    if head is not None and not was_held_against(store, release, head.release):
        return (
            f"{release} passed the gate, but beside another release than the one that is live now"
        )
    return None


def was_held_against(store: Store, release: str, live: str) -> bool:
    """Whether the evaluation of *release* compared it with the release *live*, which must be readable."""
    recorded: Any = store.release_manifest(release).recipe["bases"]
    bases = bases_in(recorded.get("evaluation", {})).values()
    try:
        recipe: Mapping[str, Any] = store.release_manifest(live).recipe
        compared = [origin_of(store, base) for base in bases]
    except (Damaged, NotFound) as error:
        log.warning("whether %s was held against %s cannot be told: %s", release, live, error)
        return False
    there = references(recipe.get("artifacts", {})).values()
    return bool(compared) and all(ref in there for ref in compared)


def way_on(store: Store, release: str, *, may_be_forced: bool) -> str:
    """What can be done about a release that was refused."""
    if not may_be_forced:
        return "This cannot be forced: its tables are not what readers of a release rely on."
    return (
        f'To make it live all the same: python -m flows publish {release} --force "reason" '
        f"--store {shlex.quote(str(store.root))}"
    )


def promote(
    store: Store, release: str, head: LedgerEntry | None, force: Force | None
) -> LedgerEntry:
    """Make *release* live after *head*; the entry of an equal run that came first will do as well."""
    action: Action = "force" if force else "publish"
    reason, by = (force.reason, force.by) if force else ("", user())
    expected = head.sequence if head else None
    try:
        return store.promote(release, expected=expected, action=action, reason=reason, by=by)
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


def was_withdrawn(history: list[LedgerEntry], release: str) -> bool:
    """Whether the last thing that happened to *release* was a rollback away from it."""
    for entry in reversed(history):
        if entry.release == release:
            return False
        if entry.previous == release:
            return entry.action == "rollback"
    return False


def last_force(history: list[LedgerEntry], release: str) -> LedgerEntry | None:
    """The entry by which *release* was last forced, if it was."""
    forced = (e for e in reversed(history) if e.release == release and e.action == "force")
    return next(forced, None)
