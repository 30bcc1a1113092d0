"""What comes over HTTP is what the library answers to the same question."""

from __future__ import annotations

from typing import Any, Final

import pytest

from songspace.recommender import Choice, Filters, Recommendations, Recommender
from tests.songspace.web.serving import Server

Question = tuple[dict[str, Any], Choice, Filters]

QUESTIONS: Final[dict[str, Question]] = {
    "plain": ({}, Choice(20), Filters()),
    "short": ({"n": 3}, Choice(3), Filters()),
    "many of one artist": (
        {"n": 50, "per_artist": None},
        Choice(50, per_artist=None),
        Filters(),
    ),
    "mixed": ({"n": 8, "diversity": 0.6}, Choice(8, diversity=0.6), Filters()),
    "of genres and emotions": (
        {"genres": ["Jazz", "hip hop"], "emotions": ["joy", "LOVE"]},
        Choice(20),
        Filters(genres=["jazz", "hip hop"], emotions=["joy", "love"]),
    ),
    "of years": ({"year_from": 1970, "year_to": 1985}, Choice(20), Filters(years=(1970, 1985))),
    "popular": (
        {"popularity_from": 60, "popularity_to": 80},
        Choice(20),
        Filters(popularity=(60, 80)),
    ),
    "clean": ({"explicit": False}, Choice(20), Filters(explicit=False)),
    "for a party": (
        {"good_for": ["party", "meditation_stretching"]},
        Choice(20),
        Filters(good_for=["party", "meditation_stretching"]),
    ),
    "all at once": (
        {
            "n": 9,
            "per_artist": 1,
            "genres": ["pop", "rock"],
            "year_from": 1965,
            "popularity_to": 95,
            "explicit": False,
            "good_for": ["driving"],
        },
        Choice(9, per_artist=1),
        Filters(
            genres=["pop", "rock"],
            years=(1965, None),
            popularity=(None, 95),
            explicit=False,
            good_for=["driving"],
        ),
    ),
    "of a genre that is not there": ({"genres": ["polka"]}, Choice(20), Filters(genres=["polka"])),
}

every_question = pytest.mark.parametrize(
    ("given", "choice", "filters"), QUESTIONS.values(), ids=QUESTIONS.keys()
)


@pytest.fixture(scope="session")
def ids(recommender: Recommender) -> list[int]:
    """The song_ids of the release."""
    found: list[int] = recommender.catalogue.shown["song_id"].to_list()
    return found


def assert_same(answer: Any, expected: Recommendations) -> None:
    """The same songs in the same order, as near, for the same reasons."""
    items = answer["data"]
    assert [item["song"]["song_id"] for item in items] == [
        str(one.song.song_id) for one in expected
    ]
    assert [item["score"] for item in items] == pytest.approx(
        [one.cosine for one in expected], abs=2e-6
    )
    assert [item["percentile"] for item in items] == pytest.approx(
        [one.percentile for one in expected], abs=0.05
    )
    assert [[why["kind"] for why in item["reasons"]] for item in items] == [
        [why.kind for why in one.reasons] for one in expected
    ]
    assert [item["near"] for item in items] == [
        None if one.near is None else str(one.near.song_id) for one in expected
    ]
    assert answer["notes"] == list(expected.notes)


@every_question
def test_a_taste_finds_what_the_library_finds(
    server: Server, recommender: Recommender, given: Any, choice: Choice, filters: Filters
) -> None:
    expected = recommender.taste(choice, filters, tempo=90, energy=20.5, genre="jazz,folk")

    answer = server.post("/recommend", {"tempo": 90, "energy": 20.5, "genre": "jazz,folk", **given})

    assert_same(answer.json(), expected)


@every_question
def test_a_blend_finds_what_the_library_finds(
    server: Server,
    recommender: Recommender,
    ids: list[int],
    given: Any,
    choice: Choice,
    filters: Filters,
) -> None:
    likes, dislikes = ids[40:43], ids[50:51]
    expected = recommender.blend(likes, dislikes, choice, filters)

    body = {"likes": [str(one) for one in likes], "dislikes": [str(one) for one in dislikes]}
    answer = server.post("/blend", {**body, **given})

    assert_same(answer.json(), expected)


@pytest.mark.parametrize(
    "name", sorted(QUESTIONS.keys() - {"many of one artist"})
)  # a query has no null
def test_songs_like_one_are_those_that_the_library_finds(
    server: Server,
    recommender: Recommender,
    ids: list[int],
    name: str,
) -> None:
    given, choice, filters = QUESTIONS[name]
    expected = recommender.similar(ids[0], choice, filters)

    answer = server.get(f"/songs/{ids[0]}/similar", params=given)

    assert_same(answer.json(), expected)


@pytest.mark.parametrize("steps", [1, 8, 50])
def test_a_path_is_the_one_that_the_library_finds(
    server: Server, recommender: Recommender, ids: list[int], steps: int
) -> None:
    expected = recommender.path(ids[1], ids[2], steps)

    answer = server.get("/path", params={"start": ids[1], "end": ids[2], "steps": steps})

    assert len(expected) == steps
    assert_same(answer.json(), expected)


def test_a_song_s_page_tells_all_that_the_library_knows(
    server: Server, recommender: Recommender, ids: list[int]
) -> None:
    for row in range(10):
        song, numbers = recommender.song(row), recommender.profile(row).numbers

        page = server.get(f"/songs/{ids[row]}").json()

        assert page["song"]["song"] == song.song
        assert page["song"]["artists"] == list(song.artists)
        assert page["song"]["explicit"] is song.explicit
        known = [None if number != number else int(number) for number in numbers.tolist()]
        assert list(page["features"].values()) == known


def test_places_on_the_map_come_only_if_they_are_asked_for(
    server: Server, recommender: Recommender, ids: list[int]
) -> None:
    without = server.get(f"/songs/{ids[0]}/similar").json()

    asked = server.get(f"/songs/{ids[0]}/similar", params={"places": True}).json()

    row = recommender.row(ids[0])
    place = recommender.places.of_row(row, recommender.index.vector(row))
    assert asked["place"] == pytest.approx(place)
    assert all(len(item["place"]) == 2 for item in asked["data"])
    assert without["place"] is None
    assert all(item["place"] is None for item in without["data"])


def test_names_that_mean_harm_come_as_they_are(server: Server, ids: list[int]) -> None:
    song = server.get(f"/songs/{ids[0]}").json()["song"]

    assert song["song"] == "</script><script>alert(1)</script>"


def test_a_path_keeps_to_the_conditions_that_are_set(
    server: Server, recommender: Recommender, ids: list[int]
) -> None:
    filters = Filters(genres=["jazz", "folk"], explicit=False)
    expected = recommender.path(ids[1], ids[2], 10, per_artist=1, filters=filters)

    given = {"steps": 10, "per_artist": 1, "genres": ["jazz", "folk"], "explicit": False}
    answer = server.get("/path", params={"start": ids[1], "end": ids[2], **given})

    assert len(expected) == 10
    assert_same(answer.json(), expected)


def test_a_blend_lies_where_its_middle_does(
    server: Server, recommender: Recommender, ids: list[int]
) -> None:
    body = {"likes": [str(ids[40]), str(ids[41])], "dislikes": [str(ids[50])], "places": True}

    place = server.post("/blend", body).json()["place"]

    middle = recommender.middle([ids[40], ids[41]], [ids[50]])
    assert place == pytest.approx(recommender.places.of(middle))
