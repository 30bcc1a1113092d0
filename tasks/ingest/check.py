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


class ContractError(ValueError):
    """The catalogue is not one to train on."""


@stage("drift", libraries=[], builds_on="songs")
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
        raise ContractError("; ".join(drift.broken))

    (draft / "drift").mkdir()
    write_json(draft / "drift" / "drift.json", drift.model_dump(mode="json"))
    log.info("compared_with=%s notes=%d", base.version if base else "nothing", len(drift.notes))
