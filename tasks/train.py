"""The network, fitted to the features."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from models.training_settings import TrainSettings
from songspace.jsonfile import write_json
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.clones import clone_groups
from tasks.encode import load_encoder
from tasks.progress import progress
from tasks.stage import stage

if TYPE_CHECKING:
    from models.training import Losses

log = logging.getLogger(__name__)


@stage("model", libraries=["keras", "numpy", "polars", "tensorflow"], timeout_s=7200)
def train(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    features: ArtifactRef,
    settings: TrainSettings,
) -> None:
    """Fit the autoencoder and save it, its encoder and its curve; clones of *songs* are held out together."""
    from models.autoencoder import CategorySizes
    from models.inputs import network_inputs
    from models.saving import save_network
    from models.training import train_autoencoder

    encoder = load_encoder(store, features)
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    table = store.table(features, "features").collect()
    inputs = network_inputs(table)
    groups = clone_groups(store.table(songs, "songs"), table["song_id"])

    with progress("train", "epoch") as advance:

        def on_epoch(epoch: int, epochs: int, losses: Losses) -> None:
            advance(epoch, epochs)
            log.info("epoch=%d loss=%.4f val_loss=%.4f", epoch, losses["loss"], losses["val_loss"])

        trained = train_autoencoder(inputs, groups, sizes, settings, on_epoch)

    (draft / "model").mkdir()
    save_network(trained.autoencoder, draft / "model" / "autoencoder.keras")
    save_network(trained.encoder, draft / "model" / "encoder.keras")
    write_json(draft / "model" / "history.json", trained.history)
    log.info("songs=%d epochs=%d", len(inputs), len(trained.history["loss"]))
