"""The report of a run."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.gate import Judgement
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.report.inputs import Histories, ReportInputs, ReportSettings
from tasks.report.page import write_report
from tasks.stage import stage

log = logging.getLogger(__name__)

LIBRARIES = (
    "faiss-cpu",
    "keras",
    "numpy",
    "openTSNE",
    "polars",
    "prefect",
    "pyarrow",
    "scikit-learn",
    "tensorflow",
)


class ReportFacts(ReportSettings):
    """What the report says of the run beside its numbers."""

    source: str
    stages: Mapping[str, Any]


@stage(
    "report",
    libraries=["jinja2", "matplotlib", "numpy", "pillow", "plotly", "polars"],
    timeout_s=1800,
)
def report(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    drift: ArtifactRef,
    model: ArtifactRef,
    rehearsal: ArtifactRef,
    original: ArtifactRef,
    neighbours: ArtifactRef,
    flat: ArtifactRef,
    evaluation: ArtifactRef,
    verdict: ArtifactRef,
    facts: ReportFacts,
) -> None:
    """Draw the pictures and write the page that shows them."""
    (draft / "report").mkdir()
    write_report(
        draft / "report",
        ReportInputs(
            title=f"Songspace: {facts.source}",
            run={
                "source": facts.source,
                # Not the release: its name follows from its files, and this page is one of them.
                "made of": {"songs": songs.version, "model": model.version},
                "settings": dict(facts.stages),
                "versions": {
                    "python": platform.python_version(),
                    **{name: version(name) for name in LIBRARIES},
                },
            },
            songs=store.table(songs, "songs"),
            map=store.table(flat, "map").collect(),
            map_quality=store.read_json(flat, "quality.json"),
            neighbours=store.table(neighbours, "neighbours"),
            histories=Histories(
                release=store.read_json(model, "model/history.json"),
                rehearsal=store.read_json(rehearsal, "rehearsal/history.json"),
                original=store.read_json(original, "original/history.json"),
            ),
            metrics=store.read_json(evaluation, "evaluation/metrics.json"),
            verdict=Judgement.model_validate(store.read_json(verdict, "gate/gate.json")),
            space=store.read_json(model, "model/space.json"),
            profile=store.read_json(songs, "profile/profile.json"),
            drift=store.read_json(drift, "drift/drift.json"),
            counts=store.read_json(songs, "profile/counts.json"),
            quarantine=store.table(songs, "quarantine"),
            recall=store.read_json(neighbours, "search/recall.json"),
        ),
        facts,
    )
    log.info("report=%s", "index.html")
