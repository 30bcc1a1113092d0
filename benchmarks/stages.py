"""The stages of the pipeline without Prefect, each with all that it does piece by piece."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Facts
from models.alignment import AlignSettings
from models.encoder import EncodeSettings
from models.evaluation.settings import EvaluationSettings
from models.map_settings import MapSettings
from models.neighbours import NeighbourSettings
from models.training_settings import NetworkSettings, TrainSettings
from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks import align as align_task
from tasks import encode as encode_task
from tasks import latents as latents_task
from tasks import map as map_task
from tasks import neighbours as neighbours_task
from tasks import train as train_task
from tasks.bases import Artifacts, listed, references
from tasks.evaluate import task as evaluate_task
from tasks.ingest import task as ingest_task
from tasks.ingest.settings import IngestSettings
from tasks.ingest.source import names_of, resolve_source
from tasks.ingest.task import SourceFile
from tasks.pieces import pieces_of
from tasks.stage import Stage

NOTES: Final = "benchmark.json"


class Line:
    """A store, what stages have left there, and the source they began with: nothing is made twice, unless afresh.

    Works are remembered beside the store by their recipes, as Prefect's records do for a run.
    """

    def __init__(self, csv: Path, root: Path, *, afresh: bool = False) -> None:
        self.csv = csv
        self.afresh = afresh
        self.store = Store.open(root)
        self.notes = root / NOTES
        kept = json.loads(self.notes.read_text()) if self.notes.exists() else {}
        self.refs = dict(references(kept.get("refs", {})))
        self.pieces = {kind: listed(refs) for kind, refs in kept.get("pieces", {}).items()}
        self.works = dict(references(kept.get("works", {})))
        self.worked: list[Mapping[str, object]] = []  # the inputs of what was not found

    def __call__(self, stage: Stage, **inputs: object) -> ArtifactRef:
        """What *stage* makes of *inputs*, found or made."""
        ref = self._found_or_made(stage, inputs)
        self.refs[stage.kind] = ref
        return ref

    def map(
        self, stage: Stage, over: Mapping[str, Sequence[object]], **inputs: object
    ) -> list[ArtifactRef]:
        """The same for each of the values *over* which it goes, one after the other as a run on threads does."""
        each = [dict(zip(over, some, strict=True)) for some in zip(*over.values(), strict=True)]
        refs = [self._found_or_made(stage, {**inputs, **own}) for own in each]
        self.pieces[stage.kind] = refs
        return refs

    def _found_or_made(self, stage: Stage, inputs: dict[str, object]) -> ArtifactRef:
        """What was made of *inputs* before, if it is whole; else made now."""
        work = stage.work(inputs)
        known = work in self.works and not self.afresh
        if known and is_whole(stage, self.store, inputs, self.works[work]):
            return self.works[work]
        self.works[work] = stage.run(self.store, inputs)
        self.worked.append(inputs)
        return self.works[work]

    def keep(self) -> None:
        """Note what the stages have left."""
        kept = {
            "refs": {kind: ref.model_dump() for kind, ref in self.refs.items()},
            "pieces": {
                kind: [ref.model_dump() for ref in refs] for kind, refs in self.pieces.items()
            },
            "works": {work: ref.model_dump() for work, ref in self.works.items()},
        }
        self.notes.write_text(json.dumps(kept))


def is_whole(stage: Stage, store: Store, inputs: Mapping[str, object], ref: ArtifactRef) -> bool:
    """Whether *ref* is what *stage* makes of *inputs*."""
    try:
        stage.check(store, inputs, ref)
    except SongspaceError:
        return False
    return True


def run_stage(name: str, csv: Path, root: Path, afresh: bool = True) -> Facts:
    """Run one stage on what the stages before it left in the store at *root*; not *afresh*, only if it was not yet.

    *csv* is a file or a folder of some. Its own clock leaves the imports out.
    """
    line = Line(csv, root, afresh=afresh)
    step = STAGES[name]
    started = time.perf_counter()
    step(line)
    seconds = time.perf_counter() - started
    line.keep()
    return {"seconds": seconds}


def ensure_stages(last: str, csv: Path, root: Path) -> None:
    """Run all stages up to *last*, as far as the code as it is now has not done them yet."""
    for name in list(STAGES)[: list(STAGES).index(last) + 1]:
        run_stage(name, csv, root, afresh=False)


def read_refs(root: Path) -> Artifacts:
    """What the stages left in the store at *root*."""
    notes = root / NOTES
    return references(json.loads(notes.read_text())["refs"]) if notes.exists() else {}


def source_files(csv: Path) -> list[SourceFile]:
    """The files at *csv*, a digest of their name, size and time in the place of that of their content."""
    files = resolve_source(str(csv))
    return [
        SourceFile(
            path=str(file),
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
    """Ingest the files of *folder* into the store at *root*, and say how much of them was read anew."""
    line = Line(folder, root)
    started = time.perf_counter()
    ingest(line)
    seconds = time.perf_counter() - started
    line.keep()
    files = [inputs["file"] for inputs in line.worked if "file" in inputs]
    shards = dict(zip(source_files(folder), line.pieces["shard"], strict=True))
    rows = [line.store.read_json(shards[file], "facts/facts.json")["read"] for file in files]  # type: ignore[index]
    return {
        "seconds": seconds,
        "files": len(files),
        "bytes": sum(file.bytes for file in files),  # type: ignore[attr-defined]
        "rows": sum(rows),
    }


def untrained_model(csv: Path, root: Path) -> None:
    """A model of the right size that has learned nothing, in the store at *root*: it places songs as fast as any."""
    from models.autoencoder import CategorySizes, build_autoencoder
    from models.export import network_of

    line = Line(csv, root)
    store = line.store
    encoder = encode_task.load_encoder(store, line.refs["features"])
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    network = network_of(build_autoencoder(sizes, NetworkSettings()).get_layer("encoder"))
    with store.draft() as draft:
        (draft / "model").mkdir()
        network.save(draft / "model" / "encoder.safetensors")
        line.refs["model"] = store.commit(draft, "model", recipe={"untrained": csv.name})
    line.keep()


def ingest(line: Line) -> None:
    """CSV to songs."""
    settings = IngestSettings()
    shards = line.map(ingest_task.ingest, {"file": source_files(line.csv)}, settings=settings)
    line(ingest_task.fold, shards=shards, top_categories=settings.top_categories)


def encode(line: Line) -> None:
    """Songs to features."""
    pieces = pieces_of(line.store, line.refs["songs"], "songs")
    summaries = line.map(encode_task.summarise, {"songs": pieces})
    encoder = line(encode_task.fit, summaries=summaries, base=None, settings=EncodeSettings())
    encoded = line.map(encode_task.encode, {"songs": pieces}, encoder=encoder)
    line(encode_task.gather_features, encoder=encoder, encoded=encoded)


def train(line: Line) -> None:
    """Features to network."""
    line(train_task.train, features=line.refs["features"], settings=TrainSettings())


def align(line: Line) -> None:
    """Network to model, as on the first night: there is no live space to turn it upon."""
    given = {kind: line.refs[kind] for kind in ("features", "network")}
    line(align_task.align, **given, base=None, settings=AlignSettings())


def latents(line: Line) -> None:
    """Features to latents."""
    pieces = pieces_of(line.store, line.refs["songs"], "songs")
    over: dict[str, Sequence[object]] = {"songs": pieces, "encoded": line.pieces["encoded"]}
    line(
        latents_task.gather_latents,
        placed=line.map(latents_task.latents, over, model=line.refs["model"]),
    )


def neighbours(line: Line) -> None:
    """Latents to neighbours."""
    among: dict[str, Any] = {
        "songs": line.refs["songs"],
        "latents": line.refs["latents"],
        "settings": NeighbourSettings(),
    }
    made = line(neighbours_task.index, **among)
    nearest = line.map(
        neighbours_task.neighbours, {"placed": line.pieces["placed"]}, index=made, **among
    )
    line(neighbours_task.gather_neighbours, index=made, nearest=nearest)


def draw_map(line: Line) -> None:
    """Latents to map."""
    line(map_task.draw_map, latents=line.refs["latents"], settings=MapSettings())


def rehearse(line: Line) -> None:
    """Features to a network that has not met the held-out artists."""
    line(train_task.rehearse, **without_some_artists(line.refs), settings=TrainSettings())


def rehearse_original(line: Line) -> None:
    """Features to the nightly baseline."""
    line(
        train_task.rehearse_original,
        **without_some_artists(line.refs),
        settings=TrainSettings().as_baseline(),
    )


def without_some_artists(refs: Artifacts) -> dict[str, object]:
    """What a rehearsal is given beside its settings."""
    settings = EvaluationSettings()
    split = {"salt": settings.salt, "share": settings.held_out_share}
    return {"songs": refs["songs"], "features": refs["features"], **split}


def evaluate(line: Line) -> None:
    """All that was made to how good it is; nothing is live beside it."""
    judged = ("songs", "features", "rehearsal", "original", "model", "neighbours")
    line(
        evaluate_task.evaluate,
        **{name: line.refs[name] for name in judged},
        flat=line.refs["map"],
        **dict.fromkeys(evaluate_task.evaluate.builds_on),
        settings=EvaluationSettings(),
    )


STAGES: dict[str, Callable[[Line], None]] = {
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
