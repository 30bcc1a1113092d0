"""The stages of a run that work piece by piece, called without Prefect on a table as one piece."""

from __future__ import annotations

from pathlib import Path

from models.encoder import EncodeSettings
from models.neighbours import NeighbourSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import encode, fit, gather_features, summarise
from tasks.ingest.settings import IngestSettings
from tasks.ingest.task import find_source, fold, ingest
from tasks.latents import gather_latents, latents
from tasks.neighbours import gather_neighbours, index, neighbours
from tasks.pieces import Piece

INGEST = IngestSettings()
ENCODE = EncodeSettings()


def piece_of(store: Store, artifact: ArtifactRef, table: str) -> Piece:
    """A whole table as one piece."""
    files = store.manifest(artifact).below(table)
    parts = tuple(name for name in files if name.endswith(".parquet"))
    hashes = tuple(files[name].sha256 for name in parts)
    return Piece(artifact=artifact, table=table, parts=parts, sha256=hashes)


def read_songs(store: Store, source: Path, settings: IngestSettings = INGEST) -> ArtifactRef:
    """The songs of a file, or of the files of a folder."""
    shards = [
        ingest.run(store, {"file": file, "settings": settings}) for file in find_source(str(source))
    ]
    return fold.run(store, {"shards": shards, "top_categories": settings.top_categories})


def summaries_of(store: Store, songs: ArtifactRef) -> list[ArtifactRef]:
    """What vocabularies and scaler are fitted to."""
    return [summarise.run(store, {"songs": piece_of(store, songs, "songs")})]


def fit_songs(
    store: Store,
    songs: ArtifactRef,
    base: ArtifactRef | None = None,
    settings: EncodeSettings = ENCODE,
) -> ArtifactRef:
    """An encoder that was fitted to *songs*."""
    given = {"summaries": summaries_of(store, songs), "base": base, "settings": settings}
    return fit.run(store, given)


def encode_songs(
    store: Store,
    songs: ArtifactRef,
    base: ArtifactRef | None = None,
    settings: EncodeSettings = ENCODE,
) -> ArtifactRef:
    """The features of *songs*, by an encoder that was fitted to them."""
    return encode_by(store, songs, fit_songs(store, songs, base, settings))


def encode_by(store: Store, songs: ArtifactRef, encoder: ArtifactRef) -> ArtifactRef:
    """The features of *songs*, by that encoder."""
    piece = piece_of(store, songs, "songs")
    encoded = [encode.run(store, {"songs": piece, "encoder": encoder})]
    return gather_features.run(store, {"encoder": encoder, "encoded": encoded})


def place_songs(
    store: Store, songs: ArtifactRef, features: ArtifactRef, model: ArtifactRef
) -> ArtifactRef:
    """The places of *songs*."""
    piece = piece_of(store, songs, "songs")
    placed = latents.run(store, {"songs": piece, "encoded": features, "model": model})
    return gather_latents.run(store, {"placed": [placed]})


def list_neighbours(
    store: Store, songs: ArtifactRef, places: ArtifactRef, settings: NeighbourSettings
) -> ArtifactRef:
    """The lists of *songs*."""
    among = {"songs": songs, "latents": places, "settings": settings}
    made = index.run(store, among)
    nearest = neighbours.run(store, {"placed": places, "index": made, **among})
    return gather_neighbours.run(store, {"index": made, "nearest": [nearest]})
