"""The scores as the plain numbers that metrics.json keeps; None where nothing could be measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models.evaluation.bootstrap import Interval, mean_interval, ratio_interval
from models.evaluation.data import EvaluationData
from models.evaluation.protocol import BoundScores, Scores
from models.picking import Floats

Row = dict[str, Any]


def protocol_facts(data: EvaluationData) -> Row:
    """Who was held out and what was asked."""
    held_out = data.catalogue.artist[data.held_out]
    return {
        "salt": data.settings.salt,
        "held_out_share": data.settings.held_out_share,
        "held_out_artists": len(np.unique(held_out)),
        "held_out_songs": len(held_out),
        "queries": int((data.ideal_genre > 0).sum()),
        "known_queries": len(data.known),
        "candidates": len(data.catalogue),
        "k": data.settings.k,
    }


def space_row(name: str, scores: Scores, data: EvaluationData) -> Row:
    """One space's row of the table of spaces."""
    genre = interval_of(scores.genre, data)
    return {
        "space": name,
        "genre": finite(genre.value),
        "genre_low": finite(genre.low),
        "genre_high": finite(genre.high),
        "emotion": finite(interval_of(scores.emotion, data).value),
        "gaps": scores.gaps,
        "balance": dict(scores.balance),
    }


def bound_row(bound: BoundScores, data: EvaluationData) -> Row:
    """The supervised bound's row of the table of spaces."""
    genre = interval_of(bound.genre, data)
    return {
        "space": "bound",
        "genre": finite(genre.value),
        "genre_low": finite(genre.low),
        "genre_high": finite(genre.high),
        "emotion": None,
        "accuracy": finite(bound.accuracy),
    }


def headline(scores: Scores, bound: BoundScores | None, data: EvaluationData) -> Row:
    """The one number that releases are compared by, and how much of what the numbers allow it is."""
    genre = interval_of(scores.genre, data)
    most = interval_of(bound.genre, data).value if bound else math.nan
    return {
        "name": f"masked genre nDCG@{data.settings.k}",
        "value": finite(genre.value),
        "low": finite(genre.low),
        "high": finite(genre.high),
        "bound": finite(most),
        "of_bound": finite(genre.value / most) if most > 0 else None,
    }


def beside_live(candidate: Scores, live: Scores, data: EvaluationData) -> Row:
    """The candidate's headline over the live release's, on the same queries and resamples."""
    settings = data.settings
    artists = data.catalogue.artist[data.queries]
    ratio = ratio_interval(candidate.genre, live.genre, artists, settings.bootstrap, settings.seed)
    return {"ratio": finite(ratio.value), "low": finite(ratio.low), "high": finite(ratio.high)}


def interval_of(values: Floats, data: EvaluationData) -> Interval:
    """The mean of some queries' values, resampled by artist."""
    artists = data.catalogue.artist[data.queries]
    return mean_interval(values, artists, data.settings.bootstrap, data.settings.seed)


def finite(number: float) -> float | None:
    """The number, or None where it is none: JSON knows no NaN."""
    return float(number) if math.isfinite(number) else None
