"""The stages of the pipeline, one call each, without Prefect."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import Stage

Refs = dict[str, ArtifactRef]


def plain_scan(csv: Path, out: Path) -> None:
    """What ingest is held against: the file as text columns, no look at any row."""
    pl.scan_csv(csv, infer_schema=False).sink_parquet(out, compression="zstd")


def write_full_catalogue(csv: Path, rows: int, broken_share: float) -> None:
    """The synthetic catalogue."""
    from tasks.ingest.synthetic import CatalogueSettings, write_catalogue

    write_catalogue(csv, CatalogueSettings(rows=rows, broken_share=broken_share))


def run_stage(name: str, csv: Path, root: Path) -> None:
    """Run one stage on what the stages before it left in the store at *root*."""
    store = Store.open(root)
    notes = root / "benchmark.json"
    refs = {
        kind: ArtifactRef.model_validate(ref)
        for kind, ref in (json.loads(notes.read_text()) if notes.exists() else {}).items()
    }
    stage, inputs = STAGES[name](refs, csv)
    refs[stage.kind] = stage.run(store, inputs)
    notes.write_text(json.dumps({kind: ref.model_dump() for kind, ref in refs.items()}))


def ingest(_refs: Refs, csv: Path) -> tuple[Stage, dict[str, object]]:
    """CSV to songs."""
    from tasks.ingest.settings import IngestSettings
    from tasks.ingest.task import SourceFile
    from tasks.ingest.task import ingest as stage

    status = csv.stat()
    file = SourceFile(
        path=str(csv),
        name=csv.name,
        bytes=status.st_size,
        sha256="0" * 64,
        modified_ns=status.st_mtime_ns,
    )
    return stage, {"files": [file], "settings": IngestSettings()}


def encode(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Songs to features."""
    from models.encoder import EncodeSettings
    from tasks.encode import encode as stage

    return stage, {"songs": refs["songs"], "base": None, "settings": EncodeSettings()}


def train(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Features to network."""
    from models.training_settings import TrainSettings
    from tasks.train import train as stage

    return stage, {"features": refs["features"], "settings": TrainSettings()}


def align(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Network to model, as on the first night: there is no live space to turn it upon."""
    from models.alignment import AlignSettings
    from tasks.align import align as stage

    return stage, {
        "features": refs["features"],
        "network": refs["network"],
        "base": None,
        "settings": AlignSettings(),
    }


def latents(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Features to latents."""
    from tasks.latents import latents as stage

    return stage, {name: refs[name] for name in ("songs", "features", "model")}


def neighbours(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Latents to neighbours."""
    from models.neighbours import NeighbourSettings
    from tasks.neighbours import neighbours as stage

    return stage, {
        "songs": refs["songs"],
        "latents": refs["latents"],
        "settings": NeighbourSettings(),
    }


def draw_map(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Latents to map."""
    from tasks.map import MapSettings
    from tasks.map import draw_map as stage

    return stage, {"latents": refs["latents"], "settings": MapSettings()}


def rehearse(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Features to a network that has not met the held-out artists."""
    from models.training_settings import TrainSettings
    from tasks.train import rehearse as stage

    return stage, {**without_some_artists(refs), "settings": TrainSettings()}


def rehearse_original(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """Features to the nightly baseline."""
    from models.training_settings import TrainSettings
    from tasks.train import rehearse_original as stage

    return stage, {**without_some_artists(refs), "settings": TrainSettings().as_baseline()}


def without_some_artists(refs: Refs) -> dict[str, object]:
    """What a rehearsal is given beside its settings."""
    from models.evaluation.settings import EvaluationSettings

    settings = EvaluationSettings()
    split = {"salt": settings.salt, "share": settings.held_out_share}
    return {"songs": refs["songs"], "features": refs["features"], **split}


def evaluate(refs: Refs, _csv: Path) -> tuple[Stage, dict[str, object]]:
    """All that was made to how good it is; nothing is live beside it."""
    from models.evaluation.settings import EvaluationSettings
    from tasks.evaluate.task import evaluate as stage

    judged = ("songs", "features", "rehearsal", "original", "model", "neighbours")
    return stage, {
        **{name: refs[name] for name in judged},
        "flat": refs["map"],
        **dict.fromkeys(stage.builds_on),
        "settings": EvaluationSettings(),
    }


STAGES: dict[str, Callable[[Refs, Path], tuple[Stage, dict[str, object]]]] = {
    "ingest": ingest,
    "encode": encode,
    "train": train,
    "align": align,
    "latents": latents,
    "neighbours": neighbours,
    "map": draw_map,
    "rehearse": rehearse,
    "original": rehearse_original,
    "evaluate": evaluate,
}
