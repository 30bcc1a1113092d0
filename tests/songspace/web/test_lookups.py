"""The map, the choices of a form and the search by name are what the tables of the release say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import songspace
from songspace.schemas import CONTINUOUS, NUMERIC
from tests.songspace.web.catalogue import HOSTILE, ON_THE_MAP, SONGS_MADE
from tests.songspace.web.serving import Server


@pytest.fixture(scope="session")
def songs(songs_store: Path) -> pl.DataFrame:
    """The songs of the release."""
    with songspace.open(songs_store) as release:
        return release.songs.collect()


@pytest.fixture(scope="session")
def points(songs_store: Path) -> pl.DataFrame:
    """The map of the release."""
    with songspace.open(songs_store) as release:
        return release.map.collect()


def search(server: Server, q: str, **params: Any) -> Any:
    """What is found by name."""
    answer = server.get("/songs", params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_map_has_a_place_for_every_song_that_was_drawn(
    server: Server, points: pl.DataFrame
) -> None:
    map_ = server.get("/map").json()

    assert map_["song_id"] == [str(one) for one in points["song_id"]]
    assert map_["x"] == pytest.approx(points["x"].to_list(), abs=6e-4)
    assert map_["y"] == pytest.approx(points["y"].to_list(), abs=6e-4)


def test_the_columns_of_the_map_are_equally_long(server: Server) -> None:
    map_ = server.get("/map").json()

    lengths = {name: len(map_[name]) for name in ("song_id", "x", "y", "genre", "emotion")}
    assert set(lengths.values()) == {ON_THE_MAP}


def test_the_codes_of_the_map_stand_for_names(server: Server, songs: pl.DataFrame) -> None:
    map_ = server.get("/map").json()

    drawn = songs.head(ON_THE_MAP)
    first_tags = drawn["genres"].list.first().to_list()
    assert [map_["genres"][code] for code in map_["genre"]] == first_tags
    assert [map_["emotions"][code] for code in map_["emotion"]] == [
        emotion or "other" for emotion in drawn["emotion"]
    ]


def test_a_map_that_is_known_is_not_sent_again(server: Server) -> None:
    tag = server.get("/map").headers["ETag"]

    again = server.get("/map", headers={"If-None-Match": tag})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag


def test_a_map_of_another_release_is_sent_anew(server: Server) -> None:
    answer = server.get("/map", headers={"If-None-Match": '"20200101T000000Z-00000000"'})

    assert answer.status_code == 200
    assert answer.json()["release"] in answer.headers["ETag"]


@pytest.mark.parametrize(("accepted", "packed"), [("gzip", "gzip"), ("identity", None)])
def test_the_map_is_packed_for_those_who_unpack_it(
    server: Server, accepted: str, packed: str | None
) -> None:
    answer = server.get("/map", headers={"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding") == packed
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(answer.json()["song_id"]) == ON_THE_MAP


@pytest.mark.parametrize("feature", CONTINUOUS)
def test_a_slider_reaches_as_far_as_the_songs_do(
    server: Server, songs: pl.DataFrame, feature: str
) -> None:
    told = {one["name"]: one for one in server.get("/options").json()["features"]}[feature]

    known = songs[feature].drop_nulls()
    assert (told["low"], told["high"]) == (known.min(), known.max())
    assert told["quartiles"] == pytest.approx(
        [known.quantile(share, "linear") for share in (0.25, 0.5, 0.75)]
    )
    assert told["share_on"] is None


def test_a_switch_says_how_many_songs_have_it_on(server: Server, songs: pl.DataFrame) -> None:
    told = {one["name"]: one for one in server.get("/options").json()["features"]}

    assert list(told) == list(NUMERIC)
    assert told["good_for_party"]["share_on"] == pytest.approx(songs["good_for_party"].mean())


@pytest.mark.parametrize("kind", ["genres", "emotions"])
def test_names_to_choose_come_with_the_number_of_their_songs(
    server: Server, songs: pl.DataFrame, kind: str
) -> None:
    told = server.get("/options").json()[kind]

    names = songs["genres"].explode() if kind == "genres" else songs["emotion"]
    counted = dict(names.drop_nulls().value_counts().iter_rows())
    assert {one["name"]: one["songs"] for one in told} == counted
    assert [one["songs"] for one in told] == sorted(counted.values(), reverse=True)


def test_the_form_knows_the_years_and_the_number_of_songs(
    server: Server, songs: pl.DataFrame
) -> None:
    told = server.get("/options").json()

    years = songs["release_date"].dt.year()
    assert told["years"] == [years.min(), years.max()]
    assert told["songs"] == SONGS_MADE


def test_a_song_is_found_by_the_beginnings_of_its_words(server: Server) -> None:
    found = search(server, "30 SONG numb", limit=50)["songs"]

    expected = {"Song number 30", *(f"Song number {number}" for number in range(300, 310))}
    assert {song["song"] for song in found} == expected


def test_a_song_that_is_called_just_so_comes_first(server: Server) -> None:
    assert search(server, "song number 30")["songs"][0]["song"] == "Song number 30"


def test_no_more_songs_are_found_than_were_asked_for(server: Server) -> None:
    assert len(search(server, "song")["songs"]) == 10
    assert len(search(server, "song", limit=3)["songs"]) == 3


def test_the_most_popular_of_those_found_come_first(server: Server) -> None:
    found = search(server, "song number", limit=50)["songs"]

    popularity = [song["popularity"] for song in found]
    assert popularity == sorted(popularity, reverse=True)
    assert len(set(popularity)) > 1


def test_an_artist_that_is_typed_wrongly_is_suggested(server: Server) -> None:
    found = search(server, "Anm 3")

    assert found["songs"] == []
    assert "Ann 3" in found["artists"]


@pytest.mark.parametrize("q", ["", "   ", "qqqqqqqqqqqqqqqqqq", "%", ".*", "\\", "\x00"])
def test_what_names_no_song_finds_none(server: Server, q: str) -> None:
    assert search(server, q)["songs"] == []


@pytest.mark.parametrize("title", HOSTILE)
def test_a_name_that_means_harm_is_found_as_it_is(server: Server, title: str) -> None:
    found = search(server, title, limit=50)["songs"]

    assert title in [song["song"] for song in found]
