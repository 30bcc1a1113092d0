from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.map_quality import map_quality
from models.map_settings import TsneSettings
from models.tsne import embed

QUICK = TsneSettings(early_iterations=50, iterations=100)


def groups(count: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """*count* latents in four directions far apart, and the direction of each."""
    random = np.random.default_rng(seed)
    direction = np.arange(count) % 4
    centres = np.eye(4, 20) * 5
    return (centres[direction] + random.normal(0, 0.3, (count, 20))).astype(np.float32), direction


def test_songs_of_one_direction_land_together() -> None:
    latents, direction = groups(200)

    positions = embed(latents, QUICK)

    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert np.array_equal(direction[distance.argmin(axis=1)], direction)


def test_the_same_latents_give_the_same_map() -> None:
    latents, _ = groups(300)

    first, second = embed(latents, QUICK), embed(latents, QUICK)

    assert first.dtype == np.float32
    assert np.array_equal(first, second)


def test_the_fft_gradient_gives_the_same_map_twice() -> None:
    latents, _ = groups(10_500)
    few = TsneSettings(perplexity=5, early_iterations=5, iterations=5)

    assert np.array_equal(embed(latents, few), embed(latents, few))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 7, 50])
def test_few_songs_get_a_map_too(count: int) -> None:
    positions = embed(groups(count)[0], QUICK)

    assert positions.shape == (count, 2)
    assert np.isfinite(positions).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_songs_that_are_all_alike_stay_finite(value: float) -> None:
    positions = embed(np.full((120, 20), value, np.float32), QUICK)

    assert np.isfinite(positions).all()


def test_only_the_direction_of_a_latent_counts() -> None:
    latents, _ = groups(100)
    louder = latents * np.linspace(1, 9, 100, dtype=np.float32)[:, None]

    near = map_quality(latents, embed(louder, QUICK))

    assert near["trustworthiness"] == pytest.approx(
        map_quality(latents, embed(latents, QUICK))["trustworthiness"], abs=0.02
    )


def test_latents_that_are_not_numbers_are_refused() -> None:
    latents, _ = groups(50)
    latents[3, 4] = np.nan

    with pytest.raises(ValueError, match="1 values that are not finite"):
        embed(latents)


def test_a_missed_deadline_says_what_to_do() -> None:
    latents, _ = groups(200)

    with pytest.raises(TimeoutError, match=r"iteration 25 of 150.*Allow more time"):
        embed(latents, QUICK.model_copy(update={"deadline_s": 1e-9}))


def test_progress_ends_at_its_total() -> None:
    heard: list[tuple[int, int]] = []

    embed(groups(100)[0], QUICK, lambda done, total: heard.append((done, total)))

    assert heard == sorted(heard)
    assert heard[-1] == (150, 150)


def test_quality_tells_a_good_map_from_a_shuffled_one() -> None:
    latents, _ = groups(400)
    positions = embed(latents, QUICK)
    shuffled = np.random.default_rng(0).permutation(positions)

    good, bad = map_quality(latents, positions), map_quality(latents, shuffled)

    assert good["trustworthiness"] > 0.8 > 0.6 > bad["trustworthiness"]
    assert good["neighbours_kept"] > 4 * bad["neighbours_kept"]


def test_a_perfect_map_keeps_every_neighbour() -> None:
    angle = np.sort(np.random.default_rng(0).uniform(0, np.pi / 2, 60))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)

    quality = map_quality(circle, circle, k=3)

    assert quality["trustworthiness"] == pytest.approx(1)
    assert quality["neighbours_kept"] == pytest.approx(1)


def test_quality_needs_a_position_for_every_latent() -> None:
    with pytest.raises(ValueError, match="10 latents and 9 positions"):
        map_quality(groups(10)[0], np.zeros((9, 2), np.float32))
