"""TensorFlow works on an array where it lies, or on a copy, and on the right numbers either way."""

import numpy as np
import pytest

from models.lending import as_tensor
from songspace.inputs import Inputs


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
