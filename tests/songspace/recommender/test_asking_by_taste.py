"""Songs after a taste."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from songspace import Choice, Filters, Recommender, Taste
from songspace.inputs import Floats
from tests.songspace.recommender.by_hand import best_rows
from tests.songspace.recommender.small_catalogue import RARE_ARTIST

TASTES: tuple[Taste, ...] = (
    {},
    {"energy": 0.0},
    {"energy": 100.0, "tempo": 180, "good_for_party": True},
    {"genre": "jazz,pop", "emotion": "sadness"},
    {"artist": "Nina Simone", "acousticness": 90, "good_for_party": False},
)


@pytest.mark.parametrize("taste", TASTES)
def test_lists_are_what_comparing_with_every_song_gives(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats, taste: Taste
) -> None:
    found = recommender.taste(Choice(20), **taste)

    cosines = latents @ recommender.place(taste)
    best = best_rows(songs, cosines, Choice(20), asked=[])
    assert [item.song.song_id for item in found] == songs["song_id"].gather(best).to_list()
    assert [item.cosine for item in found] == pytest.approx(cosines[best], abs=1e-6)
    assert all(item.near is None for item in found)
    assert bool(found.notes) == (not taste)


def test_a_taste_of_nothing_is_answered_and_told_of(recommender: Recommender) -> None:
    found = recommender.taste(Choice(5), energy=None, genre=" , ")

    assert len(found) == 5
    assert len(found.notes) == 1
    assert "Nothing is known" in found.notes[0]


@pytest.mark.parametrize("tempo", [np.int64(120), np.float32(120), 120])
def test_numbers_of_numpy_are_numbers(recommender: Recommender, tempo: float) -> None:
    assert recommender.taste(tempo=tempo) == recommender.taste(tempo=120.0)


def test_nought_is_not_unknown(recommender: Recommender) -> None:
    nothing = recommender.taste()

    assert recommender.taste(energy=0.0) != nothing
    assert recommender.taste(energy=None) == nothing
    assert recommender.taste(good_for_party=False) != nothing
    assert recommender.taste(good_for_party=None, artist=None, genre=None) == nothing


def test_all_that_is_known_of_a_song_is_a_taste_that_finds_it(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    song = songs.row(5, named=True)
    names = {"artist": song["artist"], "genre": song["genre"], "emotion": song["emotion"]}
    numbers = {
        name: song[name] for name in Taste.__annotations__ if name in song and name not in names
    }
    switches = (song["good_for_relaxation_meditation"], song["good_for_yoga_stretching"])
    assert None not in switches

    found = recommender.taste(
        **names,
        **numbers,
        good_for_meditation_stretching=sum(switches),
    )

    assert found[0].song.song_id == song["song_id"]
    assert found[0].cosine == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("taste", "note"),
    [
        (
            {"artist": "Beyonse"},
            "There is no artist 'Beyonse' here; it was left unknown. Did you mean: Beyoncé?",
        ),
        (
            {"genre": "pop,discoo"},
            "There is no genre 'discoo' here; it was left unknown. Did you mean: disco?",
        ),
        (
            {"emotion": "Sadnes"},
            "There is no emotion 'Sadnes' here; it was left unknown. Did you mean: sadness?",
        ),
        ({"genre": "0987"}, "There is no genre '0987' here; it was left unknown."),
        (
            {"artist": RARE_ARTIST.lower()},
            f"{RARE_ARTIST} has too few songs here for the space to know the artist, "
            "which was left unknown: ask for songs like one of theirs.",
        ),
    ],
)
def test_a_name_that_is_not_known_is_noted_with_what_was_meant(
    recommender: Recommender, taste: Taste, note: str
) -> None:
    found = recommender.taste(**taste)

    assert found.notes == (note,)
    assert len(found) == 10


def test_a_name_that_is_not_known_changes_nothing(recommender: Recommender) -> None:
    with_name = recommender.taste(energy=80, artist="Beyonse")

    assert with_name.items == recommender.taste(energy=80).items


def test_every_name_that_is_not_known_has_a_note(recommender: Recommender) -> None:
    found = recommender.taste(
        filters=Filters(genres=["zydeco"]), artist="Qqq", genre="jazz,xxx,yyy", emotion="zzz"
    )

    names = ("'Qqq'", "'xxx'", "'yyy'", "'zzz'", "'zydeco'")
    assert len(found.notes) == len(names)
    assert all(name in note for name, note in zip(names, found.notes, strict=True))


@pytest.mark.parametrize("name", ["beyonce", "BEYONCÉ", " Beyoncé "])
def test_an_artist_is_heeded_whatever_case_and_accents(recommender: Recommender, name: str) -> None:
    found = recommender.taste(artist=name)

    assert found.notes == ()
    assert np.array_equal(
        recommender.place({"artist": name}), recommender.place({"artist": "Beyoncé"})
    )
    assert not np.array_equal(recommender.place({"artist": name}), recommender.place({}))


def test_a_number_out_of_its_range_is_refused(recommender: Recommender) -> None:
    with pytest.raises(ValueError, match=r"Expected energy from 0 to 100\. Received: 101"):
        recommender.taste(energy=101)


def test_a_place_has_length_one(recommender: Recommender) -> None:
    for taste in TASTES:
        assert np.linalg.norm(recommender.place(taste)) == pytest.approx(1, abs=1e-6)
