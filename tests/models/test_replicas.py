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
from models.replicas import training_strategy


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
