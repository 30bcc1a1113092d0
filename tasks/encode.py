"""Songs as the integers and standardised floats that the network reads."""

from __future__ import annotations

import logging
from pathlib import Path

from models.encoder import EncodeSettings, fit_encoder
from songspace.features import FeatureEncoder
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import stage

log = logging.getLogger(__name__)


@stage("features", libraries=["numpy", "polars"], timeout_s=900, builds_on={"base": "features"})
def encode(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    base: ArtifactRef | None,
    settings: EncodeSettings,
) -> None:
    """Fit the vocabularies and the scaler, keeping the ids that *base* gave, and encode all songs."""
    table = store.table(songs, "songs")
    known = load_encoder(store, store.verify(base)) if base else None
    encoder = fit_encoder(table, settings, known)

    (draft / "encoder").mkdir()
    encoder.save(draft / "encoder")
    (draft / "features").mkdir()
    encoder.encode(table).sink_parquet(
        draft / "features" / "part-00000.parquet", compression="zstd"
    )
    log.info(
        "artists=%d genres=%d emotions=%d",
        encoder.artist.size - 1,
        encoder.genre.size - 1,
        encoder.emotion.size - 1,
    )


def load_encoder(store: Store, features: ArtifactRef) -> FeatureEncoder:
    """The encoder that wrote *features*."""
    return FeatureEncoder.load(store.folder(features, "encoder"))
