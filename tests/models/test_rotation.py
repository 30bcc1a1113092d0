"""A turned network places songs elsewhere, and says of them what it said before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ortho_group

from models.autoencoder import CategorySizes, build_autoencoder
from models.original import build_original
from models.rotation import rotate_autoencoder
from models.saving import load_network, save_network
from models.training_settings import NetworkSettings
from songspace.inputs import Inputs

ROTATION = ortho_group.rvs(20, random_state=1)
SONGS = 300
SIZES = CategorySizes(40, 9, 5)


@pytest.fixture
def autoencoder() -> keras.Model:
    return build_autoencoder(SIZES, NetworkSettings(hidden=(32, 24), decoder=(24,)), 1)


def songs() -> Inputs:
    """Songs that are partly unknown."""
    draw = np.random.default_rng(0)
    numeric = draw.standard_normal((SONGS, 17)).astype(np.float32)
    numeric[draw.random(numeric.shape) < 0.1] = np.nan
    artist, genre, emotion = (
        draw.integers(0, ids, shape, dtype=np.int32)
        for ids, shape in ((40, (SONGS,)), (9, (SONGS, 4)), (5, (SONGS,)))
    )
    return Inputs(numeric, artist, genre, emotion)


def told(autoencoder: keras.Model) -> dict[str, npt.NDArray[np.float32]]:
    """Latents and heads of the songs."""
    outputs = autoencoder(songs().as_dict(), training=False)
    return {name: output.numpy() for name, output in outputs.items()}


@pytest.fixture(params=["built", "loaded", "original"])
def network(request: pytest.FixtureRequest, autoencoder: keras.Model, tmp_path: Path) -> Any:
    """The network as it was built, as it comes back from a file, and that of the old objective."""
    if request.param == "original":
        return build_original(songs(), SIZES, 1)[0]
    if request.param == "built":
        return autoencoder
    save_network(autoencoder, tmp_path / "autoencoder.keras")
    return load_network(tmp_path / "autoencoder.keras")


def test_latents_are_turned_and_nothing_else(network: keras.Model) -> None:
    before = told(network)

    rotate_autoencoder(network, ROTATION)

    after = told(network)
    assert after["latent"] == pytest.approx(before["latent"] @ ROTATION, abs=1e-5)
    assert np.abs(after["latent"] - before["latent"]).max() > 0.1
    for head in before.keys() - {"latent"}:
        assert after[head] == pytest.approx(before[head], abs=1e-5)
        assert np.ptp(before[head], axis=0).min() > 1e-4  # the latent matters to all of it


def test_the_encoder_in_it_is_turned_too(autoencoder: keras.Model) -> None:
    rotate_autoencoder(autoencoder, ROTATION)

    encoder = autoencoder.get_layer("encoder")
    alone = keras.Model(autoencoder.inputs, {"latent": encoder(autoencoder.input)})
    assert told(alone)["latent"] == pytest.approx(told(autoencoder)["latent"], abs=1e-6)


def other_network(latent_activation: str | None = None, **readers: Any) -> keras.Model:
    """A network whose latent or whose readers cannot be turned."""
    song = keras.Input((3,))
    latent = keras.layers.Dense(20, name="latent", activation=latent_activation)(song)
    encoder = keras.Model(song, latent, name="encoder")
    placed = encoder(song)
    outputs = {name: reader(placed) for name, reader in readers.items()}
    return keras.Model(song, {"latent": placed, **outputs})


def test_a_latent_that_is_bent_is_refused() -> None:
    with pytest.raises(ValueError, match=r"linear.*'relu'"):
        rotate_autoencoder(other_network("relu", head=keras.layers.Dense(4)), ROTATION)


def test_a_reader_that_cannot_be_turned_is_refused_before_anything_is_changed() -> None:
    network = other_network(head=keras.layers.Dense(4), bent=keras.layers.ReLU(name="bent"))
    before = network.get_weights()

    with pytest.raises(ValueError, match="'bent' is a ReLU"):
        rotate_autoencoder(network, ROTATION)

    for one, other in zip(before, network.get_weights(), strict=True):
        assert np.array_equal(one, other)
