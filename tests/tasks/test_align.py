"""A network that says what the live one says goes on in its space; any other begins a space of its own."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from scipy.stats import ortho_group

from models.alignment import AlignSettings
from models.training_settings import NetworkSettings
from songspace.errors import Damaged
from songspace.inputs import network_inputs
from songspace.network import Network
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.align import align
from tasks.bases import bases_of, read_live
from tests.tasks.staged import encode_songs

SONGS = 600
SETTINGS = AlignSettings()
Floats = npt.NDArray[np.float32]
MakeSongs = Callable[..., pl.DataFrame]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def table(make_songs: MakeSongs) -> pl.DataFrame:
    """Songs of forty artists, in no order of their ids."""
    drawn = np.random.default_rng(0)
    numbers = ("energy", "danceability", "positiveness", "acousticness", "liveness", "popularity")
    return make_songs(
        song_id=drawn.permutation(SONGS).tolist(),
        artists=[[f"Artist {row % 40}"] for row in range(SONGS)],
        emotion=drawn.choice(["joy", "fear", "love"], SONGS).tolist(),
        tempo=drawn.integers(60, 180, SONGS).tolist(),
        **{name: drawn.integers(0, 101, SONGS).tolist() for name in numbers},
    )


def keep_features(store: Store, songs: pl.DataFrame) -> ArtifactRef:
    with store.draft() as draft:
        (draft / "songs").mkdir()
        songs.write_parquet(draft / "songs" / "part-00000.parquet")
        ref = store.commit(draft, "songs", recipe={})
    return encode_songs(store, ref)


@pytest.fixture
def features(store: Store, table: pl.DataFrame) -> ArtifactRef:
    return keep_features(store, table)


@pytest.fixture
def network(store: Store) -> Callable[..., ArtifactRef]:
    """A function that keeps a network nobody trained: of that seed, turned or shaken."""
    from models.autoencoder import CategorySizes, build_autoencoder
    from models.rotation import rotate_autoencoder
    from models.saving import save_network

    def keep(seed: int = 1, *, turned: int | None = None, shaken: float = 0) -> ArtifactRef:
        autoencoder = build_autoencoder(
            CategorySizes(50, 20, 20), NetworkSettings(hidden=(32,)), seed
        )
        if turned is not None:
            rotate_autoencoder(autoencoder, ortho_group.rvs(20, random_state=turned))
        latent = autoencoder.get_layer("encoder").get_layer("latent")
        kernel, bias = latent.get_weights()
        moved = np.random.default_rng(0).standard_normal(kernel.shape) * kernel.std()
        latent.set_weights([kernel + shaken * moved, bias])
        with store.draft() as draft:
            (draft / "network").mkdir()
            save_network(autoencoder, draft / "network" / "autoencoder.keras")
            (draft / "network" / "history.json").write_text('{"loss": [1.0]}')
            return store.commit(draft, "network", recipe={})

    return keep


Keep = Callable[..., ArtifactRef]


def aligned(
    store: Store,
    features: ArtifactRef,
    network: ArtifactRef,
    base: ArtifactRef | None = None,
    settings: AlignSettings = SETTINGS,
) -> ArtifactRef:
    inputs = {"features": features, "network": network, "base": base, "settings": settings}
    return align.run(store, inputs)


def facts(store: Store, model: ArtifactRef) -> dict[str, Any]:
    read: dict[str, Any] = store.read_json(model, "model/space.json")
    return read


def latents(store: Store, model: ArtifactRef, features: ArtifactRef) -> Floats:
    """Places of all songs, by the encoder that readers use."""
    table = store.table(features, "features").collect()
    return Network.load(store.file(model, "model/encoder.safetensors"))(network_inputs(table))


def test_the_first_space_is_named_by_its_encoder(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    model = aligned(store, features, network())

    encoder = store.file(model, "model/encoder.safetensors").read_bytes()
    assert facts(store, model) == {
        "space_id": f"s{hashlib.sha256(encoder).hexdigest()[:12]}",
        "continues": False,
        "previous": None,
        "aligned_to": None,
        "fit": None,
        "limit": SETTINGS.limit,
        "songs": 0,
    }
    assert store.read_json(model, "model/history.json") == {"loss": [1.0]}


def test_the_same_network_gives_the_same_bytes(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    one, other = network(), network(turned=3)
    first = aligned(store, features, one)
    second = aligned(store, features, other, first)

    assert aligned(store, features, one) == first
    assert aligned(store, features, other, first) == second


def test_a_network_that_is_only_turned_goes_on_in_the_live_space(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    live = aligned(store, features, network())

    model = aligned(store, features, network(turned=3), live)

    found = facts(store, model)
    assert found["space_id"] == found["previous"] == found["aligned_to"]
    assert found["space_id"] == facts(store, live)["space_id"]
    assert found["continues"]
    assert found["fit"] == pytest.approx(1, abs=1e-5)
    assert found["songs"] == SONGS
    assert latents(store, model, features) == pytest.approx(
        latents(store, live, features), abs=1e-5
    )


def test_a_network_that_says_something_else_begins_a_space(
    store: Store, features: ArtifactRef, network: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    live = aligned(store, features, network())

    with caplog.at_level(logging.WARNING):
        model = aligned(store, features, network(seed=2), live)

    found, before = facts(store, model), facts(store, live)
    assert found["space_id"] != before["space_id"] == found["previous"] == found["aligned_to"]
    assert not found["continues"]
    assert 0 < found["fit"] < found["limit"]
    assert f"{before['space_id']} cannot be compared" in caplog.text


def test_how_alike_songs_are_is_not_changed(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    live = aligned(store, features, network())
    alone = latents(store, aligned(store, features, network(seed=2)), features)

    moved = latents(store, aligned(store, features, network(seed=2), live), features)

    assert np.abs(moved - alone).max() > 0.1
    assert moved @ moved.T == pytest.approx(alone @ alone.T, abs=1e-5)


def test_the_saved_networks_agree(store: Store, features: ArtifactRef, network: Keep) -> None:
    import keras

    model = aligned(store, features, network(turned=3), aligned(store, features, network()))

    songs = network_inputs(store.table(features, "features").collect()).as_dict()
    whole, half = (
        keras.saving.load_model(store.file(model, f"model/{name}.keras"), compile=False)
        for name in ("autoencoder", "encoder")
    )
    expected = pytest.approx(latents(store, model, features), abs=1e-5)
    assert whole(songs)["latent"].numpy() == expected
    assert half(songs).numpy() == expected


def test_small_steps_do_not_add_up_under_one_name(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    """Each is as near to the one before as the second to the first, but the third has left the space."""
    settings = AlignSettings(limit=0.97)
    first = aligned(store, features, network(), settings=settings)

    second = aligned(store, features, network(shaken=0.3), first, settings)
    third = aligned(store, features, network(shaken=0.6), second, settings)

    told = [facts(store, model) for model in (first, second, third)]
    fits = [fact["fit"] for fact in told[1:]]
    assert fits[0] > 0.97 > fits[1]
    assert told[0]["space_id"] == told[1]["space_id"] != told[2]["space_id"]
    alone = aligned(store, features, network(shaken=0.3))
    assert facts(store, aligned(store, features, network(shaken=0.6), alone))["fit"] > 0.97


def test_a_space_is_found_again_by_the_songs_that_are_left(
    store: Store, table: pl.DataFrame, features: ArtifactRef, network: Keep
) -> None:
    live = aligned(store, features, network())
    fewer = keep_features(store, table[100:])

    found = facts(store, aligned(store, fewer, network(turned=3), live))

    assert (found["continues"], found["songs"]) == (True, SONGS - 100)


def test_with_few_songs_in_common_the_space_is_new(
    store: Store, table: pl.DataFrame, features: ArtifactRef, network: Keep
) -> None:
    live = aligned(store, features, network())
    fewer = keep_features(store, table[:199])

    found = facts(store, aligned(store, fewer, network(), live))

    assert (found["continues"], found["fit"], found["songs"]) == (False, None, 199)
    assert (found["previous"], found["aligned_to"]) == (facts(store, live)["space_id"], None)


def test_a_space_is_known_by_so_many_songs_as_the_settings_say(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    settings = AlignSettings(songs=250)

    live = aligned(store, features, network(), settings=settings)

    anchors = pl.read_parquet(store.file(live, "model/anchors.parquet"))
    assert anchors["song_id"].to_list() == list(range(250))
    assert facts(store, aligned(store, features, network(turned=3), live))["songs"] == 250


def test_a_model_of_the_first_releases_names_no_space_to_go_on_with(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    with store.draft() as draft:
        (draft / "model").mkdir()
        (draft / "model" / "encoder.keras").write_text("of before")
        old = store.commit(draft, "model", recipe={})

    model = aligned(store, features, network(), old)

    assert facts(store, model)["previous"] is None
    assert facts(store, model) == facts(store, aligned(store, features, network()))


def test_a_live_model_that_was_damaged_is_refused(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    live = aligned(store, features, network())
    file = store.file(live, "model/space.json")
    file.chmod(0o644)
    file.write_text(json.dumps({**facts(store, live), "space_id": "s0"}))

    with pytest.raises(Damaged, match=r"space\.json"):
        aligned(store, features, network(turned=3), live)


def test_a_space_goes_on_although_the_live_model_is_gone(
    store: Store, features: ArtifactRef, network: Keep
) -> None:
    """Then the release's own copy of it serves."""
    live = aligned(store, features, network())
    artifacts = {"features": features, "model": live}
    meta: dict[str, Any] = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        "bases": {},
    }
    space_id = facts(store, live)["space_id"]
    store.promote(store.build_release({"model": (live, "model")}, meta=meta), expected=None)
    shutil.rmtree(store.folder(live, "model").parent)
    inputs = {"features": features, "network": network(turned=3), "settings": SETTINGS}

    model = align.run(store, {**inputs, **bases_of(align, store, read_live(store), inputs)})

    assert facts(store, model)["space_id"] == space_id
