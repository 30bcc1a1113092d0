"""A taste is any part of what describes a song; the rest is unknown, which is not nought."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songspace import Recommender
from songspace.inputs import Floats, network_inputs
from songspace.recommender.taste import Profile, Reader
from songspace.schemas import CONTINUOUS, GOOD_FOR, NUMERIC
from tests.songspace.recommender.small_catalogue import ARTISTS, ENCODER, encoder

READER = Reader(encoder())

NUMBERS = {
    "tempo": st.floats(0, 300),
    **dict.fromkeys(CONTINUOUS[1:], st.floats(0, 100)),
    **dict.fromkeys(GOOD_FOR, st.booleans()),
}


def test_the_profile_of_every_song_is_what_the_encoder_reads_of_it(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats
) -> None:
    read = network_inputs(ENCODER.encode(songs.lazy()).collect())

    for row in range(len(songs)):
        profile = recommender.profile(row)

        wanted = read.take(np.array([row])).as_dict()
        for name, values in profile.inputs.as_dict().items():
            assert np.allclose(values, wanted[name], rtol=0, atol=1e-6, equal_nan=True), name
        assert encoder().network(profile.inputs)[0] == pytest.approx(latents[row], abs=1e-6)


@given(
    wishes=st.fixed_dictionaries({}, optional=NUMBERS),
    artist=st.none() | st.sampled_from(ARTISTS),
    genres=st.lists(st.sampled_from(ENCODER.genre.tokens), max_size=4, unique=True),
    emotion=st.none() | st.sampled_from(ENCODER.emotion.tokens),
)
def test_any_part_lies_where_a_song_lies_of_which_no_more_is_known(
    wishes: dict[str, Any], artist: str | None, genres: list[str], emotion: str | None
) -> None:
    song = {
        "artists": [[artist] if artist else None],
        "genres": [genres],
        "emotion": [emotion],
        **{name: [value] for name, value in wishes.items()},
    }

    profile = READER.taste(
        {"artist": artist, "genre": ",".join(genres), "emotion": emotion, **wishes}  # type: ignore[typeddict-item]
    )

    place = encoder()(pl.DataFrame(song, schema_overrides={"artists": pl.List(pl.String)}))
    assert encoder().network(profile.inputs) == pytest.approx(place, abs=1e-5)


def test_what_is_not_named_is_unknown() -> None:
    profile = READER.taste({"energy": 0.0, "good_for_party": False, "tempo": None})

    known = {"energy": 0.0, "good_for_party": 0.0}
    assert told(profile) == known
    assert np.isnan(profile.inputs.numeric).sum() == len(NUMERIC) - len(known)
    assert (profile.artists, profile.tags, profile.emotion, profile.unheard) == ((), (), None, ())


def told(profile: Profile) -> dict[str, float]:
    """The numbers that are known."""
    numbers = zip(NUMERIC, profile.numbers.tolist(), strict=True)
    return {name: value for name, value in numbers if not np.isnan(value)}


def test_numbers_are_read_as_multiples_of_the_spread_of_the_catalogue() -> None:
    """Tempo has a mean of 120 and a standard deviation of 40, the others 50 and 25."""
    read = READER.taste({"tempo": 160, "energy": 0, "good_for_meditation_stretching": 2})

    numbers = dict(zip(NUMERIC, read.inputs.numeric[0].tolist(), strict=True))
    assert numbers["tempo"] == 1.0
    assert numbers["energy"] == -2.0
    assert numbers["good_for_meditation_stretching"] == 2.0


def test_several_tags_stand_with_commas_between() -> None:
    profile = READER.taste({"genre": " Pop,rock ,, DISCO"})

    assert profile.tags == ("pop", "rock", "disco")
    assert profile.inputs.genre.tolist() == [[1, 3, 2, 0]]


def test_of_five_tags_four_that_are_known_are_read() -> None:
    profile = READER.taste({"genre": "pop,zydeco,disco,rock,metal,jazz"})

    assert profile.inputs.genre.tolist() == [[1, 2, 3, 4]]
    assert profile.unheard == ("genre",)


def test_names_are_read_whatever_their_case() -> None:
    profile = READER.taste({"artist": " BEYONCÉ ", "emotion": " Sadness "})

    assert profile.inputs.artist.tolist() == [2]
    assert profile.inputs.emotion.tolist() == [2]
    assert profile.unheard == ()


def test_an_artist_with_a_comma_in_the_name_is_one_artist() -> None:
    assert READER.taste({"artist": "Earth, Wind & Fire"}).artists == ("Earth, Wind & Fire",)


@pytest.mark.parametrize("field", ["artist", "genre", "emotion"])
def test_a_name_that_is_not_known_is_left_unknown_and_told(field: str) -> None:
    profile = READER.taste({field: "nonesuch"})  # type: ignore[misc]

    assert profile.unheard == (field,)
    nothing = READER.taste({}).inputs
    assert all(
        np.array_equal(values, nothing.as_dict()[name], equal_nan=True)
        for name, values in profile.inputs.as_dict().items()
    )


@pytest.mark.parametrize("field", ["artist", "genre", "emotion"])
def test_a_blank_name_is_no_name(field: str) -> None:
    assert READER.taste({field: "  "}).unheard == ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tempo", 300.5),
        ("tempo", -1),
        ("energy", 101),
        ("popularity", -0.1),
        ("good_for_party", 2),
        ("good_for_meditation_stretching", 3),
        ("liveness", float("nan")),
        ("energy", float("inf")),
        ("energy", "loud"),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_name_and_value(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"Expected {field} from 0 to .*Received: {value!r}\."):
        READER.taste({field: value})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "most"), [("tempo", 300), ("energy", 100), ("good_for_party", True)]
)
def test_the_ends_of_a_range_are_in_it(field: str, most: float) -> None:
    assert told(READER.taste({field: most})) == {field: float(most)}  # type: ignore[misc]
    assert told(READER.taste({field: 0})) == {field: 0.0}  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Expected fields out of .*Received: \['loudness'\]\."):
        READER.taste({"loudness": 3})  # type: ignore[typeddict-unknown-key]
