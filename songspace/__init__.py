"""The published contract of a release: its tables, and how to open one."""

from songspace.errors import Damaged, MixedSpaces, NotFound, SongspaceError
from songspace.recommender import Choice, Filters, Recommendations, Recommender, Taste
from songspace.release import Release
from songspace.release import open_release as open  # noqa: A004 - songspace.open, like gzip.open
from songspace.spaces import read_latents, require_same_space

__all__ = [
    "Choice",
    "Damaged",
    "Filters",
    "MixedSpaces",
    "NotFound",
    "Recommendations",
    "Recommender",
    "Release",
    "SongspaceError",
    "Taste",
    "open",
    "read_latents",
    "require_same_space",
]
