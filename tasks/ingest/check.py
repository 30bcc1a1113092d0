"""The catalogue held against the contract and against the one before."""

from __future__ import annotations

import logging
from pathlib import Path

from songspace.jsonfile import write_json
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.contract import ContractSettings, compare_profiles
from tasks.stage import stage

log = logging.getLogger(__name__)


FEWEST_SONGS = 10
"""Below this there is nothing to hold out, and no map to draw."""

WAYS_ON = (
    "Mend the source, give it a store of its own (--store), or let it pass "
    "(contract.allow_fewer_rows, contract.allow_lost_columns, contract.allow_quarantined)."
)


class ContractError(ValueError):
    """The catalogue is not one to train on."""


@stage("drift", libraries=[], builds_on={"base": "songs"})
def check_contract(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    base: ArtifactRef | None,
    settings: ContractSettings,
) -> None:
    """Compare the profile of *songs* with that of *base*, and stop the run where the contract is broken."""
    profile = store.read_json(songs, "profile/profile.json")
    before = store.read_json(base, "profile/profile.json") if base else None
    drift = compare_profiles(before, profile, settings)
    for item in drift.notes:
        log.warning("drift: %s", item)
    if drift.broken:
        raise ContractError(f"{'; '.join(drift.broken)}. {WAYS_ON}")
    if profile["counts"]["kept"] < FEWEST_SONGS:
        raise ContractError(
            f"{profile['counts']['kept']} songs were kept, expected {FEWEST_SONGS} or more to train on."
        )

    (draft / "drift").mkdir()
    compared_with = base.version if base else None
    told = {"compared_with": compared_with, **drift.model_dump(mode="json")}
    write_json(draft / "drift" / "drift.json", told)
    log.info("compared_with=%s notes=%d", compared_with or "nothing", len(drift.notes))
