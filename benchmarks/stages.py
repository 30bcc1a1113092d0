"""The stages of the pipeline, one call each, without Prefect."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.measure import Facts
from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.source import names_of, resolve_source
from tasks.ingest.task import SourceFile
from tasks.stage import Stage

Refs = dict[str, ArtifactRef]

NOTES: Final = "benchmark.json"


def run_stage(name: str, csv: Path, root: Path) -> Facts:
    """Run one stage on what the stages before it left in the store at *root*.

    *csv* is a file or a folder of some. Its own clock leaves the imports out.
    """
    store, refs = Store.open(root), read_refs(root)
    stage, inputs = STAGES[name](refs, csv)
    started = time.perf_counter()
    refs[stage.kind] = stage.run(store, inputs)
    seconds = time.perf_counter() - started
    write_refs(root, refs)
    return {"seconds": seconds}


def ensure_stages(last: str, csv: Path, root: Path) -> None:
    """Run all stages up to *last* that the code as it is now has not done yet."""
    store = Store.open(root)
    for name in list(STAGES)[: list(STAGES).index(last) + 1]:
        refs = read_refs(root)
        stage, inputs = STAGES[name](refs, csv)
        if stage.kind not in refs or not was_made(stage, store, inputs, refs[stage.kind]):
            print(f"  {name} first", flush=True)
            run_stage(name, csv, root)


def was_made(stage: Stage, store: Store, inputs: dict[str, object], ref: ArtifactRef) -> bool:
    """Whether *ref* is what *stage* makes of *inputs*."""
    try:
        stage.check(store, inputs, ref)
    except SongspaceError:
        return False
    return True


def read_refs(root: Path) -> Refs:
    """What the stages left in the store at *root*."""
    notes = root / NOTES
    kept = json.loads(notes.read_text()) if notes.exists() else {}
    return {kind: ArtifactRef.model_validate(ref) for kind, ref in kept.items()}


def write_refs(root: Path, refs: Refs) -> None:
    """Keep what the stages left."""
    kept = {kind: ref.model_dump() for kind, ref in refs.items()}
    (root / NOTES).write_text(json.dumps(kept))


def source_files(csv: Path) -> list[SourceFile]:
    """The files at *csv*, a digest of their name, size and time in the place of that of their content."""
    files = resolve_source(str(csv))
    return [
        SourceFile(
            path=file,
            name=name,
            bytes=file.stat().st_size,
            sha256=quick_digest(file),
            modified_ns=file.stat().st_mtime_ns,
        )
        for file, name in zip(files, names_of(files), strict=True)
    ]


def quick_digest(file: Path) -> str:
    """What differs where the file does: hashing a gigabyte is not what is measured."""
    status = file.stat()
    facts = f"{file.name} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(facts.encode()).hexdigest()


def ingest_folder(folder: Path, root: Path) -> Facts:
    """Ingest the files of *folder* into the store at *root*, and say how much of them was read.

    HOOK: where ingest keeps what it made of each file, run its stages here, and count only what was read anew.
    """
    files = source_files(folder)
    run_stage("ingest", folder, root)
    counts = Store.open(root).read_json(read_refs(root)["songs"], "profile/counts.json")
    return {
        "files": len(files),
        "bytes": sum(file.bytes for file in files),
        "rows": counts["read"],
    }


def untrained_model(csv: Path, root: Path) -> None:
    """A model of the right size that has learned nothing, in the store at *root*: it places songs as fast as any."""
    from models.autoencoder import CategorySizes, build_autoencoder
    from models.export import network_of
    from models.training_settings import NetworkSettings
    from tasks.encode import load_encoder

    store, refs = Store.open(root), read_refs(root)
    encoder = load_encoder(store, refs["features"])
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    network = network_of(build_autoencoder(sizes, NetworkSettings()).get_layer("encoder"))
    with store.draft() as draft:
        (draft / "model").mkdir()
        network.save(draft / "model" / "encoder.safetensors")
        refs["model"] = store.commit(draft, "model", recipe={"untrained": csv.name})
    write_refs(root, refs)


def ingest(_refs: Refs, csv: Path) -> tuple[Stage, dict[str, object]]:
    """CSV to songs."""
    from tasks.ingest.settings import IngestSettings
    from tasks.ingest.task import ingest as stage

    return stage, {"files": source_files(csv), "settings": IngestSettings()}


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
