import numpy as np
import pytest

from models.batches import (
    batch_size_for,
    epochs_for,
    shuffled_batches,
    steps_per_epoch,
    temperature_for,
)

ROWS = np.arange(100, 110, dtype=np.int32)


def test_every_epoch_shows_all_songs_in_another_order() -> None:
    first, second = (shuffled_batches(ROWS, 4, seed=(1, epoch)) for epoch in (0, 1))

    assert first.shape == second.shape == (3, 4)
    assert set(first.ravel()) == set(second.ravel()) == set(ROWS)
    assert first.tolist() != second.tolist()


def test_one_seed_gives_one_order() -> None:
    assert shuffled_batches(ROWS, 4, (1, 2)).tolist() == shuffled_batches(ROWS, 4, (1, 2)).tolist()


def test_the_last_batch_is_filled_up_from_the_first() -> None:
    batches = shuffled_batches(ROWS, 4, (1, 0))

    assert batches[2, 2:].tolist() == batches[0, :2].tolist()


def test_no_song_stands_twice_in_a_batch() -> None:
    batches = shuffled_batches(ROWS, 7, (1, 0))

    assert [len(set(batch)) for batch in batches] == [7, 7]


def test_fewer_songs_than_a_batch_are_one_step() -> None:
    assert sorted(shuffled_batches(ROWS, 256, (1, 0)).tolist()[0]) == ROWS.tolist()
    assert steps_per_epoch(10, 256) == 1


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 10), (3, 4), (5, 2), (10, 1)])
def test_an_epoch_has_as_many_steps_as_show_every_song(batch_size: int, steps: int) -> None:
    assert steps_per_epoch(10, batch_size) == len(shuffled_batches(ROWS, batch_size, (1, 0)))
    assert steps_per_epoch(10, batch_size) == steps


@pytest.mark.parametrize(
    ("rows", "size"), [(1, 256), (20_000, 256), (100_000, 2048), (551_443, 4096)]
)
def test_a_batch_is_about_a_64th_of_the_catalogue(rows: int, size: int) -> None:
    assert batch_size_for(rows) == size


def test_few_songs_are_shown_more_often() -> None:
    assert epochs_for(10) == 60
    assert epochs_for(46) == 14
    assert epochs_for(110) == 8


@pytest.mark.parametrize(
    ("songs", "temperature"),
    [(10, 0.5), (20_000, 0.5), (100_000, 0.85), (500_000, 1.2), (5_000_000, 1.2)],
)
def test_more_songs_are_ranked_more_gently(songs: int, temperature: float) -> None:
    """100,000 are half-way from 20,000 to 500,000: five times as many, and a fifth."""
    assert temperature_for(songs) == pytest.approx(temperature)
