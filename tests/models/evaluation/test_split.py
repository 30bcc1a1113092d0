import numpy as np
import polars as pl
import pytest

from models.evaluation.split import artist_numbers, held_out_songs

MANY = pl.Series([f"artist {number}" for number in range(5_000)])


def test_all_songs_of_an_artist_are_on_one_side() -> None:
    twice = pl.concat([MANY, MANY.reverse()])

    held_out = held_out_songs(twice, "salt", 0.1)

    assert np.array_equal(held_out[:5_000], held_out[5_000:][::-1])


def test_the_same_artist_is_held_out_whatever_else_the_catalogue_holds() -> None:
    all_of_them = held_out_songs(MANY, "salt", 0.1)

    assert np.array_equal(held_out_songs(MANY[1_000:1_500], "salt", 0.1), all_of_them[1_000:1_500])


def test_who_is_held_out_never_changes() -> None:
    """The answer for these names is part of every comparison with an earlier release."""
    names = pl.Series(["abba", "beyoncé", "queen", "sigur rós", "the beatles", "u2"])

    held_out = names.filter(pl.Series(held_out_songs(names, "songspace", 0.5))).to_list()

    assert held_out == ["beyoncé", "queen", "the beatles", "u2"]


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_about_the_share_is_held_out_and_a_larger_share_holds_out_the_same_and_more(
    share: float,
) -> None:
    held_out = held_out_songs(MANY, "salt", share)

    assert held_out.mean() == pytest.approx(share, abs=0.02)
    assert not (held_out & ~held_out_songs(MANY, "salt", share + 0.1)).any()


def test_another_salt_holds_out_other_artists() -> None:
    one, other = held_out_songs(MANY, "one", 0.1), held_out_songs(MANY, "other", 0.1)

    assert (one & other).sum() < 0.3 * one.sum()


def test_songs_of_unknown_artists_are_never_held_out() -> None:
    held_out = held_out_songs(pl.Series(["a", None, None]), "salt", 1.0)

    assert held_out.tolist() == [True, False, False]


def test_a_catalogue_without_artists_holds_out_nobody() -> None:
    assert (
        held_out_songs(pl.Series([None, None], dtype=pl.String), "salt", 0.5).tolist()
        == [False] * 2
    )


def test_artists_get_numbers_and_the_unknown_one_nought() -> None:
    assert artist_numbers(pl.Series(["b", None, "a", "b"])).to_list() == [2, 0, 1, 2]
