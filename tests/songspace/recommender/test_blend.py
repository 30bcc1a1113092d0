"""Songs like several, and unlike others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import songspace
from songspace import Choice, Filters, NotFound, Recommender
from songspace.errors import Unanswerable
from songspace.inputs import Floats
from songspace.recommender.recommender import unit
from tests.conftest import MakeSongs
from tests.songspace.recommender.by_hand import best_rows
from tests.songspace.recommender.small_catalogue import publish


@pytest.mark.parametrize(
    ("likes", "dislikes"),
    [([3], []), ([3, 200], []), ([3, 3, 200], []), ([3, 200], [90]), ([10, 20, 30], [40, 50])],
)
def test_lists_lie_in_the_middle_of_the_likes_and_half_as_far_away_from_the_dislikes(
    recommender: Recommender,
    songs: pl.DataFrame,
    latents: Floats,
    likes: list[int],
    dislikes: list[int],
) -> None:
    ids = songs["song_id"]

    found = recommender.blend(ids.gather(likes).to_list(), ids.gather(dislikes).to_list())

    middle = latents[likes].mean(axis=0)
    if dislikes:
        middle -= latents[dislikes].mean(axis=0) / 2
    cosines = latents @ (middle / np.linalg.norm(middle))
    best = best_rows(songs, cosines, Choice(), [*likes, *dislikes])
    assert [item.song.song_id for item in found] == ids.gather(best).to_list()
    assert [item.cosine for item in found] == pytest.approx(cosines[best], abs=1e-6)


def test_one_like_is_a_song_asked_with(recommender: Recommender) -> None:
    names = [item.song.name for item in recommender.blend(["Abba - Dark Train"], choice=Choice(30))]

    alike = recommender.similar("Abba - Dark Train", Choice(30))
    assert names == [item.song.name for item in alike]


def test_likes_and_dislikes_are_no_answer_nor_are_their_clones_and_namesakes(
    recommender: Recommender,
) -> None:
    found = recommender.blend(
        ["Abba - Dark River", "Zaz - Golden Moon"], ["Cher,Zaz - Dark River"], Choice(100, None)
    )

    assert {item.song.name for item in found}.isdisjoint(
        {
            "Abba - Dark River",
            "Band - Dark River",
            "Zaz - Golden Moon",
            "Zaz - Golden Moon - Live",
            "Cher,Zaz - Dark River",
            "Cher - Dark River",
        }
    )


def test_each_song_is_compared_with_the_nearest_of_the_likes(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats
) -> None:
    likes = [3, 200, 90]
    places = dict(zip(songs["song_id"].to_list(), latents, strict=True))

    found = recommender.blend(songs["song_id"].gather(likes).to_list(), choice=Choice(30))

    nearest = [likes[int(np.argmax(latents[likes] @ places[item.song.song_id]))] for item in found]
    assert [item.near.song_id for item in found if item.near] == (
        songs["song_id"].gather(nearest).to_list()
    )
    assert len(set(nearest)) == 3


def test_only_songs_that_meet_the_conditions_are_found(recommender: Recommender) -> None:
    found = recommender.blend(
        ["Abba - Dark River", "Zaz - Golden Moon"], filters=Filters(years=(2000, 2010))
    )

    assert len(found) == 10
    years = [item.song.release_date or date.min for item in found]
    assert date(2000, 1, 1) <= min(years) <= max(years) <= date(2010, 12, 31)


def test_nothing_that_meets_the_conditions_is_an_empty_list(recommender: Recommender) -> None:
    found = recommender.blend(["Abba - Dark River"], filters=Filters(emotions=["thirst"]))

    assert found.items == ()
    assert found.notes == ("No song has the emotion 'thirst'.",)


def test_without_likes_there_is_nothing_to_look_for(recommender: Recommender) -> None:
    with pytest.raises(ValueError, match="Expected one song at least that is liked"):
        recommender.blend([], ["Abba - Dark River"])


@pytest.mark.parametrize(("likes", "dislikes"), [([1], []), (["Zaz - Golden Moon"], ["Zaz"])])
def test_a_like_or_a_dislike_that_is_not_there_is_told(
    recommender: Recommender, likes: list[int | str], dislikes: list[int | str]
) -> None:
    with pytest.raises(NotFound):
        recommender.blend(likes, dislikes)


def test_songs_that_cancel_out_leave_no_direction(make_songs: MakeSongs, tmp_path: Path) -> None:
    opposite = np.eye(3, 20, dtype=np.float32) * np.array([[1], [1], [1]], np.float32)
    opposite[1] = -opposite[0]
    root = publish(tmp_path / "store", make_songs(tempo=[90, 120, 150]), latents=opposite)

    with songspace.open(root) as release:
        recommender = release.recommender

    with pytest.raises(Unanswerable, match="They leave no direction"):
        recommender.blend([1, 2])
    assert [item.song.song_id for item in recommender.blend([1])] == [3, 2]


def test_a_direction_has_length_one() -> None:
    assert unit(np.array([3.0, 4.0], np.float32)).tolist() == pytest.approx([0.6, 0.8])
    with pytest.raises(Unanswerable):
        unit(np.zeros(20, np.float32))


@pytest.mark.parametrize("lists", [("Abba - Dark Train", []), (["Abba - Dark Train"], "Zaz")])
def test_one_text_in_the_place_of_a_list_is_refused(
    recommender: Recommender, lists: tuple[list[str], list[str]]
) -> None:
    with pytest.raises(ValueError, match="lists of songs"):
        recommender.blend(*lists)
