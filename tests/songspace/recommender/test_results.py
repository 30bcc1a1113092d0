"""What a recommender answers."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from songspace import Filters, Recommendations, Recommender
from songspace.recommender import Agreement, Reason, Recommendation, Song
from songspace.recommender.results import FRAME

WATERLOO = Song(
    7, "Abba", ("Abba",), "Waterloo", "Waterloo", "pop,disco", ("pop", "disco"), "joy", 168,
    date(1974, 3, 4), 81, False,
)  # fmt: skip
BLANK = Song(-1, "X", (), None, None, None, (), None, None, None, None, None)

SOUND = Reason(
    "sound", 0.614, (), (Agreement("tempo", 148, 147, 0.01), Agreement("good_for_party", 1, 1, 0.2))
)
GENRE = Reason("genre", 0.386, ("pop", "disco"))


def test_a_frame_has_a_row_a_recommendation() -> None:
    found = Recommendations(
        (
            Recommendation(WATERLOO, 0.98, 99.5, (SOUND, GENRE), near=BLANK),
            Recommendation(BLANK, 0.5, 60.0, ()),
        )
    )

    frame = found.to_frame()

    assert frame.schema == FRAME
    assert frame.row(0, named=True) == {
        "rank": 1,
        "cosine": 0.98,
        "percentile": 99.5,
        "why": "sound 61% (tempo 147, good for party 1); genre 39% (pop, disco)",
        "song_id": 7,
        "artist": "Abba",
        "artists": ["Abba"],
        "song": "Waterloo",
        "album": "Waterloo",
        "genre": "pop,disco",
        "genres": ["pop", "disco"],
        "emotion": "joy",
        "length_s": 168,
        "release_date": date(1974, 3, 4),
        "popularity": 81,
        "explicit": False,
    }
    assert frame.row(1)[:6] == (2, 0.5, 60.0, "", -1, "X")


def test_a_list_of_nothing_is_a_frame_with_the_same_columns() -> None:
    frame = Recommendations(()).to_frame()

    assert frame.schema == FRAME
    assert len(frame) == 0


def test_lists_of_a_recommender_are_frames_of_one_kind(recommender: Recommender) -> None:
    some = recommender.similar("Abba - Dark River").to_frame()
    none = recommender.similar("Abba - Dark River", filters=Filters(genres=["zydeco"])).to_frame()

    assert some.schema == none.schema == FRAME
    assert len(pl.concat([some, none])) == 10


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("mood", 0.295, ("joy",)), "mood 30% (joy)"),
        (Reason("artist", 1.0), "artist 100%"),
        (SOUND, "sound 61% (tempo 147, good for party 1)"),
        (Reason("sound", 0.0, (), (Agreement("energy", 70.5, 70, 0.1),)), "sound 0% (energy 70)"),
    ],
)
def test_a_reason_reads_as_a_few_words(reason: Reason, words: str) -> None:
    assert str(reason) == words


def test_a_list_is_a_sequence() -> None:
    one, other = (
        Recommendation(WATERLOO, 0.98, 99.5, (GENRE,)),
        Recommendation(BLANK, 0.5, 60.0, ()),
    )
    found = Recommendations((one, other))

    assert [*found] == [one, other]
    assert found[-1] is other
    assert [*found[:1]] == [one]
    assert len(found) == 2
    assert other in found


def test_a_song_is_called_by_its_artist_and_its_title() -> None:
    assert WATERLOO.name == "Abba - Waterloo"
