from collections.abc import Callable

import polars as pl
import pytest

from models.encoder import EncodeSettings, fit_encoder
from songspace.schemas import CONTINUOUS

MakeSongs = Callable[..., pl.DataFrame]

KEEP_ALL = EncodeSettings(min_artist_songs=1, min_genre_songs=1, min_emotion_songs=1)


def test_the_mean_of_the_known_values_becomes_nought(make_songs: MakeSongs) -> None:
    songs = make_songs(tempo=[100, 140, None])

    tempo = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()["tempo"]

    assert tempo.to_list() == [-1.0, 1.0, None]


def test_a_constant_feature_does_not_divide_by_nought(make_songs: MakeSongs) -> None:
    songs = make_songs(energy=[40, 40])

    energy = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()["energy"]

    assert energy.to_list() == [0.0, 0.0]


def test_a_feature_that_no_song_has_stays_unknown(make_songs: MakeSongs) -> None:
    songs = make_songs(energy=[None, None])

    energy = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()["energy"]

    assert energy.to_list() == [None, None]


def test_artists_that_differ_in_case_alone_are_one(make_songs: MakeSongs) -> None:
    songs = make_songs(artists=[["Abba", "Cher"], ["ABBA"], ["Cher"]])

    encoder = fit_encoder(songs.lazy(), KEEP_ALL, None)

    assert encoder.artist.tokens == ("abba", "cher")


def test_a_tag_that_a_song_repeats_counts_once(make_songs: MakeSongs) -> None:
    songs = make_songs(genres=[["echo"] * 5, ["pop"], ["pop"]])

    encoder = fit_encoder(songs.lazy(), EncodeSettings(min_genre_songs=2), None)

    assert encoder.genre.tokens == ("pop",)


def test_the_scaler_holds_no_digit_that_depends_on_the_order_of_a_sum(
    make_songs: MakeSongs,
) -> None:
    songs = make_songs(tempo=[60, 61, 63])

    scaler = fit_encoder(songs.lazy(), KEEP_ALL, None).scaler

    assert scaler.mean[CONTINUOUS.index("tempo")] == 61.3333333
    assert scaler.sd[CONTINUOUS.index("tempo")] == 1.24721913


def test_junk_emotions_get_no_id(make_songs: MakeSongs) -> None:
    songs = make_songs(emotion=["joy", "Joy", "thirst", None])

    encoder = fit_encoder(songs.lazy(), EncodeSettings(min_emotion_songs=2), None)

    assert encoder.emotion.tokens == ("joy",)


def test_a_later_fit_keeps_the_ids_of_the_one_before(make_songs: MakeSongs) -> None:
    before = fit_encoder(make_songs(artists=[["Abba"], ["Cher"]]).lazy(), KEEP_ALL, None)
    songs = make_songs(artists=[["Zappa"], ["Zappa"], ["Cher"]])

    features = fit_encoder(songs.lazy(), KEEP_ALL, before).encode(songs.lazy()).collect()

    assert features["artist_id"].to_list() == [3, 3, 2]


@pytest.mark.parametrize("minimum", [0, -1])
def test_a_minimum_below_one_is_refused(minimum: int) -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        EncodeSettings(min_artist_songs=minimum)
