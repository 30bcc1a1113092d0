"""The supervised bound: what the 17 numbers alone let a classifier know of a song's genre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from models.evaluation.search import Catalogue, filtered_lists
from models.evaluation.tag_sets import PAIRS_AT_ONCE, TagSets, rank_by_sets
from models.picking import Floats, Integers
from songspace.inputs import Inputs

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

MOST_GENRES = 60
"""First tags that are told apart, the most frequent ones: each costs a tree at every step, and more change nothing."""

FEWEST_SONGS = 20
"""Songs that a first tag needs among those fitted on; a leaf holds as many."""


@dataclass(frozen=True)
class Bound:
    """The lists of a classifier that saw the queries' numbers and nothing else."""

    lists: Integers  # [q, k]
    accuracy: float  # share of the queries whose first tag it names; NaN where none has one


def supervised_lists(
    inputs: Inputs, sets: TagSets, catalogue: Catalogue, rows: Integers, fitted: Integers, k: int
) -> Bound | None:
    """Rank all songs by the Jaccard that is expected of their tags under each query's probabilities.

    Songs of one tag set are equally good by that measure, whatever their gain turns out to be, so their
    order does not matter to nDCG: they stand as in the catalogue. None where there are no queries, or no
    two first tags of FEWEST_SONGS songs each to tell apart.

    Args:
        inputs: All songs.
        sets: Their tag sets.
        catalogue: The filters, the artist filter on.
        rows: The queries.
        fitted: The songs to learn from, none of them by an artist of a query.
        k: Length of the lists.
    """
    fitted = songs_of_frequent_genres(inputs, fitted)
    if not len(rows) or len(np.unique(inputs.genre[fitted, 0])) < 2:
        return None
    classifier = fit_genres(inputs, fitted)
    probability = classifier.predict_proba(inputs.numeric[rows]).astype(np.float32)  # [q, genres]
    expected = expected_likeness(inputs, sets, fitted, classifier.classes_)

    def scores(which: Integers) -> Floats:
        expected_gain: Floats = probability[which] @ expected
        return expected_gain

    lists = filtered_lists(rank_by_sets(sets, scores), rows, catalogue, k)
    first_tag = inputs.genre[rows, 0]
    named = classifier.classes_[probability.argmax(1)] == first_tag
    return Bound(lists, float(named[first_tag > 0].mean()) if first_tag.any() else float("nan"))


def songs_of_frequent_genres(inputs: Inputs, songs: Integers) -> Integers:
    """Those of *songs* whose first tag is among the MOST_GENRES, and has FEWEST_SONGS of them."""
    counts = np.bincount(inputs.genre[songs, 0], minlength=1)
    counts[0] = 0
    frequent = np.argsort(-counts, kind="stable")[:MOST_GENRES]
    frequent = frequent[counts[frequent] >= FEWEST_SONGS]
    return songs[np.isin(inputs.genre[songs, 0], frequent)]


def fit_genres(inputs: Inputs, songs: Integers) -> HistGradientBoostingClassifier:
    """Fit the first tag of *songs* from their numbers; unknown ones are a branch of their own."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # no cached run waits for it

    classifier = HistGradientBoostingClassifier(
        learning_rate=0.12,
        max_iter=40,
        max_leaf_nodes=8,
        min_samples_leaf=FEWEST_SONGS,
        l2_regularization=1.0,
        early_stopping=False,
    )
    # Its threads wait for each other thousands of times: two of them took 15 s beside other work, one takes 3.
    with threadpool_limits(1, user_api="openmp"):
        return classifier.fit(inputs.numeric[songs], inputs.genre[songs, 0])


def expected_likeness(
    inputs: Inputs, sets: TagSets, songs: Integers, genres: npt.NDArray[np.int32]
) -> Floats:
    """Mean Jaccard of each tag set and the songs of each genre, [genres, sets], as *songs* have it."""
    seen, of_song = np.unique(sets.of_song[songs], return_inverse=True)
    shares = np.zeros((len(genres), len(seen)), np.float32)
    np.add.at(shares, (np.searchsorted(genres, inputs.genre[songs, 0]), of_song), 1)
    shares /= shares.sum(1, keepdims=True)
    expected = np.zeros((len(genres), len(sets)), np.float32)
    for part in np.array_split(np.arange(len(seen)), -(-len(seen) * len(sets) // PAIRS_AT_ONCE)):
        expected += shares[:, part] @ sets.likeness(sets.tags[seen[part]])
    return expected
