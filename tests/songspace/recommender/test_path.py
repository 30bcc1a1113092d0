"""Songs that lead from one to another."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from songspace import Choice, Filters, NotFound, Recommender
from songspace.errors import Unanswerable
from songspace.inputs import Floats
from songspace.recommender.recommender import arc
from tests.songspace.recommender.by_hand import best_rows

ENDS = ((3, 200), (90, 10), (374, 31))


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("steps", [1, 8, 30])
def test_each_song_is_the_nearest_to_its_point_on_the_arc_that_is_not_there_yet(
    recommender: Recommender,
    songs: pl.DataFrame,
    latents: Floats,
    ends: tuple[int, int],
    steps: int,
) -> None:
    ids = songs["song_id"]

    found = recommender.path(ids[ends[0]], ids[ends[1]], steps)

    way: list[int] = []
    for point in arc(latents[ends[0]], latents[ends[1]], steps):
        way += best_rows(songs, latents @ point, Choice(1, 2), ends, above=way)
    assert [item.song.song_id for item in found] == ids.gather(way).to_list()


def test_a_path_holds_so_many_songs_once_each_and_neither_end(recommender: Recommender) -> None:
    found = recommender.path("Abba - Dark Train", "Zaz - Golden Moon", steps=24, per_artist=None)

    names = {item.song.name for item in found}
    assert len(names) == len(found) == 24
    assert names.isdisjoint({"Abba - Dark Train", "Zaz - Golden Moon", "Zaz - Golden Moon - Live"})


@pytest.mark.parametrize("per_artist", [1, 2])
def test_an_artist_has_so_many_songs_on_the_way(recommender: Recommender, per_artist: int) -> None:
    found = recommender.path("Abba - Dark Train", "Zaz - Golden Moon", 13, per_artist)

    artists = [item.song.artists[0] for item in found]
    assert max(map(artists.count, artists)) == per_artist
    assert len(found) == 13


def test_each_song_is_compared_with_the_one_before_it(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats
) -> None:
    places = dict(zip(songs["song_id"].to_list(), latents, strict=True))

    found = recommender.path(songs["song_id"][3], songs["song_id"][200])

    before = [songs["song_id"][3], *(item.song.song_id for item in found[:-1])]
    assert [item.near.song_id for item in found if item.near] == before
    assert [item.cosine for item in found] == pytest.approx(
        [places[one] @ places[item.song.song_id] for one, item in zip(before, found, strict=True)],
        abs=1e-6,
    )


def test_a_path_gets_shorter_where_the_conditions_leave_fewer_songs(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    polka = songs.filter(pl.col("genres").list.contains("polka"))
    assert 3 <= len(polka) <= 30

    found = recommender.path(
        songs["song_id"][0], songs["song_id"][1], 40, None, Filters(genres=["polka"])
    )

    assert sorted(item.song.song_id for item in found) == sorted(polka["song_id"])


def test_points_lie_evenly_on_the_arc_from_one_end_to_the_other(latents: Floats) -> None:
    start, end = latents[3], latents[200]

    points = arc(start, end, 5)

    whole = np.arccos(start @ end)
    assert np.linalg.norm(points, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.arccos(points @ start) == pytest.approx(whole * np.arange(1, 6) / 6, abs=1e-3)
    assert np.arccos(points @ end) == pytest.approx(whole * np.arange(5, 0, -1) / 6, abs=1e-3)


def test_between_two_songs_at_right_angles_the_middle_is_half_of_both() -> None:
    middle = arc(np.eye(20, dtype=np.float32)[0], np.eye(20, dtype=np.float32)[1], 1)

    assert middle[0, :2].tolist() == pytest.approx([np.sqrt(0.5)] * 2)
    assert middle[0, 2:].tolist() == [0] * 18


def test_between_opposite_songs_a_way_round_is_taken(latents: Floats) -> None:
    points = arc(latents[3], -latents[3], 3)

    assert np.linalg.norm(points, axis=1) == pytest.approx(1, abs=1e-5)
    assert points @ latents[3] == pytest.approx(np.sqrt([0.5, 0, 0.5]) * [1, 0, -1], abs=1e-5)


def test_between_songs_at_one_place_all_points_are_there(latents: Floats) -> None:
    assert arc(latents[3], latents[3], 3) == pytest.approx(np.tile(latents[3], (3, 1)), abs=1e-5)


def test_there_is_no_way_from_a_song_to_itself(recommender: Recommender) -> None:
    with pytest.raises(Unanswerable, match="Received one song twice"):
        recommender.path("Abba - Dark Train", "ABBA - dark train")


@pytest.mark.parametrize("steps", [0, 51, -1])
def test_a_number_of_steps_out_of_range_is_refused(recommender: Recommender, steps: int) -> None:
    with pytest.raises(ValueError, match=f"Expected 1 to 50 steps. Received: {steps}"):
        recommender.path("Abba - Dark Train", "Zaz - Golden Moon", steps)


def test_an_end_that_is_not_there_is_told(recommender: Recommender) -> None:
    with pytest.raises(NotFound, match="Did you mean: Zaz - Golden Moon"):
        recommender.path("Abba - Dark Train", "Zazz - Golden Moon")
