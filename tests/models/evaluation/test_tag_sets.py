import numpy as np
import pytest

import models.evaluation.tag_sets
from models.evaluation.search import Catalogue, filtered_lists
from models.evaluation.tag_sets import jaccard, rank_by_sets, tag_sets


def tags(*songs: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Ids padded with 0 to four a song."""
    return np.array([song + [0] * (4 - len(song)) for song in songs], np.int32)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2], [1, 2], 1),
        ([1, 2], [2], 1 / 2),
        ([1, 2], [2, 3], 1 / 3),
        ([1, 2, 3, 4], [4, 5], 1 / 5),
        ([1], [2], 0),
        ([1], [], 0),
        ([], [], 0),
    ],
)
def test_jaccard_is_shared_tags_over_all_tags(
    first: list[int], second: list[int], expected: float
) -> None:
    assert jaccard(tags(first), tags(second)).tolist() == pytest.approx([expected])


def test_sets_know_neither_order_nor_repetition() -> None:
    sets = tag_sets(tags([2, 1], [1, 2], [1, 2, 1], [3], []))

    assert len(sets) == 3
    assert sets.of_song[0] == sets.of_song[1] == sets.of_song[2]
    assert sorted(sets.sizes.tolist()) == [1, 1, 3]


def test_songs_come_by_the_score_of_their_set_and_then_in_the_catalogues_order() -> None:
    sets = tag_sets(tags([1], [2], [1], [3], [2]))
    of_one, of_two, of_three = (sets.of_song[row] for row in (0, 1, 3))
    scores = np.zeros((2, 3), np.float32)
    scores[0, [of_one, of_two, of_three]] = [0.2, 0.9, 0.5]
    scores[1, [of_one, of_two, of_three]] = [0.7, 0.1, 0.3]

    rows, falling = sets.ordered_songs(scores, 5)

    assert rows.tolist() == [[1, 4, 3, 0, 2], [0, 2, 3, 1, 4]]
    assert falling[0].tolist() == pytest.approx([0.9, 0.9, 0.5, 0.2, 0.2])
    assert sets.ordered_songs(scores, 3)[0].tolist() == [[1, 4, 3], [0, 2, 3]]


@pytest.mark.parametrize("at_once", [1, 2**22])
def test_sets_rank_songs_for_the_filters_however_few_pairs_fit_into_memory(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(models.evaluation.tag_sets, "PAIRS_AT_ONCE", at_once)
    sets = tag_sets(tags([1], [1], [1, 2], [2], [1]))
    catalogue = Catalogue(np.array([1, 1, 2, 3, 4]), np.arange(5))
    rank = rank_by_sets(sets, lambda which: sets.likeness(sets.tags[sets.of_song[which]]))

    lists = filtered_lists(rank, np.arange(5), catalogue, 2)

    assert lists.tolist() == [[4, 2], [4, 2], [0, 1], [2, 0], [0, 1]]
