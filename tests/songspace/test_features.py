"""What a row of songs becomes in numbers."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from songspace.features import FILES, FeatureEncoder, Scaler
from songspace.schemas import CONTINUOUS, FEATURES
from songspace.vocabulary import Vocabulary

MakeSongs = Callable[..., pl.DataFrame]


@pytest.fixture
def encoder() -> FeatureEncoder:
    """Knows two names of each kind; tempo is 120 on the average, give or take 20."""
    scaler = Scaler((120.0, *(50.0,) * 8), (20.0, *(10.0,) * 8))
    assert CONTINUOUS[0] == "tempo"
    return FeatureEncoder(
        artist=Vocabulary(("abba", "cher")),
        genre=Vocabulary(("pop", "disco")),
        emotion=Vocabulary(("joy", "fear")),
        scaler=scaler,
    )


def test_features_follow_their_schema_row_by_row(
    make_songs: MakeSongs, encoder: FeatureEncoder
) -> None:
    features = encoder.encode(make_songs(song_id=[7, 3, 5]).lazy()).collect()

    assert features.schema == FEATURES
    assert features["song_id"].to_list() == [7, 3, 5]


def test_continuous_features_are_standardised_and_unknown_ones_stay_null(
    make_songs: MakeSongs, encoder: FeatureEncoder
) -> None:
    features = encoder.encode(make_songs(tempo=[100, 130, None]).lazy()).collect()

    assert features["tempo"].to_list() == [-1.0, 0.5, None]


def test_meditation_counts_both_of_its_switches(
    make_songs: MakeSongs, encoder: FeatureEncoder
) -> None:
    songs = make_songs(
        good_for_relaxation_meditation=[False, True, True, None],
        good_for_yoga_stretching=[False, False, True, True],
    )

    features = encoder.encode(songs.lazy()).collect()

    assert features["good_for_meditation_stretching"].to_list() == [0, 1, 2, None]


def test_a_song_is_filed_under_its_first_artist_and_keeps_all_its_known_genres(
    make_songs: MakeSongs, encoder: FeatureEncoder
) -> None:
    songs = make_songs(
        artists=[["Abba", "Cher"], ["ABBA"], ["Cher"], [], None],
        genres=[["disco", "pop"], ["polka", "pop"], [], ["polka"], None],
    )

    features = encoder.encode(songs.lazy()).collect()

    assert features["artist_id"].to_list() == [1, 1, 2, 0, 0]
    assert features["genre_ids"].to_list() == [[2, 1], [1], [], [], []]


def test_junk_emotions_are_unknown_and_case_does_not_matter(
    make_songs: MakeSongs, encoder: FeatureEncoder
) -> None:
    songs = make_songs(emotion=["joy", " Fear", "thirst", None])

    features = encoder.encode(songs.lazy()).collect()

    assert features["emotion_id"].to_list() == [1, 2, 0, 0]


def test_a_saved_encoder_is_the_same_when_loaded(encoder: FeatureEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)

    assert FeatureEncoder.load(tmp_path) == encoder
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
