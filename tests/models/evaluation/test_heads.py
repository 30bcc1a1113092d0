import numpy as np
import pytest

from models.evaluation.heads import explained_variance, recovered_information

NAN = float("nan")


def column(*numbers: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(numbers, np.float32)[:, None]


def test_r2_is_one_less_the_error_over_the_variance_of_the_catalogue() -> None:
    """Errors of 1 and 0 squared, .5 in the mean, over a variance of 4."""
    catalogue = column(-2, 2, -2, 2, NAN)

    r2 = explained_variance(column(1, 2), column(2, 2), catalogue)

    assert r2.tolist() == pytest.approx([1 - 0.5 / 4])


def test_saying_the_mean_explains_nothing_and_the_truth_everything() -> None:
    catalogue = column(1, 2, 3, 6)

    assert explained_variance(
        np.full((4, 1), 3, np.float32), catalogue, catalogue
    ) == pytest.approx(0)
    assert explained_variance(catalogue, catalogue, catalogue) == pytest.approx(1)


def test_unknown_truths_do_not_count() -> None:
    r2 = explained_variance(column(1, 77), column(2, NAN), column(0, 2))

    assert r2.tolist() == [0]


def test_a_constant_or_unknown_number_cannot_be_explained() -> None:
    predicted, true = np.zeros((2, 2), np.float32), np.array([[5, NAN], [5, NAN]], np.float32)

    r2 = explained_variance(predicted, true, np.array([[5, 0], [5, 2]], np.float32))

    assert np.isnan(r2).all()


def test_saying_how_often_each_id_occurs_recovers_nothing() -> None:
    catalogue = np.array([1, 1, 1, 2, 0])
    marginal = np.log([0, 0.75, 0.25], where=[False, True, True], out=np.zeros(3))

    for asked in ([1, 2], [2, 2, 0], [1]):
        ids = np.array(asked)
        told = recovered_information(marginal[ids].astype(np.float32), ids, catalogue)
        assert told == pytest.approx(0, abs=1e-6)


def test_half_of_the_nats_is_half_of_the_information() -> None:
    """Of four equally frequent ids two are ruled out: log 2 of log 4 is left."""
    catalogue, ids = np.array([1, 2, 3, 4]), np.array([3, 1])

    told = recovered_information(np.log([0.5, 0.5]).astype(np.float32), ids, catalogue)

    assert told == pytest.approx(0.5)


def test_certainty_recovers_all_and_a_wrong_guess_less_than_nothing() -> None:
    catalogue, ids = np.array([1, 2]), np.array([1])

    assert recovered_information(np.zeros(1, np.float32), ids, catalogue) == 1
    assert recovered_information(np.log([0.1]).astype(np.float32), ids, catalogue) < 0


def test_the_tags_of_a_song_count_an_equal_share() -> None:
    """Both songs lose log 2 on average, whatever stands where there is no tag."""
    catalogue = np.array([[1, 2], [3, 4]])
    ids = np.array([[1, 0], [2, 3]])
    likelihood = np.log([[0.5, 0.001], [1, 0.25]]).astype(np.float32)

    assert recovered_information(likelihood, ids, catalogue) == pytest.approx(0.5)


def test_where_no_song_knows_the_field_nothing_is_told() -> None:
    nothing = np.zeros(2, np.int64)

    assert np.isnan(recovered_information(np.zeros(2, np.float32), nothing, np.array([1, 2])))
    assert np.isnan(recovered_information(np.zeros(1, np.float32), np.array([1]), np.array([1, 1])))
