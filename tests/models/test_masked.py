"""What the masked objective asks of a network, here without any training."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from models.autoencoder import CategorySizes, build_autoencoder
from models.masked import MaskedLoop, learning_rates
from models.objective import HEADS, measure_marginals
from models.training_settings import MaskSettings, NetworkSettings, TrainSettings
from songspace.inputs import Inputs

SIZES = CategorySizes(artist=9, genre=13, emotion=4)
NETWORK = NetworkSettings(hidden=(8,), decoder=(8,))
HIDE_NOTHING = MaskSettings(genre=0, artist=0, emotion=0, numeric=0)
HIDE_EVERYTHING = MaskSettings(genre=1, artist=1, emotion=1, numeric=1)
ROWS = 512


@pytest.fixture(scope="module")
def songs() -> Inputs:
    """Songs with standardised features, of one tag or three, whose categories are unevenly common."""
    drawn = np.random.default_rng(0)
    numeric = drawn.standard_normal((ROWS, 17), np.float32)
    numeric[:, :9] = (numeric[:, :9] - numeric[:, :9].mean(0)) / numeric[:, :9].std(0)
    numeric[:, 9:16] = drawn.random((ROWS, 7)) < np.linspace(0.1, 0.9, 7)
    numeric[:, 16] = drawn.choice(3, ROWS, p=[0.7, 0.2, 0.1])
    genre = np.zeros((ROWS, 4), np.int32)
    genre[:, 0] = np.minimum(drawn.geometric(0.3, ROWS), 12)
    genre[::3, :3] = 1 + np.argsort(drawn.random((len(genre[::3]), 12)))[:, :3]
    return Inputs(
        numeric=numeric,
        artist=np.minimum(drawn.geometric(0.3, ROWS), 8).astype(np.int32),
        genre=genre,
        emotion=np.minimum(drawn.geometric(0.6, ROWS), 3).astype(np.int32),
    )


def losses(songs: Inputs, network: keras.Model | None = None, **settings: Any) -> dict[str, float]:
    """The errors of all songs at once, without training."""
    trained = TrainSettings(network=NETWORK, **settings)
    network = network or build_autoencoder(SIZES, NETWORK, seed=1)
    loop = MaskedLoop(network, songs, measure_marginals(songs), trained, steps=1)
    drawn = loop.draw(tf.constant([0, 0]), len(songs))
    everything = loop.losses(loop.data[0], drawn, training=False)
    return {name: float(value) for name, value in everything.items()}


def costs_and_gradients(
    songs: Inputs, network: keras.Model
) -> tuple[list[float], list[npt.NDArray[Any]]]:
    """What a step on all songs at once would cost and change."""
    settings = TrainSettings(network=NETWORK)
    loop = MaskedLoop(network, songs, measure_marginals(songs), settings, steps=1)
    with tf.GradientTape() as tape:
        drawn = loop.draw(tf.constant([0, 0]), len(songs))
        costs = loop.losses(loop.data[0], drawn, training=True)
    gradients = tape.gradient(costs["loss"], network.trainable_weights)
    changes = [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]
    return [float(cost) for cost in costs.values()], changes


def saying_the_marginals(songs: Inputs) -> keras.Model:
    """A network that places all songs alike, and says of each what is so of all."""
    network = build_autoencoder(SIZES, NETWORK, seed=1)
    flags = songs.numeric[:, 9:]
    on = np.column_stack([flags[:, :7], flags[:, 7] >= 1, flags[:, 7] >= 2]).mean(0)
    tag_counts = (songs.genre > 0).sum(1)
    per_song = [np.bincount(tags, minlength=13)[1:] for tags in songs.genre]
    says = {
        "continuous_head": np.zeros(9),
        "flags_head": np.log(on / (1 - on)),
        "genre_head": log_shares(np.mean(per_song / tag_counts[:, None], axis=0)),
        "emotion_head": log_shares(np.bincount(songs.emotion, minlength=4)[1:]),
        "artist_head": log_shares(np.bincount(songs.artist, minlength=9)[1:]),
    }
    for name, bias in says.items():
        layer = network.get_layer(name)
        layer.set_weights([np.zeros(layer.kernel.shape), bias])
    place = network.get_layer("encoder").get_layer("latent")
    place.set_weights([np.zeros(place.kernel.shape), np.ones(20)])
    return network


def log_shares(counts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Logits of a category; id 0 is never meant."""
    return np.concatenate([[-30], np.log(counts / counts.sum())])


@pytest.mark.parametrize("head", [head for head in HEADS if head != "artist"])
def test_every_head_costs_1_where_nothing_is_known_so_that_none_rules(
    songs: Inputs, head: str
) -> None:
    assert losses(songs, saying_the_marginals(songs))[head] == pytest.approx(1, abs=1e-3)


def test_the_artist_costs_about_1_too_as_far_as_a_sample_can_tell(songs: Inputs) -> None:
    cost = losses(songs, saying_the_marginals(songs), artist_negatives=4096)["artist"]

    assert cost == pytest.approx(1, abs=0.05)


def test_the_loss_is_the_weighted_sum_of_the_heads(songs: Inputs) -> None:
    weights = dict.fromkeys(HEADS, 0.0) | {"genre": 2.0, "ranking": 3.0}

    costs = losses(songs, weights=weights)

    assert costs["loss"] == pytest.approx(2 * costs["genre"] + 3 * costs["ranking"], rel=1e-5)


def test_what_is_hidden_from_the_network_is_asked_of_it_all_the_same(songs: Inputs) -> None:
    costs = losses(songs, masks=HIDE_EVERYTHING)

    assert all(costs[name] > 0.1 for name in (*HEADS, "mse"))


def test_what_is_hidden_is_not_seen(songs: Inputs) -> None:
    """The numbers of other songs change what the genre costs only where they are shown."""
    others = replace(songs, numeric=np.roll(songs.numeric, 1, axis=0))

    shown = [losses(one, masks=HIDE_NOTHING)["genre"] for one in (songs, others)]
    hidden = [losses(one, masks=HIDE_EVERYTHING)["genre"] for one in (songs, others)]

    assert shown[0] != pytest.approx(shown[1])
    assert hidden[0] == pytest.approx(hidden[1])


def test_only_songs_whose_tags_are_hidden_rank_others(songs: Inputs) -> None:
    assert losses(songs, masks=HIDE_NOTHING)["ranking"] == 0
    assert losses(songs, masks=HIDE_EVERYTHING)["ranking"] > 0.5


def test_others_are_ranked_by_where_they_lie_when_their_tags_are_known(songs: Inputs) -> None:
    """Of which nothing is known all lie at one place: were the others there too, it would cost chance."""
    assert abs(losses(songs, masks=HIDE_EVERYTHING)["ranking"] - 1) > 1e-3


def test_artists_of_the_ranked_are_hidden_as_often_as_a_strangers_is(songs: Inputs) -> None:
    artists = np.concatenate([songs.artist[:2], np.roll(songs.artist[2:], 1)])

    def ranking(hidden: float) -> list[float]:
        """What two songs cost among the others, and among the same ones of other artists."""
        masks = MaskSettings(genre=1, artist=hidden, emotion=0, numeric=0)
        both = (songs, replace(songs, artist=artists))
        return [losses(one, masks=masks, ranking_songs=2)["ranking"] for one in both]

    always, never = ranking(1), ranking(0)

    assert always[0] == always[1]
    assert never[0] != never[1]


def test_the_temperature_follows_from_the_number_of_songs_unless_it_is_set(songs: Inputs) -> None:
    many = songs.take(np.resize(np.arange(ROWS), 100_000))

    assert temperature(songs) == 0.5
    assert temperature(many) == pytest.approx(0.85)
    assert temperature(many, temperature=0.3) == 0.3


def temperature(songs: Inputs, **settings: Any) -> float:
    network = build_autoencoder(SIZES, NETWORK, seed=1)
    chosen = TrainSettings(network=NETWORK, **settings)
    return MaskedLoop(network, songs, measure_marginals(songs), chosen, steps=1).temperature


def test_only_the_first_songs_rank_others(songs: Inputs) -> None:
    tags = songs.genre.copy()
    tags[:2] = 0
    third = replace(songs, genre=tags)

    costs = [
        losses(third, masks=HIDE_EVERYTHING, ranking_songs=number)["ranking"] for number in (2, 3)
    ]

    assert costs[0] == 0
    assert costs[1] > 0.1


def test_only_so_many_songs_are_ranked(songs: Inputs) -> None:
    tags = songs.genre.copy()
    tags[100:] = [12, 0, 0, 0]

    def ranking(ranked_songs: int) -> list[float]:
        """Before and after the tags of the others have changed."""
        both = (songs, replace(songs, genre=tags))
        return [losses(one, ranked_songs=ranked_songs)["ranking"] for one in both]

    few, all_of_them = ranking(100), ranking(10 * ROWS)

    assert few[0] == pytest.approx(few[1])
    assert all_of_them[0] != pytest.approx(all_of_them[1])


@pytest.mark.parametrize(
    "poor",
    [
        lambda songs: songs.hiding("numeric"),
        lambda songs: songs.hiding("genre"),
        lambda songs: songs.hiding("artist", "emotion"),
        lambda songs: songs.hiding("numeric", "artist", "genre", "emotion"),
        lambda songs: songs.take(slice(1)),
        lambda songs: replace(songs, numeric=np.ones_like(songs.numeric)),
        lambda songs: replace(songs, genre=np.ones_like(songs.genre)),
        lambda songs: replace(songs, artist=np.ones_like(songs.artist)),
    ],
    ids=["no numbers", "no tags", "two fields", "nothing", "one song", "alike", "genre", "artist"],
)
def test_however_little_a_catalogue_tells_costs_and_gradients_are_numbers(
    songs: Inputs, poor: Callable[[Inputs], Inputs]
) -> None:
    costs, gradients = costs_and_gradients(poor(songs), build_autoencoder(SIZES, NETWORK, seed=1))

    assert np.isfinite(costs).all()
    assert min(costs) > -1e-3
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_a_catalogue_none_of_whose_artists_has_an_id_costs_nothing_for_them(songs: Inputs) -> None:
    nobody = songs.hiding("artist")
    network = build_autoencoder(replace(SIZES, artist=1), NETWORK, seed=1)

    costs = losses(nobody, network)

    assert costs["artist"] == 0
    assert np.isfinite(list(costs.values())).all()


def test_the_rate_rises_in_a_line_and_falls_along_a_cosine() -> None:
    rate = learning_rates(TrainSettings(learning_rate=2.0, warm_up=0.1), steps=100)

    rates = [float(rate(step)) for step in (0, 5, 10, 55, 100)]

    assert rates == pytest.approx([0, 1, 2, 1, 0], abs=1e-6)


@pytest.mark.parametrize("warm_up", [0.0, 0.005])
def test_without_a_step_to_warm_up_in_the_rate_starts_at_its_peak(warm_up: float) -> None:
    rate = learning_rates(TrainSettings(learning_rate=2.0, warm_up=warm_up), steps=100)

    assert float(rate(0)) == pytest.approx(2)
    assert float(rate(50)) == pytest.approx(1)
