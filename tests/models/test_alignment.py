"""A space that was only turned is recognised, one that says something else is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ortho_group

from models.alignment import AlignSettings, align, fit_of
from songspace.inputs import Floats

SETTINGS = AlignSettings()
DIM = 20


def unit(places: npt.NDArray[Any]) -> Floats:
    """The directions of *places*."""
    directions: Floats = (places / np.linalg.norm(places, axis=1, keepdims=True)).astype(np.float32)
    return directions


def space(songs: int = 2_000, seed: int = 0, aside: float = 0.0) -> Floats:
    """Places drawn at random, crowded *aside* to where all coordinates are alike."""
    drawn = np.random.default_rng(seed).standard_normal((songs, DIM))
    return unit(drawn + aside)


def turned(places: Floats, *, reflected: bool = False) -> Floats:
    """The same space, turned or reflected."""
    rotation = ortho_group.rvs(DIM, random_state=3)
    if (np.linalg.det(rotation) < 0) != reflected:
        rotation[:, 0] *= -1
    moved: Floats = (places @ rotation).astype(np.float32)
    return moved


@pytest.mark.parametrize("reflected", [False, True])
def test_a_turned_space_is_turned_back(reflected: bool) -> None:
    live = space()

    alignment = align(turned(live, reflected=reflected), live, SETTINGS)

    assert alignment.fit == pytest.approx(1, abs=1e-6)
    assert turned(live, reflected=reflected) @ alignment.rotation == pytest.approx(live, abs=1e-5)
    assert alignment.songs == 2_000


def test_dot_products_stay_however_bad_the_fit() -> None:
    candidate, live = space(seed=1), space(seed=2)

    rotation = align(candidate, live, SETTINGS).rotation

    moved = candidate @ rotation
    assert moved[:50] @ moved.T == pytest.approx(candidate[:50] @ candidate.T, abs=1e-6)


@pytest.mark.parametrize("aside", [0.0, 2.0])
def test_a_space_that_says_something_else_fits_like_chance(aside: float) -> None:
    """Crowded to one side, any two songs are alike: that alone makes no space another."""
    candidate, live = (space(20_000, seed, aside) for seed in (1, 2))

    alignment = align(candidate, live, SETTINGS)

    assert alignment.fit == pytest.approx(0, abs=0.02)
    cosine = np.einsum("nd,nd->n", candidate @ alignment.rotation, live).mean()
    assert (cosine > 0.7) == (aside > 0)


def test_the_fit_is_judged_by_songs_that_it_was_not_fitted_to() -> None:
    """A rotation can be bent to a hundred songs; that says nothing of the next one."""
    fits = [align(space(200, seed), space(200, seed + 50), SETTINGS).fit for seed in range(40)]

    assert np.mean([fit for fit in fits if fit is not None]) == pytest.approx(0, abs=0.02)


def test_a_space_fits_less_the_further_its_songs_moved() -> None:
    live = space()
    moved = np.random.default_rng(9).standard_normal(live.shape).astype(np.float32)

    fits = [align(unit(turned(live) + far * moved), live, SETTINGS).fit for far in (0.05, 0.1, 0.3)]

    # cosine of a place and the same moved by `far` in each of 20 dimensions: 1 / sqrt(1 + 20 far^2)
    assert fits == pytest.approx([0.976, 0.913, 0.598], abs=0.02)


def test_a_space_that_uses_few_dimensions_is_aligned_where_its_songs_are() -> None:
    live = space()
    live[:, 5:] = 0
    live = unit(live)

    alignment = align(turned(live), live, SETTINGS)

    assert alignment.fit == pytest.approx(1, abs=1e-6)
    assert alignment.rotation @ alignment.rotation.T == pytest.approx(np.eye(DIM), abs=1e-9)


def test_songs_in_one_point_are_no_space_to_go_on_with() -> None:
    point = np.tile(space(1), (500, 1))

    assert align(turned(point), point, SETTINGS).fit == 0


def test_too_few_common_songs_are_not_fitted() -> None:
    live = space(199)

    alignment = align(turned(live), live, SETTINGS)

    assert (alignment.fit, alignment.songs) == (None, 199)
    assert np.array_equal(alignment.rotation, np.eye(DIM))


def test_a_space_of_another_dimension_is_not_fitted() -> None:
    alignment = align(space(), space()[:, :16], SETTINGS)

    assert (alignment.fit, alignment.songs) == (None, 0)
    assert np.array_equal(alignment.rotation, np.eye(DIM))


def test_a_place_that_is_no_number_is_left_out() -> None:
    live = space()
    candidate = turned(live)
    candidate[::2, 7] = np.nan

    alignment = align(candidate, live, SETTINGS)

    assert alignment.fit == pytest.approx(1, abs=1e-6)
    assert alignment.songs == 1_000


def test_half_way_between_chance_and_the_same_is_half() -> None:
    """Half of the songs stay, the other half trade places: 0 is their mean cosine."""
    one = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    other = np.array([[1, 0], [-1, 0], [1, 0], [-1, 0]], np.float32)

    assert fit_of(one, other) == pytest.approx(0.5)
