"""Every field has bounds: what lies on one is answered, what lies beyond it is refused by the field's name."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.songspace.web.serving import Server
from tests.songspace.web.telling import problem_in
from tests.songspace.web.test_original_form import MEDITATION, PERCENTS, SWITCHES

Sent = tuple[str, Any]

LISTS: Final[list[tuple[str, Any, Any]]] = [
    ("n", 1, 0),
    ("n", 100, 101),
    ("per_artist", 1, 0),
    ("per_artist", 100, 101),
    ("diversity", 0, -0.01),
    ("diversity", 0.99, 1),
    ("genres", ["g"] * 20, ["g"] * 21),
    ("genres", ["g" * 200], ["g" * 201]),
    ("genres", ["g"], [""]),
    ("emotions", ["e"] * 20, ["e"] * 21),
    ("emotions", ["e" * 200], ["e" * 201]),
    ("good_for", ["party"] * 8, ["party"] * 9),
    ("year_from", 0, -1),
    ("year_from", 2100, 2101),
    ("year_to", 0, -1),
    ("year_to", 2100, 2101),
    ("popularity_from", 0, -1),
    ("popularity_from", 100, 101),
    ("popularity_to", 0, -1),
    ("popularity_to", 100, 101),
]
"""A field, a value on its bound, a value beyond."""

TASTES: Final[list[tuple[str, Any, Any]]] = [
    ("tempo", 0, -0.1),
    ("tempo", 300, 300.1),
    *((name, 0, -0.1) for name in PERCENTS),
    *((name, 100, 100.1) for name in PERCENTS),
    *((name, 0, -1) for name in SWITCHES),
    *((name, 1, 2) for name in SWITCHES),
    (MEDITATION, 0, -1),
    (MEDITATION, 2, 3),
    *((name, "x" * 200, "x" * 201) for name in ("artist", "genre", "emotion")),
]

BEYOND_ALL: Final = 10**400

WRONG: Final[list[Sent]] = [
    ("tempo", "fast"),
    ("tempo", "120"),
    ("tempo", True),
    ("tempo", [120]),
    ("tempo", {"bpm": 120}),
    ("tempo", BEYOND_ALL),
    ("energy", ""),
    ("energy", -BEYOND_ALL),
    ("good_for_party", "perhaps"),
    ("good_for_party", 0.5),
    ("good_for_party", "1"),
    ("good_for_party", BEYOND_ALL),
    (MEDITATION, []),
    ("artist", 5),
    ("artist", ["Ann 1"]),
    ("genre", True),
    ("emotion", {}),
    ("n", None),
    ("n", True),
    ("n", "5"),
    ("n", 1.5),
    ("n", "many"),
    ("n", BEYOND_ALL),
    ("per_artist", "few"),
    ("diversity", "much"),
    ("genres", "pop"),
    ("genres", [5]),
    ("emotions", None),
    ("good_for", "party"),
    ("year_from", "1970-01-01"),
    ("popularity_to", BEYOND_ALL),
    ("explicit", "rather not"),
    ("explicit", 1),
    ("places", None),
    ("places", 2),
]
"""Values of another kind than the field's."""


def named(problem: dict[str, Any]) -> set[str]:
    """The fields that a problem names."""
    assert all(one.keys() == {"field", "message"} for one in problem["errors"])
    return {one["field"] for one in problem["errors"]}


@pytest.mark.parametrize(("field", "on_it", "beyond"), [*TASTES, *LISTS])
def test_a_bound_of_a_taste_is_where_it_is_said_to_be(
    server: Server, field: str, on_it: Any, beyond: Any
) -> None:
    allowed = server.post("/recommend", {field: on_it})
    refused = server.post("/recommend", {field: beyond})

    assert allowed.status_code == 200, allowed.text
    problem = problem_in(refused, 422)
    assert {name.split(".")[1] for name in named(problem)} == {field}
    assert field in problem["detail"]


@pytest.mark.parametrize(("field", "on_it", "beyond"), LISTS)
def test_a_bound_of_a_list_of_similar_songs_is_the_same(
    server: Server, a_song: str, field: str, on_it: Any, beyond: Any
) -> None:
    allowed = server.get(f"/songs/{a_song}/similar", params={field: on_it})
    refused = server.get(f"/songs/{a_song}/similar", params={field: beyond})

    assert allowed.status_code == 200, allowed.text
    assert {name.split(".")[1] for name in named(problem_in(refused, 422))} == {field}


@pytest.mark.parametrize(
    ("field", "most"), [("likes", 20), ("dislikes", 20)], ids=["likes", "dislikes"]
)
def test_a_blend_is_of_so_many_songs_at_most(
    server: Server, some_songs: list[str], field: str, most: int
) -> None:
    body = {"likes": some_songs[:2]}

    allowed = server.post("/blend", {**body, field: some_songs[5 : 5 + most]})
    refused = server.post("/blend", {**body, field: some_songs[5 : 6 + most]})

    assert allowed.status_code == 200, allowed.text
    assert named(problem_in(refused, 422)) == {f"body.{field}"}


@pytest.mark.parametrize("likes", [[], None, "5", [5], ["five"], ["1" * 20], ["٣"], ["5\n"]])
def test_what_is_liked_must_be_songs(server: Server, likes: Any) -> None:
    answer = server.post("/blend", {"likes": likes})

    assert {name.split(".")[1] for name in named(problem_in(answer, 422))} == {"likes"}


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_value_of_another_kind_is_refused(server: Server, field: str, value: Any) -> None:
    problem = problem_in(server.post("/recommend", {field: value}), 422)

    assert {name.split(".")[1] for name in named(problem)} == {field}


@pytest.mark.parametrize(("field", "whole"), [("n", 7), ("year_from", 1990), ("good_for_party", 1)])
def test_a_whole_number_may_be_written_with_a_point(server: Server, field: str, whole: int) -> None:
    with_point = server.post("/recommend", {field: float(whole)})

    assert with_point.request.content == f'{{"{field}":{whole}.0}}'.encode()
    assert with_point.json() == server.post("/recommend", {field: whole}).json()


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/songs", "q"),
        (f"/songs?q={'x' * 201}", "q"),
        ("/songs?q=x&limit=0", "limit"),
        ("/songs?q=x&limit=51", "limit"),
        ("/songs?q=x&limit=few", "limit"),
        ("/path?start=1", "end"),
        ("/path?end=1", "start"),
        ("/path?start=1&end=x", "end"),
        ("/path?start=1&end=2&steps=0", "steps"),
        ("/path?start=1&end=2&steps=51", "steps"),
        ("/path?start=1&end=2&places=2", "places"),
        ("/songs/abc", "song_id"),
        ("/songs/%00", "song_id"),
        ("/songs/1e3/similar", "song_id"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused(server: Server, path: str, field: str) -> None:
    problem = problem_in(server.get(path), 422)

    assert {name.split(".")[1] for name in named(problem)} == {field}


@pytest.mark.parametrize("path", ["/recommend", "/blend"])
def test_a_field_that_nobody_knows_is_refused(
    server: Server, some_songs: list[str], path: str
) -> None:
    body = {"likes": some_songs[:1]} if path == "/blend" else {}

    problem = problem_in(server.post(path, {**body, "tempi": 120}), 422)

    assert named(problem) == {"body.tempi"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"year_from": 1990, "year_to": 1980}, "Received: 1990 to 1980"),
        ({"popularity_from": 60, "popularity_to": 50}, "Received: 60 to 50"),
        ({"good_for": ["sleeping"]}, "Received: ['sleeping']"),
    ],
)
def test_conditions_that_contradict_themselves_are_refused(
    server: Server, body: dict[str, Any], said: str
) -> None:
    assert said in problem_in(server.post("/recommend", body), 422)["detail"]


def test_a_flood_of_errors_is_not_repeated_whole(server: Server) -> None:
    answer = server.post("/recommend", {f"field {number}": 0 for number in range(2000)})

    assert len(problem_in(answer, 422)["errors"]) == 20
