"""Songs as the integers and standardised floats that the network reads."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from models.encoder import EncodeSettings, Summary, fit_summaries
from songspace.features import FeatureEncoder
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store
from tasks.pieces import Piece, gather
from tasks.stage import stage

log = logging.getLogger(__name__)


@stage("summary", libraries=["numpy", "polars"], timeout_s=900)
def summarise(draft: Path, store: Store, *, songs: Piece) -> None:
    """Count what vocabularies and scaler are fitted to."""
    (draft / "summary").mkdir()
    Summary.of(songs.scan(store)).save(draft / "summary")


@stage("encoder", libraries=["numpy", "polars"], timeout_s=900, builds_on={"base": "features"})
def fit(
    draft: Path,
    store: Store,
    *,
    summaries: Sequence[ArtifactRef],
    base: ArtifactRef | None,
    settings: EncodeSettings,
) -> None:
    """Fit the vocabularies and the scaler to all pieces together, keeping the ids that *base* gave."""
    counted = [Summary.load(store.folder(ref, "summary")) for ref in summaries]
    known = load_encoder(store, store.verify(base)) if base else None
    encoder = fit_summaries(counted, settings, known)
    (draft / "encoder").mkdir()
    encoder.save(draft / "encoder")
    log.info(
        "artists=%d genres=%d emotions=%d",
        encoder.artist.size - 1,
        encoder.genre.size - 1,
        encoder.emotion.size - 1,
    )


@stage("encoded", libraries=["numpy", "polars"], timeout_s=900)
def encode(draft: Path, store: Store, *, songs: Piece, encoder: ArtifactRef) -> None:
    """Encode the songs of a piece."""
    (draft / "features").mkdir()
    kept_encoder(store.folder(encoder, "encoder")).encode(songs.scan(store)).sink_parquet(
        draft / "features" / "part-00000.parquet", compression="zstd"
    )


@stage("features", libraries=[])
def gather_features(
    draft: Path, store: Store, *, encoder: ArtifactRef, encoded: Sequence[ArtifactRef]
) -> Linked:
    """All songs encoded, and the encoder that did it."""
    kept_encoder.cache_clear()  # no piece is left to encode
    shutil.copytree(store.folder(encoder, "encoder"), draft / "encoder")
    return gather(store, encoded, "features", draft)


@lru_cache(maxsize=1)
def kept_encoder(folder: Path) -> FeatureEncoder:
    """The encoder in a folder, read once for all pieces: half a million artists take a sixth of a piece's time."""
    return FeatureEncoder.load(folder)


def load_encoder(store: Store, holder: ArtifactRef) -> FeatureEncoder:
    """The encoder in an artifact, read anew: that of *features*, or what was fitted for them."""
    return FeatureEncoder.load(store.folder(holder, "encoder"))
