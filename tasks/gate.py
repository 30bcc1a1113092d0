"""The gate: whether a candidate may go live."""

from __future__ import annotations

import logging
from pathlib import Path

from models.gate import GateSettings, give_verdict, judge
from models.lead import beside_before
from songspace.jsonfile import write_json
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import stage
from tasks.table_contract import SCHEMAS, check_tables

log = logging.getLogger(__name__)

METRICS = "evaluation/metrics.json"


@stage(
    "gate",
    libraries=["numpy", "polars"],
    timeout_s=1800,
    builds_on={"live_evaluation": "evaluation"},
)
def gate(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    latents: ArtifactRef,
    neighbours: ArtifactRef,
    flat: ArtifactRef,
    evaluation: ArtifactRef,
    live_evaluation: ArtifactRef | None,
    settings: GateSettings,
) -> None:
    """Check the tables and what was measured of them, and write down a verdict; a bad one stops nothing here."""
    holders = {"latents": latents, "neighbours": neighbours, "map": flat}
    parts = {
        name: sorted(store.folder(holders.get(name, songs), name).glob("*.parquet"))
        for name in SCHEMAS
    }
    metrics = store.read_json(evaluation, METRICS)
    before = store.read_json(store.verify(live_evaluation), METRICS) if live_evaluation else None
    checks = [
        *check_tables(parts),
        *judge(metrics, settings),
        beside_before(metrics, before, settings),
    ]
    verdict = give_verdict(checks, metrics)

    (draft / "gate").mkdir()
    write_json(draft / "gate" / "gate.json", verdict.model_dump(mode="json"))
    log.log(
        logging.INFO if verdict.passed else logging.WARNING,
        "verdict=%s %s",
        verdict.verdict,
        verdict.reason,
    )
