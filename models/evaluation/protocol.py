"""The protocol: the same questions to every space, the same filters, the same candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.evaluation.balance import (
    Balance,
    distance_to_chance,
    share_equal,
    share_with_a_tag,
)
from models.evaluation.baselines import popularity_lists, random_lists
from models.evaluation.bound import supervised_lists
from models.evaluation.data import EvaluationData
from models.evaluation.ranking import ndcg
from models.evaluation.search import Rank, filtered_lists, order_of
from models.evaluation.spaces import Space, cosine_space, fit_pca
from models.evaluation.unseen import mean_gaps, relative_gaps
from models.picking import Floats, Integers


class Answers(NamedTuple):
    """The lists of one space, [q, k] each, by what its queries were known by."""

    genre: Integers  # all but genre and artist
    emotion: Integers  # all but emotion and artist
    unseen: Integers  # all but the artist
    known: Integers  # everything
    unfiltered: Integers  # everything, and the artist's own songs may stand in the list


@dataclass(frozen=True, eq=False)
class Scores:
    """How good the lists of one space are."""

    genre: Floats  # nDCG of each query, [q], NaN where it cannot be told
    emotion: Floats  # the same
    gaps: dict[str, float | None]  # in the unseen columns, as a share of those of random songs
    balance: Balance


@dataclass(frozen=True, eq=False)
class BoundScores:
    """How far a classifier of genres comes that was taught on the same numbers."""

    genre: Floats  # nDCG of each query, [q]
    accuracy: float


def evaluate_space(space: Space, data: EvaluationData) -> Scores:
    """Place all songs in *space* and judge the lists it gives."""
    return score(ask(space, data), data)


def evaluate_baselines(data: EvaluationData) -> dict[str, Scores]:
    """What needs no training, by name: "random", "popularity", "cosine" and "pca"."""
    pca = fit_pca(data.candidates, data.taught, data.z_scores, data.settings.seed)
    return {
        "random": score(random_answers(data), data),
        "popularity": score(popularity_answers(data), data),
        "cosine": evaluate_space(cosine_space(data.z_scores), data),
        "pca": evaluate_space(pca, data),
    }


def evaluate_bound(data: EvaluationData) -> BoundScores | None:
    """Teach a classifier the first tag by songs of artists that are not held out; None where it cannot be told."""
    random, settings = np.random.default_rng(data.settings.seed), data.settings
    taught = np.sort(random.permutation(data.taught)[: settings.bound_songs])
    bound = supervised_lists(
        data.inputs, data.genres, data.catalogue, data.queries, taught, settings.k
    )
    if bound is None:
        return None
    genre = ndcg(data.genres, data.queries, bound.lists, data.ideal_genre)
    return BoundScores(genre, bound.accuracy)


def ask(space: Space, data: EvaluationData) -> Answers:
    """The lists of *space*: of queries that hide what is asked for, among candidates that hide nothing else."""
    order, unhidden, known = ranked(space, data)
    asked, rows, k = data.candidates.take(data.queries), data.queries, data.settings.k
    places = [space(asked.hiding("genre")), space(asked.hiding("emotion")), unhidden, known]
    lists = filtered_lists(
        order(np.concatenate(places)),  # at once: all songs are looked through once
        np.concatenate([rows, rows, rows, data.known]),
        data.catalogue,
        k,
    )
    unfiltered = filtered_lists(order(known), data.known, data.catalogue, k, artist_filter=False)
    genre, emotion, unseen, fully_known = np.split(lists, len(rows) * np.arange(1, 4))
    return Answers(genre, emotion, unseen, fully_known, unfiltered)


def ranked(space: Space, data: EvaluationData) -> tuple[Callable[[Floats], Rank], Floats, Floats]:
    """What ranks all candidates in *space*, and the places of the queries and of the fully known ones among them."""
    places = space(data.candidates)
    return order_of(places), places[data.queries], places[data.known]


def random_answers(data: EvaluationData) -> Answers:
    """Songs by chance, whatever is asked."""
    settings = data.settings
    unfiltered = random_lists(
        data.known, data.catalogue, settings.k, settings.seed + 1, artist_filter=False
    )
    return Answers(data.random, data.random, data.random, data.random_known, unfiltered)


def popularity_answers(data: EvaluationData) -> Answers:
    """The most popular songs, whatever is asked."""

    def lists(rows: Integers, *, artist_filter: bool = True) -> Integers:
        return popularity_lists(
            rows, data.catalogue, data.popularity, data.settings.k, artist_filter=artist_filter
        )

    asked = lists(data.queries)
    return Answers(asked, asked, asked, lists(data.known), lists(data.known, artist_filter=False))


def score(answers: Answers, data: EvaluationData) -> Scores:
    """Hold the lists against the truth that was hidden from them."""
    rows = data.queries
    return Scores(
        genre=ndcg(data.genres, rows, answers.genre, data.ideal_genre),
        emotion=ndcg(data.emotions, rows, answers.emotion, data.ideal_emotion),
        gaps=relative_gaps(mean_gaps(data.unseen, rows, answers.unseen), data.chance_gaps),
        balance=balance_of(answers, data),
    )


def balance_of(answers: Answers, data: EvaluationData) -> Balance:
    """What the neighbours of fully known queries share with them."""
    inputs, rows, lists = data.inputs, data.known, answers.known
    return Balance(
        genre=share_equal(inputs.genre[:, 0], rows, lists),
        any_tag=share_with_a_tag(inputs.genre, rows, lists),
        emotion=share_equal(inputs.emotion, rows, lists),
        artist=share_equal(data.catalogue.artist, rows, answers.unfiltered),
        audio=distance_to_chance(data.audio, rows, lists, data.random_known),
    )


def known_lists(space: Space, data: EvaluationData) -> Integers:
    """The lists of *space* for the fully known queries, [queries, k]."""
    order, _, known = ranked(space, data)
    return filtered_lists(order(known), data.known, data.catalogue, data.settings.k)
