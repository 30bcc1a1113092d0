"""The form of the original site is understood, and its answer has the shape that site read."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

import pytest

from tests.songspace.web.catalogue import UNPLACED
from tests.songspace.web.serving import Server

PERCENTS: Final = (
    "popularity",
    "energy",
    "danceability",
    "positiveness",
    "speechiness",
    "liveness",
    "acousticness",
    "instrumentalness",
)
SWITCHES: Final = (
    "good_for_party",
    "good_for_work_study",
    "good_for_exercise",
    "good_for_running",
    "good_for_driving",
    "good_for_social_gatherings",
    "good_for_morning_routine",
)
MEDITATION: Final = "good_for_meditation_stretching"

FORM: Final[dict[str, Any]] = {
    "tempo": 120,
    **dict.fromkeys(PERCENTS, 50),
    **dict.fromkeys(SWITCHES, 1),
    MEDITATION: 2,
    "artist": "Ann 1",
    "genre": "pop",
    "emotion": "joy",
    "n": 10,
}


def recommended(server: Server, body: dict[str, Any]) -> list[tuple[str, float]]:
    """The songs that are recommended, each with its score."""
    answer = server.post("/recommend", body)
    assert answer.status_code == 200, answer.text
    return [(item["song"]["song_id"], item["score"]) for item in answer.json()["data"]]


def test_the_whole_form_is_answered_with_as_many_songs_as_it_asks_for(server: Server) -> None:
    answer = server.post("/recommend", FORM).json()

    assert answer["status"] == "success"
    assert answer["message"] == "10 songs."
    assert len(answer["data"]) == 10
    assert answer["notes"] == []


@pytest.mark.parametrize(
    ("field", "ends"),
    [("tempo", (50, 200)), *((name, (0, 100)) for name in PERCENTS), (MEDITATION, (0, 2))],
)
def test_both_ends_of_a_slider_of_the_form_are_heeded(
    server: Server, field: str, ends: tuple[int, int]
) -> None:
    low, high = (recommended(server, {**FORM, field: end}) for end in ends)

    assert low != high


def test_each_song_has_the_metadata_that_the_form_shows(server: Server) -> None:
    items = server.post("/recommend", {**FORM, "n": 100}).json()["data"]

    for item in items:
        told = item["metadata"]
        assert told.keys() == {"artist", "genre", "song", "length", "album", "release_date"}
        assert told["length"] is None or re.fullmatch(r"[0-9]{2,}:[0-5][0-9]", told["length"])
        assert told["release_date"] is None or date.fromisoformat(told["release_date"])
    assert {type(item["score"]) for item in items} == {float}


def test_the_songs_come_best_first(server: Server) -> None:
    scores = [score for _, score in recommended(server, FORM)]

    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1


@pytest.mark.parametrize("field", [*SWITCHES, MEDITATION])
@pytest.mark.parametrize(("word", "number"), [(True, 1), (False, 0)])
def test_true_and_false_stand_for_one_and_nought(
    server: Server, field: str, word: bool, number: int
) -> None:
    in_words = recommended(server, {**FORM, field: word})

    assert in_words == recommended(server, {**FORM, field: number})


@pytest.mark.parametrize("field", ["tempo", *PERCENTS, *SWITCHES, MEDITATION])
def test_a_number_that_is_missing_is_unknown_and_not_nought(server: Server, field: str) -> None:
    nought = recommended(server, {**FORM, field: 0})
    null = recommended(server, {**FORM, field: None})
    absent = recommended(server, {name: value for name, value in FORM.items() if name != field})

    assert null == absent
    assert null != nought


@pytest.mark.parametrize("field", ["artist", "genre", "emotion"])
def test_a_name_that_is_null_is_as_good_as_none(server: Server, field: str) -> None:
    null = recommended(server, {**FORM, field: None})
    absent = recommended(server, {name: value for name, value in FORM.items() if name != field})

    assert null == absent
    assert null != recommended(server, FORM)


def test_an_empty_form_is_answered_too(server: Server) -> None:
    assert len(recommended(server, {})) == 20


def test_an_unknown_artist_is_left_unknown_and_those_with_such_names_are_suggested(
    server: Server,
) -> None:
    answer = server.post("/recommend", {**FORM, "artist": "Anne 1"}).json()

    (note,) = answer["notes"]
    assert note.startswith("There is no artist 'Anne 1' here; it was left unknown. Did you mean: ")
    assert "Ann 1" in note
    found = [(item["song"]["song_id"], item["score"]) for item in answer["data"]]
    assert found == recommended(server, {**FORM, "artist": None})


def test_an_artist_with_too_few_songs_is_left_unknown_and_the_answer_says_so(
    server: Server,
) -> None:
    answer = server.post("/recommend", {**FORM, "artist": UNPLACED}).json()

    (note,) = answer["notes"]
    assert note.startswith(f"{UNPLACED} has too few songs here")


def test_the_case_of_a_name_does_not_matter(server: Server) -> None:
    shouted = recommended(server, {**FORM, "artist": "ANN 1", "genre": "POP", "emotion": "Joy"})

    assert shouted == recommended(server, FORM)
