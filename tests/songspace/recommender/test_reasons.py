"""Why a song is near: which sides of it, and what agrees in each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from songspace import Choice, Recommendations, Recommender, Taste
from songspace.features import MEDITATION_SOURCES
from songspace.inputs import Floats
from songspace.recommender import Agreement, Reason
from songspace.recommender.reasons import LEAST_SHARE, SIDES, Explainer
from songspace.recommender.taste import Profile
from songspace.schemas import CONTINUOUS, GOOD_FOR, SONGS
from tests.songspace.recommender.small_catalogue import encoder

COLUMNS = {
    "sound": (*CONTINUOUS, *GOOD_FOR, *MEDITATION_SOURCES),
    "mood": ("emotion",),
    "genre": ("genres",),
    "artist": ("artists",),
}
"""What must be unknown for a side to be hidden."""


@pytest.fixture
def explainer(recommender: Recommender) -> Explainer:
    return Explainer(encoder(), recommender.catalogue)


@pytest.fixture
def lists(recommender: Recommender, songs: pl.DataFrame) -> list[tuple[int, Recommendations]]:
    """Rows of songs and the thirty songs like each."""
    return [
        (row, recommender.similar(songs["song_id"][row], Choice(30, None)))
        for row in (*range(0, 360, 40), 374, 376)
    ]


@pytest.mark.parametrize("row", [0, 40, 77, 301, 374])
def test_the_share_of_a_side_is_what_hiding_it_costs(
    recommender: Recommender, explainer: Explainer, songs: pl.DataFrame, latents: Floats, row: int
) -> None:
    song = songs[row]
    cosines = latents @ latents[row]
    losses = []
    for columns in COLUMNS.values():
        hidden = song.with_columns(pl.lit(None, SONGS[name]).alias(name) for name in columns)
        losses.append(np.maximum(cosines - latents @ encoder()(hidden)[0], 0))

    shares = explainer.shares(recommender.profile(row), latents)

    total = np.maximum(np.sum(losses, axis=0), 1e-9)
    assert tuple(SIDES) == tuple(COLUMNS)
    assert shares == pytest.approx(np.transpose(losses / total), abs=1e-3)


def test_shares_are_parts_of_a_whole_or_all_nought(
    recommender: Recommender, explainer: Explainer, latents: Floats
) -> None:
    sums = [explainer.shares(recommender.profile(row), latents).sum(axis=1) for row in (0, 99, 376)]

    whole = np.concatenate(sums)
    assert set(whole.round(6).tolist()) == {0.0, 1.0}


def test_where_nothing_is_known_there_is_nothing_to_tell(recommender: Recommender) -> None:
    assert [item.reasons for item in recommender.taste()] == [()] * 10


@pytest.mark.parametrize("taste", [{"emotion": "joy"}, {"energy": 90.0}, {"genre": "jazz"}])
def test_a_side_that_is_unknown_has_no_share(recommender: Recommender, taste: Taste) -> None:
    known = {"emotion": "mood", "energy": "sound", "genre": "genre"}[next(iter(taste))]

    found = recommender.taste(Choice(50), **taste)

    assert {reason.kind for item in found for reason in item.reasons} == {known}


def test_reasons_are_those_with_something_to_tell_the_weightiest_first(
    lists: list[tuple[int, Recommendations]],
) -> None:
    for _, found in lists:
        for item in found:
            shares = [reason.share for reason in item.reasons]
            assert shares == sorted(shares, reverse=True)
            assert all(
                reason.share >= LEAST_SHARE or reason.shared or reason.agreements
                for reason in item.reasons
            )


def test_all_that_is_shared_is_told(
    lists: list[tuple[int, Recommendations]], songs: pl.DataFrame
) -> None:
    told = 0
    for row, found in lists:
        asked = songs.row(row, named=True)
        for item in found:
            shared = {reason.kind: reason.shared for reason in item.reasons if reason.shared}
            tags = tuple(tag for tag in item.song.genres if tag in asked["genres"])
            artists = tuple(name for name in item.song.artists if name in asked["artists"])
            mood = {asked["emotion"], None} - {None} & {item.song.emotion}
            expected = {"genre": tags, "artist": artists, "mood": tuple(mood)}
            assert shared == {kind: names for kind, names in expected.items() if names}
            told += len(shared)
    assert told > 100


def test_what_is_shared_is_told_as_the_song_that_was_found_writes_it(
    recommender: Recommender,
) -> None:
    profile = Profile(
        recommender.profile(40).inputs,
        recommender.profile(40).numbers,
        artists=("BEYONCÉ",),
        tags=("POP", "Metal"),
        emotion="JOY",
    )
    explainer = Explainer(encoder(), recommender.catalogue)
    rows = np.arange(30, 60)

    told = explainer.reasons(
        profile,
        recommender.index.vector(rows),
        recommender.catalogue.numeric[rows],
        recommender.songs(rows),
    )

    names = {name for reasons in told for reason in reasons for name in reason.shared}
    assert names == {"Beyoncé", "pop", "metal", "joy"}


def test_an_agreement_is_as_rare_as_the_songs_that_come_as_near_are_few(
    lists: list[tuple[int, Recommendations]], songs: pl.DataFrame
) -> None:
    numbers = songs.with_columns(
        good_for_meditation_stretching=sum(songs[name].cast(pl.Int8) for name in MEDITATION_SOURCES)
    )
    for row, found in lists:
        for item in found:
            for agreement in agreements_of(item.reasons):
                column = numbers[agreement.feature].drop_nulls().cast(pl.Float64)
                mine = numbers.row(by_predicate=pl.col("song_id") == item.song.song_id, named=True)
                near = (column - agreement.asked).abs() <= abs(agreement.found - agreement.asked)

                assert agreement.asked == numbers[agreement.feature][row]
                assert agreement.found == mine[agreement.feature]
                assert agreement.rarity == round(near.sum() / len(column), 4)


def test_agreements_are_the_rarest_and_none_is_common(
    lists: list[tuple[int, Recommendations]],
) -> None:
    lengths = set()
    every: list[float] = []
    for _, found in lists:
        for item in found:
            rarities = [agreement.rarity for agreement in agreements_of(item.reasons)]
            assert rarities == sorted(rarities)
            lengths.add(len(rarities))
            every += rarities
    assert lengths == {0, 1, 2, 3, 4}
    assert 0.24 < max(every) <= 0.25


def test_a_wish_between_two_whole_numbers_is_agreed_with(recommender: Recommender) -> None:
    found = recommender.taste(Choice(20), tempo=100.5, energy=70.5)

    agreements = [one for item in found for one in agreements_of(item.reasons)]
    assert {(one.feature, one.asked) for one in agreements} == {("tempo", 100.5), ("energy", 70.5)}


def agreements_of(reasons: tuple[Reason, ...]) -> tuple[Agreement, ...]:
    """Those of the sound; no other side has any."""
    assert all(reason.kind == "sound" for reason in reasons if reason.agreements)
    return next((reason.agreements for reason in reasons if reason.agreements), ())
