"""Songs like a song."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import songspace
from songspace import Choice, Filters, NotFound, Recommender
from songspace.inputs import Floats
from tests.songspace.recommender.by_hand import best_rows
from tests.songspace.recommender.small_catalogue import HOSTILE

SAMPLE = (*range(0, 360, 23), *range(366, 377))

FILTERS = {
    "none": Filters(),
    "genres": Filters(genres=["jazz", "polka"]),
    "years": Filters(years=(1990, None), explicit=False),
    "popularity": Filters(popularity=(20, 80), emotions=["joy", "fear"], good_for=["party"]),
}


def rows_of(found: object, songs: pl.DataFrame) -> list[int]:
    """Rows of the songs of a list."""
    place = {song_id: row for row, song_id in enumerate(songs["song_id"].to_list())}
    return [place[item.song.song_id] for item in found]  # type: ignore[attr-defined]


def allowed(songs: pl.DataFrame, name: str) -> pl.Series:
    """Songs that meet the conditions of that name."""
    met = {
        "none": pl.lit(value=True).repeat_by(pl.len()).explode(),
        "genres": pl.col("genres").list.set_intersection(["jazz", "polka"]).list.len() > 0,
        "years": (pl.col("release_date").dt.year() >= 1990) & ~pl.col("explicit"),
        "popularity": pl.col("popularity").is_between(20, 80)
        & pl.col("emotion").is_in(["joy", "fear"])
        & pl.col("good_for_party"),
    }
    return songs.select(met[name].fill_null(value=False).alias("met"))["met"]


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("choice", [Choice(), Choice(3, per_artist=1), Choice(40, None)])
def test_lists_are_what_comparing_with_every_song_gives(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats, filters: str, choice: Choice
) -> None:
    met = allowed(songs, filters).to_numpy()
    for row in SAMPLE:
        found = recommender.similar(songs["song_id"][row], choice, FILTERS[filters])

        cosines = latents @ latents[row]
        best = best_rows(songs, cosines, choice, [row], met)
        assert rows_of(found, songs) == best
        assert [item.cosine for item in found] == pytest.approx(cosines[best], abs=1e-6)


def test_a_song_and_its_clone_are_no_answer_to_one_another(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    """The bands' songs are copies of others."""
    whole = Choice(100, None)

    likes_of_band = recommender.similar("Band - Dark River", whole)
    likes_of_abba = recommender.similar("Abba - Dark River", whole)

    assert songs.filter(song="Dark River", artist="Band")["clone_group"][0] == songs["song_id"][0]
    assert "Abba - Dark River" not in {item.song.name for item in likes_of_band}
    assert "Band - Dark River" not in {item.song.name for item in likes_of_abba}


def test_a_list_holds_no_version_and_no_namesake_of_the_song_asked_with(
    recommender: Recommender,
) -> None:
    whole = Choice(100, None)

    golden = {item.song.name for item in recommender.similar("Zaz - Golden Moon", whole)}
    cher = {item.song.name for item in recommender.similar("Cher,Zaz - Dark River", whole)}

    assert golden.isdisjoint({"Zaz - Golden Moon - Live", "Zaz - Golden Moon (Remix)"})
    assert "Cher - Dark River" not in cher


def test_every_song_of_a_list_tells_what_it_was_compared_with_and_how_near_that_is(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    found = recommender.similar(songs["song_id"][5])

    cosines = np.array([item.cosine for item in found], np.float32)
    assert {item.near.song_id for item in found if item.near} == {songs["song_id"][5]}
    assert all(item.near for item in found)
    assert [item.percentile for item in found] == (
        recommender.closeness.percentile(cosines).tolist()
    )


def test_a_list_shows_of_a_song_what_the_catalogue_has(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    for item in recommender.similar(songs["song_id"][5], Choice(100, None)):
        written = songs.row(by_predicate=pl.col("song_id") == item.song.song_id, named=True)
        shown = {**vars(item.song)}

        assert list(shown.pop("artists")) == written["artists"]
        assert list(shown.pop("genres")) == written["genres"]
        assert shown == {name: written[name] for name in shown}


def test_a_diverse_list_holds_songs_less_like_one_another(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats
) -> None:
    def likeness(diversity: float) -> float:
        found = recommender.similar(songs["song_id"][0], Choice(10, None, diversity))
        chosen = latents[rows_of(found, songs)]
        return float((chosen @ chosen.T).mean())

    assert likeness(0.7) < likeness(0.3) < likeness(0.0)


def test_songs_are_asked_for_by_id_or_by_name(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    by_id = recommender.similar(songs["song_id"][40])

    assert songs["artist"][40] == "Beyoncé"
    assert recommender.similar(f"BEYONCE - {songs['song'][40].upper()}") == by_id


@pytest.mark.parametrize("title", HOSTILE)
def test_strange_titles_are_found_as_they_are_written(recommender: Recommender, title: str) -> None:
    assert recommender.song(recommender.row(f"Kraftwerk - {title}")).song == title


@pytest.mark.parametrize("row", [0, 100, 376])
def test_every_id_leads_to_its_song(
    recommender: Recommender, songs: pl.DataFrame, row: int
) -> None:
    assert recommender.row(songs["song_id"][row]) == row


@pytest.mark.parametrize("song_id", [0, -1, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**30])
def test_an_id_that_no_song_has_is_not_found(recommender: Recommender, song_id: int) -> None:
    with pytest.raises(NotFound, match=f"has no song with the song_id {song_id}"):
        recommender.similar(song_id)


def test_songs_are_found_as_one_types(recommender: Recommender) -> None:
    assert [song.name for song in recommender.find("only tog")] == ["Cher,Zaz - Only Together"]
    assert len(recommender.find("dark", limit=7)) == 7
    assert len(recommender) == 377


def test_a_recommender_that_is_let_go_of_is_gone_at_once(root: Path) -> None:
    """A server would otherwise hold every release that was ever live."""
    with songspace.open(root) as release:
        recommender = Recommender(release)
    recommender.taste(filters=Filters(genres=["jazz"]), energy=50)
    there = weakref.ref(recommender)

    gc.disable()
    del recommender
    gone = there() is None
    gc.enable()

    assert gone


def test_a_number_with_a_fraction_is_no_song_id(recommender: Recommender) -> None:
    with pytest.raises(TypeError, match="float"):
        recommender.similar(1.0)  # type: ignore[arg-type]
