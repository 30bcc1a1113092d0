"""Training on two devices, here two halves of a CPU."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.batches import shared_out
from models.replicas import as_tensor, training_strategy
from songspace.inputs import Inputs


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What came of three trainings on two replicas."""
    folder = tmp_path_factory.mktemp("unfinished")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.models.two_replicas", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads((folder / "found.json").read_bytes())


def test_the_loss_falls(found: Any) -> None:
    history = found["once"]["history"]

    assert history["loss"][-1] < history["loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]


def test_the_same_training_gives_the_same_network(found: Any) -> None:
    assert found["again"] == found["once"]


def test_one_that_was_stopped_goes_on_as_if_it_had_not(found: Any) -> None:
    assert found["resumed"] == found["once"]


def test_two_replicas_take_the_step_of_one_on_the_whole_batch(found: Any) -> None:
    assert found["both"] == pytest.approx(found["one"] * 2, rel=1e-6)


def test_without_several_gpus_there_is_one_replica() -> None:
    assert training_strategy() is tf.distribute.get_strategy()


def test_a_batch_is_shared_out_evenly_and_filled_up_from_its_first_songs() -> None:
    batches = np.arange(10, dtype=np.int32).reshape(2, 5)

    assert shared_out(batches, 2).tolist() == [[[0, 1, 2], [3, 4, 0]], [[5, 6, 7], [8, 9, 5]]]
    assert shared_out(batches, 1)[:, 0].tolist() == batches.tolist()


def test_arrays_that_lie_well_are_not_copied() -> None:
    numbers = Inputs.empty(3).numeric
    numbers[:] = 1

    tensor = as_tensor(numbers)
    numbers[1] = 2

    assert tensor.numpy()[:, 0].tolist() == [1, 2, 1]


def test_what_was_lent_lives_as_long_as_the_tensor() -> None:
    numbers = Inputs.empty(1000).numeric
    numbers[:] = 7
    tensor = as_tensor(numbers)

    del numbers
    others = [np.full((1000, 17), 8, np.float32) for _ in range(10)]

    assert (tensor.numpy() == 7).all()
    assert len(others) == 10


@pytest.mark.parametrize("first", range(1, 17))
def test_arrays_that_start_anywhere_give_the_same_numbers(first: int) -> None:
    artists = Inputs.empty(40).artist
    artists[:] = range(40)

    tensor = as_tensor(artists[first:])

    assert (tensor[1:] - tensor[:-1]).numpy().tolist() == [1] * (39 - first)


def test_arrays_that_may_not_be_written_and_parts_of_rows_are_copied() -> None:
    numbers = Inputs.empty(4).genre
    numbers[:] = [[1, 2, 3, 4]]
    firm = numbers.copy()
    firm.setflags(write=False)

    assert as_tensor(firm).numpy().tolist() == [[1, 2, 3, 4]] * 4
    assert as_tensor(numbers[:, ::2]).numpy().tolist() == [[1, 3]] * 4
    assert as_tensor(numbers[:0]).shape == (0, 4)
