import numpy as np
import pytest

import models.evaluation.bootstrap
from models.evaluation.bootstrap import mean_interval, ratio_interval
from models.picking import Floats, Integers


def queries(artists: int, songs: int, seed: int = 0) -> tuple[Floats, Integers]:
    """Values that all songs of an artist share, and their artists."""
    of_artist = np.random.default_rng(seed).random(artists)
    return np.repeat(of_artist, songs).astype(np.float32), np.repeat(np.arange(artists), songs)


def test_the_interval_holds_the_mean_and_is_as_wide_as_theory_has_it() -> None:
    """The mean of 400 artists that are uniform on 0 to 1 has a standard error of .2887 / 20."""
    values, artists = queries(400, 1)

    found = mean_interval(values, artists, 1_000, seed=1)

    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert found.low < found.value < found.high


def test_more_songs_of_the_same_artists_make_no_surer() -> None:
    few, many = (mean_interval(*queries(100, songs), 1_000, seed=1) for songs in (1, 20))

    assert many == pytest.approx(few, abs=1e-6)


def test_values_that_are_not_known_are_left_out() -> None:
    values, artists = queries(50, 2)
    with_gaps = np.append(values, [np.nan] * 3).astype(np.float32)

    found = mean_interval(with_gaps, np.append(artists, [1, 2, 90]), 200, seed=0)

    assert found == mean_interval(values, artists, 200, seed=0)


def test_nothing_known_has_no_interval() -> None:
    nothing = np.full(3, np.nan, np.float32)

    assert np.isnan(mean_interval(nothing, np.arange(3), 100, seed=0)).all()
    assert np.isnan(ratio_interval(nothing, nothing, np.arange(3), 100, seed=0)).all()
    assert np.isnan(ratio_interval(nothing, np.zeros(3, np.float32), np.arange(3), 100, 0)).all()


def test_the_ratio_of_a_space_and_itself_is_surely_one() -> None:
    values, artists = queries(100, 3)

    assert ratio_interval(values, values, artists, 300, seed=0) == pytest.approx((1, 1, 1))


def test_pairing_sees_a_small_difference_that_two_intervals_would_hide() -> None:
    values, artists = queries(100, 3)
    noise = np.random.default_rng(5).normal(0, 0.01, len(values))

    better = (values * 1.05 + noise).astype(np.float32)
    ratio = ratio_interval(better, values, artists, 1_000, seed=0)

    assert 1.04 < ratio.low < ratio.value < ratio.high < 1.06
    one, other = (mean_interval(each, artists, 1_000, seed=0) for each in (better, values))
    assert one.low < other.high


def test_a_query_that_one_space_cannot_answer_counts_for_neither() -> None:
    candidate = np.array([0.4, np.nan, 0.6], np.float32)
    live = np.array([0.2, 0.9, 0.3], np.float32)

    assert ratio_interval(candidate, live, np.arange(3), 100, seed=0).value == pytest.approx(2)


def test_little_memory_gives_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    values, artists = queries(100, 3)
    at_once = mean_interval(values, artists, 300, seed=0)
    monkeypatch.setattr(models.evaluation.bootstrap, "DRAWN_AT_ONCE", 1_000)

    assert mean_interval(values, artists, 300, seed=0) == pytest.approx(at_once)
