from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from models.encoder import Encoder, EncodeSettings, fit_encoder
from songspace.schemas import CONTINUOUS, FEATURES

MakeSongs = Callable[..., pl.DataFrame]

KEEP_ALL = EncodeSettings(min_artist_songs=1, min_genre_songs=1, min_emotion_songs=1)


def test_features_follow_their_schema_row_by_row(make_songs: MakeSongs) -> None:
    songs = make_songs(song_id=[7, 3, 5])

    features = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()

    assert features.schema == FEATURES
    assert features["song_id"].to_list() == [7, 3, 5]


def test_continuous_features_are_standardised_and_unknown_ones_stay_null(
    make_songs: MakeSongs,
) -> None:
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


def test_meditation_counts_both_of_its_switches(make_songs: MakeSongs) -> None:
    songs = make_songs(
        good_for_relaxation_meditation=[False, True, True],
        good_for_yoga_stretching=[False, False, True],
    )

    features = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()

    assert features["good_for_meditation_stretching"].to_list() == [0, 1, 2]


def test_a_song_is_filed_under_its_first_artist_and_keeps_all_its_genres(
    make_songs: MakeSongs,
) -> None:
    songs = make_songs(
        artists=[["Abba", "Cher"], ["ABBA"], ["Cher"]], genres=[["pop", "disco"], ["pop"], []]
    )

    features = fit_encoder(songs.lazy(), KEEP_ALL, None).encode(songs.lazy()).collect()

    assert features["artist_id"].to_list() == [1, 1, 2]
    assert features["genre_ids"].to_list() == [[1, 2], [1], []]


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


def test_junk_emotions_are_unknown_and_case_does_not_matter(make_songs: MakeSongs) -> None:
    songs = make_songs(emotion=["joy", "Joy", "thirst", None])

    settings = EncodeSettings(min_emotion_songs=2)
    features = fit_encoder(songs.lazy(), settings, None).encode(songs.lazy()).collect()

    assert features["emotion_id"].to_list() == [1, 1, 0, 0]


def test_a_later_fit_keeps_the_ids_of_the_one_before(make_songs: MakeSongs) -> None:
    before = fit_encoder(make_songs(artists=[["Abba"], ["Cher"]]).lazy(), KEEP_ALL, None)
    songs = make_songs(artists=[["Zappa"], ["Zappa"], ["Cher"]])

    features = fit_encoder(songs.lazy(), KEEP_ALL, before).encode(songs.lazy()).collect()

    assert features["artist_id"].to_list() == [3, 3, 2]


def test_a_saved_encoder_is_the_same_when_loaded(make_songs: MakeSongs, tmp_path: Path) -> None:
    songs = make_songs(artists=[["Abba"], ["Sigur Rós"]], tempo=[90, 125])
    encoder = fit_encoder(songs.lazy(), KEEP_ALL, None)

    encoder.save(tmp_path)

    assert Encoder.load(tmp_path) == encoder


@pytest.mark.parametrize("minimum", [0, -1])
def test_a_minimum_below_one_is_refused(minimum: int) -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        EncodeSettings(min_artist_songs=minimum)
