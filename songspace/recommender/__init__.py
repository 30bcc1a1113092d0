"""Recommendations out of one release: see `Recommender`."""

from songspace.recommender.choosing import Choice
from songspace.recommender.filters import OCCASIONS, Filters
from songspace.recommender.recommender import Recommender
from songspace.recommender.results import (
    Agreement,
    Reason,
    Recommendation,
    Recommendations,
    Song,
)
from songspace.recommender.taste import Taste

__all__ = [
    "OCCASIONS",
    "Agreement",
    "Choice",
    "Filters",
    "Reason",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Song",
    "Taste",
]
