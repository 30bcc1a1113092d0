"""Where a network of few weights places songs, as by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from songspace import SongspaceError, network
from songspace.inputs import Floats, Inputs
from songspace.network import Dense, Network
from songspace.schemas import NUMERIC

MakeNetwork = Callable[..., Network]


def song(**fields: Any) -> Inputs:
    """One song; what is not named is average or unknown."""
    values = {"numeric": [0.0] * 17, "artist": 0, "genre": [0] * 4, "emotion": 0} | fields
    return Inputs(
        numeric=np.array([values["numeric"]], np.float32),
        artist=np.array([values["artist"]], np.int32),
        genre=np.array([values["genre"]], np.int32),
        emotion=np.array([values["emotion"]], np.int32),
    )


def drawn_songs(rows: int, ids: int = 20) -> Inputs:
    """Songs drawn at random, with fields missing at random."""
    drawn = np.random.default_rng(1)
    numeric = drawn.standard_normal((rows, 17), np.float32)
    numeric[drawn.random((rows, 17)) < 0.2] = np.nan
    return Inputs(
        numeric=numeric,
        artist=drawn.integers(0, ids, rows, np.int32),
        genre=drawn.integers(0, ids, (rows, 4), np.int32) * (drawn.random((rows, 4)) < 0.5),
        emotion=drawn.integers(0, ids, rows, np.int32),
    )


@pytest.fixture
def plain() -> Network:
    """No hidden layer, tables of one column; every input has a dimension of its own but most numbers.

    Dimensions: 0 tempo, 1 an unknown tempo, 2 the artist, 3 the genre, 4 the emotion.
    """
    kernel = np.zeros((2 * 17 + 3, 20), np.float32)
    for dimension, read in enumerate((0, 17, 34, 35, 36)):
        kernel[read, dimension] = 1
    return Network(
        artist=np.array([[0], [4]], np.float32),
        genre=np.array([[9], [3], [1]], np.float32),
        emotion=np.array([[0], [1]], np.float32),
        hidden=(),
        latent=Dense(kernel, np.zeros(20, np.float32)),
    )


def place(network: Network, inputs: Inputs) -> list[float]:
    """The first five of a song's twenty coordinates; the others are nought."""
    (latent,) = network(inputs)
    assert not latent[5:].any()
    return [round(float(number), 6) for number in latent[:5]]


def test_a_song_lies_in_the_direction_of_its_fields(plain: Network) -> None:
    three = [3.0] + [0.0] * 16

    assert place(plain, song(numeric=three, artist=1)) == [0.6, 0, 0.8, 0, 0]


def test_an_unknown_number_has_a_direction_of_its_own(plain: Network) -> None:
    unknown = [np.nan] + [0.0] * 16

    assert place(plain, song(numeric=unknown)) == [0, 1, 0, 0, 0]


def test_tags_count_by_the_mean_of_the_known_ones(plain: Network) -> None:
    mean = round(2 / 5**0.5, 6), round(1 / 5**0.5, 6)

    assert place(plain, song(genre=[1, 2, 0, 0], emotion=1)) == [0, 0, 0, *mean]
    assert place(plain, song(genre=[0, 1, 0, 2], emotion=1)) == [0, 0, 0, *mean]


def test_the_embedding_of_the_unknown_tag_is_never_read(plain: Network) -> None:
    assert place(plain, song(emotion=1)) == [0, 0, 0, 0, 1]


def test_a_network_of_one_tag_reads_the_first_alone(plain: Network) -> None:
    first = replace(plain, tags_read=1)

    latent = first(song(genre=[1, 2, 0, 0], emotion=1))

    assert np.array_equal(latent, plain(song(genre=[1, 0, 0, 0], emotion=1)))


def test_a_hidden_layer_is_silent_below_nought(plain: Network) -> None:
    kernel = np.zeros((37, 2), np.float32)
    kernel[0] = 1, -1
    last = np.zeros((2, 20), np.float32)
    last[0, 0], last[1, 1] = 3, 1
    folded = replace(
        plain,
        hidden=(Dense(kernel, np.array([1, 1], np.float32)),),
        latent=Dense(last, np.zeros(20, np.float32)),
    )

    assert place(folded, song(numeric=[2.0] + [0.0] * 16)) == [1, 0, 0, 0, 0]
    assert place(folded, song(numeric=[-2.0] + [0.0] * 16)) == [0, 1, 0, 0, 0]


def test_latents_are_of_unit_length_even_of_songs_that_nothing_is_known_of(
    make_network: MakeNetwork,
) -> None:
    songs = drawn_songs(50)

    for inputs in (songs, songs.hiding("numeric", "artist", "genre", "emotion")):
        latents = make_network()(inputs)
        assert latents.shape == (50, 20)
        assert latents.dtype == np.float32
        assert np.linalg.norm(latents, axis=1) == pytest.approx(1, abs=1e-6)


def test_no_songs_have_no_latents(make_network: MakeNetwork) -> None:
    assert make_network()(drawn_songs(0)).shape == (0, 20)


@pytest.mark.parametrize("rows_per_block", [1, 7, 100, 101])
def test_a_place_does_not_depend_on_the_songs_around_it(
    make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch, rows_per_block: int
) -> None:
    songs = drawn_songs(100)
    whole = make_network()(songs)

    monkeypatch.setattr(network, "ROWS_PER_BLOCK", rows_per_block)

    order = np.random.default_rng(2).permutation(100)
    assert np.abs(make_network()(songs.take(order)) - whole[order]).max() < 1e-6


@pytest.mark.parametrize("field", ["artist", "genre", "emotion"])
@pytest.mark.parametrize("strange", [-1, 10])
def test_ids_beyond_the_tables_are_refused(
    make_network: MakeNetwork, field: str, strange: int
) -> None:
    songs = drawn_songs(5, ids=10)
    songs.as_dict()[field].flat[2] = strange

    with pytest.raises(SongspaceError, match=rf"{field} ids from 0 to 9\. Received: .*{strange}"):
        make_network(artists=10, genres=10, emotions=10)(songs)


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_infinite_numbers_are_refused(make_network: MakeNetwork, infinite: float) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        make_network()(song(numeric=[0.0] * 16 + [infinite]))


def orthogonal(seed: int = 0) -> Any:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((20, 20)))[0]


@pytest.mark.parametrize("rotation", [orthogonal(), orthogonal().astype(np.float32), -np.eye(20)])
def test_a_rotated_network_turns_every_latent(make_network: MakeNetwork, rotation: Any) -> None:
    songs = drawn_songs(50)

    turned = make_network().rotated(rotation)(songs)

    assert turned == pytest.approx(make_network()(songs) @ rotation, abs=1e-6)
    assert turned.dtype == np.float32


@pytest.mark.parametrize(
    "rotation", [np.eye(20) * 1.001, np.eye(19), np.full((20, 20), np.nan), np.eye(20)[:19]]
)
def test_what_would_bend_the_space_is_refused(make_network: MakeNetwork, rotation: Any) -> None:
    with pytest.raises(ValueError, match="orthogonal matrix, 20 x 20"):
        make_network().rotated(rotation)


def ones(*shape: int) -> Floats:
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"artist": ones(20)}, r"2 dimensions.*artist"),
        ({"artist": np.ones((20, 6))}, r"artist, float64"),
        ({"genre": ones(20, 5) * np.nan}, r"Some of genre are not"),
        ({"emotion": ones(20, 5)}, r"reads 50 numbers"),
        ({"latent": Dense(ones(12, 20), ones(19))}, r"reads 12 numbers"),
        ({"latent": Dense(ones(12, 19), ones(19))}, r"20 dimensions\. Received: 19"),
        ({"latent": Dense(ones(12, 20), ones(1, 20))}, r"1 dimensions.*latent\.bias"),
        ({"hidden": ()}, r"reads 49 numbers"),
        ({"tags_read": 0}, r"1 to 4 tags"),
        ({"tags_read": 5}, r"1 to 4 tags"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    make_network: MakeNetwork, changes: dict[str, Any], message: str
) -> None:
    assert len(NUMERIC) == 17
    with pytest.raises(ValueError, match=message):
        replace(make_network(), **changes)
