"""The network, fitted to the features: for the release on all songs, for its test on those of nine artists in ten."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.evaluation.split import held_out_songs
from models.training_settings import TrainSettings
from songspace.features import artist_token
from songspace.jsonfile import write_json
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import load_encoder
from tasks.inputs import read_inputs
from tasks.progress import progress
from tasks.stage import stage

if TYPE_CHECKING:
    from models.epochs import Losses, Trained

log = logging.getLogger(__name__)

LIBRARIES = ("keras", "numpy", "polars", "safetensors", "tensorflow", "xxhash")


@stage("network", libraries=LIBRARIES, timeout_s=7200, resumes=True)
def train(
    draft: Path, store: Store, *, features: ArtifactRef, settings: TrainSettings, unfinished: Path
) -> None:
    """Fit the autoencoder to all songs and save it and its curve."""
    from models.saving import save_network

    trained = fit(store, features, None, settings, "train", unfinished)
    (draft / "network").mkdir()
    save_network(trained.autoencoder, draft / "network" / "autoencoder.keras")
    write_json(draft / "network" / "history.json", trained.history)


@stage("rehearsal", libraries=LIBRARIES, timeout_s=7200, resumes=True)
def rehearse(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    features: ArtifactRef,
    settings: TrainSettings,
    salt: str,
    share: float,
    unfinished: Path,
) -> None:
    """Fit the autoencoder without the songs of *share* of the artists, which then tell how well it does.

    Its seed is another than the release's, so that the two also tell how much of the lists is chance.
    """
    from models.export import network_of
    from models.saving import save_network

    held_out = held_out_rows(store, songs, salt, share)
    other = settings.model_copy(update={"seed": settings.seed + 1})
    trained = fit(store, features, held_out, other, "rehearse", unfinished)
    (draft / "rehearsal").mkdir()
    save_network(trained.autoencoder, draft / "rehearsal" / "autoencoder.keras")
    network_of(trained.encoder).save(draft / "rehearsal" / "encoder.safetensors")
    write_json(draft / "rehearsal" / "history.json", trained.history)
    write_json(
        draft / "rehearsal" / "split.json",
        {"salt": salt, "share": share, "held_out_songs": int(held_out.sum())},
    )


@stage("original", libraries=LIBRARIES, timeout_s=7200, resumes=True)
def rehearse_original(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    features: ArtifactRef,
    settings: TrainSettings,
    salt: str,
    share: float,
    unfinished: Path,
) -> None:
    """Fit the objective that this project began with, on the songs of the rehearsal."""
    from models.export import network_of

    held_out = held_out_rows(store, songs, salt, share)
    trained = fit(store, features, held_out, settings, "original", unfinished)
    (draft / "original").mkdir()
    network_of(trained.encoder).save(draft / "original" / "encoder.safetensors")
    write_json(draft / "original" / "history.json", trained.history)


def held_out_rows(
    store: Store, songs: ArtifactRef, salt: str, share: float
) -> npt.NDArray[np.bool_]:
    """Which rows of *songs* are by held-out artists."""
    artists = store.table(songs, "songs").select(artist_token()).collect().to_series()
    return held_out_songs(artists, salt, share)


def fit(
    store: Store,
    features: ArtifactRef,
    held_out: npt.NDArray[np.bool_] | None,
    settings: TrainSettings,
    name: str,
    unfinished: Path,
) -> Trained:
    """Train on *features* but for the rows *held_out*, from a checkpoint in *unfinished* on, and tell how it goes."""
    from models.autoencoder import CategorySizes
    from models.training import train_autoencoder

    encoder = load_encoder(store, features)
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    inputs = read_inputs(store, features)
    held_out = np.zeros(len(inputs), np.bool_) if held_out is None else held_out

    with progress(name, "epoch") as advance:

        def on_epoch(epoch: int, epochs: int, losses: Losses) -> None:
            advance(epoch, epochs)
            log.info("epoch=%d %s", epoch, as_text(losses))

        trained = train_autoencoder(inputs, held_out, sizes, settings, on_epoch, unfinished)
    log.info("songs=%d epochs=%d", trained.songs, len(trained.history["loss"]))
    return trained


def as_text(losses: Losses) -> str:
    """The losses that tell whether it goes well, in a few words."""
    shown = ("loss", "val_loss", "mse", "val_mse")
    return " ".join(f"{name}={losses[name]:.4f}" for name in shown if name in losses)
