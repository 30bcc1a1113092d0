import math

import numpy as np
import pytest

from models.evaluation.ranking import gains, ideal_gain, ndcg
from models.evaluation.search import Catalogue
from models.evaluation.tag_sets import Tags, TagSets, tag_sets
from models.picking import Integers


def sets_of(*songs: list[int]) -> TagSets:
    """Songs by their tags."""
    return tag_sets(np.array([song + [0] * (4 - len(song)) for song in songs], np.int32))


def strangers(songs: int) -> Catalogue:
    """Every song by an artist of its own, none a clone."""
    return Catalogue(np.arange(songs) + 1, np.arange(songs))


def judged(sets: TagSets, lists: Integers, catalogue: Catalogue | None = None) -> list[float]:
    """The nDCG of the lists of the first songs."""
    rows = np.arange(len(lists))
    ideal = ideal_gain(sets, rows, catalogue or strangers(len(sets.of_song)), lists.shape[1])
    values: list[float] = ndcg(sets, rows, lists, ideal).tolist()
    return values


def test_gains_are_the_likeness_of_tags_and_nobody_gains_nothing() -> None:
    sets = sets_of([1, 2], [1, 2], [2, 3], [9])

    gained = gains(sets, np.array([0]), np.array([[1, 2, 3, -1]]))

    assert gained[0].tolist() == pytest.approx([1, 1 / 3, 0, 0])


def test_the_best_order_scores_one_and_a_worse_one_less() -> None:
    """By hand: gains 1 and 1/3 at discounts 1 and 1/log2(3) = .631."""
    sets = sets_of([1, 2], [2, 3], [1, 2], [9])

    best, swapped, none = (
        judged(sets, np.array([order]))[0] for order in ([2, 1], [1, 2], [3, -1])
    )

    assert best == pytest.approx(1)
    assert swapped == pytest.approx((1 / 3 + 0.63093) / (1 + 0.63093 / 3), abs=1e-5)
    assert none == 0


def test_the_ideal_list_obeys_the_artist_filter() -> None:
    """Two of the three songs alike are by the query's artist: the best list has one of gain 1."""
    sets = sets_of([1], [1], [1], [1], [2])
    catalogue = Catalogue(np.array([1, 1, 1, 2, 3]), np.arange(5))

    assert judged(sets, np.array([[3, 4]]), catalogue) == pytest.approx([1])


def test_the_ideal_list_has_one_song_of_a_clone_group() -> None:
    sets = sets_of([1], [1], [1], [2])
    catalogue = Catalogue(np.arange(4) + 1, np.array([0, 5, 5, 3]))

    assert judged(sets, np.array([[1, 3]]), catalogue) == pytest.approx([1])


def test_songs_without_tags_are_no_queries() -> None:
    assert np.isnan(judged(sets_of([], [1], [1]), np.array([[1, 2]]))).all()


def test_a_query_that_nothing_could_answer_is_none() -> None:
    """Its only fellow is by the same artist."""
    sets, catalogue = sets_of([1], [1], [2]), Catalogue(np.array([1, 1, 2]), np.arange(3))

    assert np.isnan(judged(sets, np.array([[2, -1]]), catalogue)).all()


def test_the_ideal_is_the_best_of_all_lists_that_the_filters_allow() -> None:
    """Against sorting the gains of all songs, query by query."""
    random = np.random.default_rng(1)
    drawn = random.integers(0, 6, (400, 4)).astype(np.int32)
    sets = tag_sets(drawn)
    catalogue = Catalogue(random.integers(0, 20, 400), random.integers(0, 250, 400))
    rows = np.arange(0, 400, 3)

    ideal = ideal_gain(sets, rows, catalogue, 10)

    assert ideal.tolist() == pytest.approx(
        [best_by_sorting(drawn, row, catalogue) for row in rows.tolist()], abs=1e-5
    )


def best_by_sorting(drawn: Tags, row: int, catalogue: Catalogue) -> float:
    """The discounted gains of the ten best songs that may stand beside song *row*."""
    mine = set(drawn[row].tolist()) - {0}
    best: dict[int, float] = {}
    for song in range(len(drawn)):
        theirs = set(drawn[song].tolist()) - {0}
        group, artist = int(catalogue.group[song]), catalogue.artist[song]
        if group != catalogue.group[row] and (artist == 0 or artist != catalogue.artist[row]):
            gain = len(mine & theirs) / max(len(mine | theirs), 1)
            best[group] = max(gain, best.get(group, 0))
    ranked = sorted(best.values(), reverse=True)[:10]
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(ranked))
