import numpy as np

from models.picking import Integers, Lists, first_of_each, group_numbers, pick, widen


def picked(found: list[int], barred: list[int], groups: list[int], k: int) -> list[int]:
    """One list out of candidates whose scores fall from 0."""
    here = np.array([found])
    lists = pick(
        here,
        -np.arange(len(found), dtype=np.float32)[None],
        np.isin(here, barred),
        np.array([groups]),
        k,
    )
    rows: list[int] = lists.rows[0].tolist()
    return rows


def test_the_first_of_each_group_is_marked() -> None:
    marked = first_of_each(np.array([[5, 3, 5, 3, 1]]))

    assert marked.tolist() == [[True, True, False, False, True]]


def test_barred_candidates_are_left_out_and_the_order_stays() -> None:
    assert picked([4, 8, 2, 6], barred=[8], groups=[0, 1, 2, 3], k=2) == [4, 2]


def test_a_barred_song_does_not_stand_for_its_group() -> None:
    """A recording that two artists claim: the one is barred, the other may stand in the list."""
    assert picked([4, 8, 2], barred=[4], groups=[7, 7, 1], k=2) == [8, 2]


def test_a_list_with_too_few_candidates_ends_in_nobody() -> None:
    assert picked([4, 8], barred=[4], groups=[0, 1], k=3) == [8, -1, -1]


def test_scores_stay_with_their_songs() -> None:
    lists = pick(
        np.array([[3, 1, 2]]),
        np.array([[0.9, 0.5, 0.1]], np.float32),
        np.array([[False, True, False]]),
        np.array([[0, 1, 2]]),
        k=3,
    )

    assert np.array_equal(lists.scores, np.array([[0.9, 0.1, -np.inf]], np.float32))


def test_groups_get_numbers_from_nought() -> None:
    assert group_numbers(np.array([-7, 900, -7])).tolist() == [0, 1, 0]


def test_only_short_lists_are_searched_again_and_no_wider_than_they_reach() -> None:
    """List 1 needs the last of 100 candidates."""
    asked: list[tuple[list[int], int]] = []

    def search(which: Integers, width: int) -> Lists:
        asked.append((which.tolist(), width))
        found = 99 if width == 100 else -1
        return Lists(np.full((len(which), 1), found), np.zeros((len(which), 1), np.float32))

    lists = Lists(np.array([[5], [-1]]), np.zeros((2, 1), np.float32))
    width = widen(search, lists, 10, 100)

    assert lists.rows.tolist() == [[5], [99]]
    assert asked == [([1], 40), ([1], 100)]
    assert width == 100
