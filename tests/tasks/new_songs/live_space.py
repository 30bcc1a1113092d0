"""A store whose live release was made by the stages of a full run, but for the training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from models.neighbours import NeighbourSettings
from songspace.features import FeatureEncoder
from songspace.inputs import Floats
from songspace.jsonfile import write_json
from songspace.network import Dense, Network
from songspace.schemas import NUMERIC
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import load_encoder
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.publish import FOLDERS
from tests.tasks.staged import encode_by, encode_songs, list_neighbours, place_songs, read_songs

ROWS = 600
K = 7
SPACE = "s-1"


@dataclass(frozen=True)
class LiveSpace:
    """A store with one release, and what that was made of."""

    store: Store
    csv: Path
    features: ArtifactRef
    model: ArtifactRef

    @property
    def release(self) -> Path:
        """The folder of the live release."""
        return Path(self.store.root / "live").resolve(strict=True)

    def table(self, name: str) -> pl.DataFrame:
        """A table of the live release."""
        return pl.read_parquet(self.release / name)

    def latents_of(self, csv: Path) -> pl.DataFrame:
        """LATENTS of a full run over *csv* with the same encoder and model."""
        songs = read(self.store, csv)
        features = encode_by(self.store, songs, self.features)
        ref = place_songs(self.store, songs, features, self.model)
        return self.store.table(ref, "latents").collect()


def publish_space(folder: Path, rows: int = ROWS) -> LiveSpace:
    """A release of the built-in catalogue, which has clones, and rows that are broken or repeat others."""
    csv = folder / "catalogue.csv"
    write_catalogue(csv, CatalogueSettings(rows=rows, broken_share=0.01))
    store = Store.open(folder / "my store")
    songs = read(store, csv)
    features = encode_songs(store, songs)
    model = keep_model(store, untrained(load_encoder(store, features)))
    places = place_songs(store, songs, features, model)
    nearest = list_neighbours(store, songs, places, NeighbourSettings(k=K))
    made = (songs, features, model, places, nearest)
    parts = {name: (ref, name) for ref in made for name in FOLDERS[ref.kind]}
    store.promote(store.build_release(parts, meta={}), expected=None)
    return LiveSpace(store, csv, features, model)


def read(store: Store, csv: Path) -> ArtifactRef:
    """The songs of *csv*, which may lack columns."""
    return read_songs(store, csv, IngestSettings(allow_missing_columns=True))


def keep_model(store: Store, network: Network) -> ArtifactRef:
    """What a release needs of a model."""
    with store.draft() as draft:
        (draft / "model").mkdir()
        network.save(draft / "model" / "encoder.safetensors")
        write_json(draft / "model" / "space.json", {"space_id": SPACE})
        return store.commit(draft, "model", recipe={})


def untrained(encoder: FeatureEncoder) -> Network:
    """A network for the vocabularies of *encoder*, its weights drawn at random."""
    drawn = np.random.default_rng(0)

    def weights(*shape: int) -> Floats:
        return drawn.standard_normal(shape, np.float32)

    return Network(
        artist=weights(encoder.artist.size, 6),
        genre=weights(encoder.genre.size, 5),
        emotion=weights(encoder.emotion.size, 4),
        hidden=(Dense(weights(2 * len(NUMERIC) + 15, 32), weights(32)),),
        latent=Dense(weights(32, 20), weights(20)),
    )
