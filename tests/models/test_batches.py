import numpy as np
import pytest

from models.batches import batch_size, shuffled_batches, split_songs
from models.training_settings import TrainSettings


def test_every_song_is_either_fitted_or_held_out() -> None:
    fit, validation = split_songs(np.arange(100), 0.1, seed=1)

    assert len(validation) == 10
    assert sorted([*fit, *validation]) == list(range(100))


def test_another_seed_holds_out_other_songs() -> None:
    _, one = split_songs(np.arange(100), 0.1, seed=1)
    _, other = split_songs(np.arange(100), 0.1, seed=2)

    assert one.tolist() != other.tolist()


def test_clones_are_held_out_together() -> None:
    groups = np.arange(1_000) // 3  # every song has two clones

    fit, validation = split_songs(groups, 0.1, seed=1)

    assert not set(groups[fit]) & set(groups[validation])
    assert 95 <= len(validation) <= 100


def test_a_clone_group_larger_than_the_share_is_fitted() -> None:
    groups = np.array([7] * 90 + list(range(100, 110)))

    fit, validation = split_songs(groups, 0.1, seed=1)

    assert len(validation) == 10
    assert set(groups[fit]) == {7}


@pytest.mark.parametrize(
    ("groups", "held_out"), [([5] * 10, 1), ([5] * 6 + [6] * 4, 4), ([1, 2], 1)]
)
def test_however_few_the_groups_each_side_has_a_song(groups: list[int], held_out: int) -> None:
    fit, validation = split_songs(np.array(groups), 0.1, seed=1)

    assert len(validation) == held_out
    assert len(fit) == len(groups) - held_out


def test_every_epoch_shows_all_songs_in_another_order() -> None:
    rows = np.arange(100, 110, dtype=np.int32)
    settings = TrainSettings(batch_size=4)

    first, second = (shuffled_batches(rows, epoch, settings) for epoch in (0, 1))

    assert first.shape == second.shape == (3, 4)
    assert set(first.ravel()) == set(second.ravel()) == set(rows)
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize(
    ("rows", "size"), [(50, 50), (20_000, 256), (100_000, 2048), (551_443, 4096)]
)
def test_a_batch_is_about_a_64th_of_the_catalogue(rows: int, size: int) -> None:
    assert batch_size(rows, TrainSettings()) == size
