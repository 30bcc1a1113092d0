"""What neighbours of fully known songs share: no single field may dominate."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from models.evaluation.tag_sets import Tags, jaccard
from models.picking import Bools, Floats, Integers


class Balance(TypedDict):
    """Shares among the neighbours; None where no query can tell."""

    genre: float | None  # the same first tag
    any_tag: float | None  # a tag in common
    emotion: float | None
    artist: float | None  # without the artist filter
    audio: float | None  # mean distance, as a share of that of random songs


def share_equal(ids: Tags, rows: Integers, lists: Integers) -> float | None:
    """Share of the listed songs with the id of their query, among queries that have one; 0 is no id."""
    return share_of(ids[lists] == ids[rows][:, None], lists, ids[rows] > 0)


def share_with_a_tag(tags: Tags, rows: Integers, lists: Integers) -> float | None:
    """Share of the listed songs with one of the tags [n, width] of their query, among queries that have any."""
    common = jaccard(tags[rows][:, None], tags[lists]) > 0
    return share_of(common, lists, tags[rows].max(axis=1) > 0)


def share_of(shared: Bools, lists: Integers, counted: Bools) -> float | None:
    """Share of the songs there are in the lists of the *counted* queries for which *shared* [q, k] holds."""
    there = (lists >= 0) & counted[:, None]
    return float(shared[there].mean()) if there.any() else None


def distance_to_chance(
    audio: Floats, rows: Integers, lists: Integers, random: Integers
) -> float | None:
    """Mean distance of the listed songs as a share of that of *random* ones; *audio* is [n, numbers]."""
    near, chance = mean_distance(audio, rows, lists), mean_distance(audio, rows, random)
    return near / chance if chance > 0 and np.isfinite(near) else None


def mean_distance(audio: Floats, rows: Integers, lists: Integers) -> float:
    """Mean Euclidean distance of each query and the songs of its list; NaN where there are none."""
    there = lists >= 0
    apart = np.linalg.norm(audio[lists] - audio[rows][:, None], axis=2)[there]
    return float(apart.mean()) if len(apart) else float("nan")
