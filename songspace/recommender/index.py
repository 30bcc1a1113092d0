"""Exact search by direction: the nearest of half a million songs without looking at most of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from songspace.inputs import Floats

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

SEED: Final = 0
ROUNDS: Final = 8
SAMPLE_PER_CLUSTER: Final = 32
MOST_CLUSTERS: Final = 1024
BLOCK: Final = 8192
"""Songs at a time while they are told off to clusters: 8 MB of cosines with 256 clusters."""

SLACK_RAD: Final = 1e-3
"""An angle from a float32 cosine near 1 is off by up to .0005."""

FEW: Final = 16
"""A filter that leaves fewer than one song in so many is searched song by song."""

Found: TypeAlias = tuple[Rows, Floats]
"""Rows and their cosines, best first."""


@dataclass(frozen=True, eq=False)
class Allowed:
    """The songs that a filter leaves, as the index needs them."""

    mask: Mask  # [n], in the order of the index
    per_cluster: Rows  # [clusters]
    few: Rows | None  # their places in the index, where they are so few that all are compared
    vectors: Floats | None  # [few, d]

    @cached_property
    def count(self) -> int:
        """How many songs there are."""
        return int(self.per_cluster.sum())


class DirectionIndex:
    """Finds the rows whose vectors point closest the way of another, exactly.

    Songs lie in clusters by direction (spherical k-means: Dhillon and Modha, 2001), there by their angle to the
    cluster's centre. By the triangle inequality of angles (Schubert, 2021) a song is within an angle of the query
    only if its angle to the centre is within as much of the query's: one run of every cluster, and none of most.
    """

    def __init__(self, vectors: Floats) -> None:
        """*vectors* [n, d], each of unit length."""
        centres = find_centres(vectors)
        cluster, angle = nearest_centres(vectors, centres)
        # In double: the number of the cluster before the point, so to say, and the angle behind it.
        place = cluster * 4.0 + angle
        self.order: Rows = np.argsort(place, kind="stable")
        self.centres = centres
        self.vectors = vectors[self.order]
        self._place = place[self.order]
        self._base = np.arange(len(centres)) * 4.0
        self._starts = np.searchsorted(self._place, np.append(self._base, len(centres) * 4.0))
        self._where = np.empty(len(vectors), np.int32)
        self._where[self.order] = np.arange(len(vectors), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.vectors)

    def vector(self, rows: int | Rows) -> Floats:
        """The vectors of *rows*."""
        found: Floats = self.vectors[self._where[rows]]
        return found

    def allow(self, mask: Mask) -> Allowed:
        """What `search` needs to leave out all songs of which *mask* [n] is false."""
        ordered = mask[self.order]
        running = np.concatenate([[0], np.cumsum(ordered)])
        per_cluster = np.diff(running[self._starts])
        if running[-1] * FEW > len(self):
            return Allowed(ordered, per_cluster, None, None)
        few = np.flatnonzero(ordered)
        return Allowed(ordered, per_cluster, few, self.vectors[few])

    def search(self, query: Floats, k: int, allowed: Allowed | None = None) -> Found:
        """The *k* rows nearest to *query* [d], of unit length, or all there are if they are fewer."""
        if allowed is not None and allowed.few is not None and allowed.vectors is not None:
            return self._best(allowed.few, allowed.vectors @ query, k)
        total = len(self) if allowed is None else allowed.count
        if k >= total:
            scores = self.vectors @ query
            places = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed.mask)
            return self._best(places, scores[places], k)
        return self._pruned(query, k, allowed)

    def _pruned(self, query: Floats, k: int, allowed: Allowed | None) -> Found:
        """Look into the nearest clusters first; how near the k-th is there tells what else can be nearer."""
        to_centre = np.arccos(np.clip(self.centres @ query, -1, 1))
        _, scores = self._scan(query, *self._nearest_clusters(to_centre, k, allowed), allowed, -2)
        worst = float(np.partition(scores, -k)[-k])
        reach = np.arccos(np.clip(worst, -1, 1)) + SLACK_RAD

        lows = np.searchsorted(self._place, self._base + np.maximum(to_centre - reach, 0))
        ends = np.minimum(to_centre + reach, 3.5)
        highs = np.searchsorted(self._place, self._base + ends, side="right")
        some = highs > lows
        # A row may be a bit lower here than there: the kernels of two shapes add up in two orders.
        places, scores = self._scan(query, lows[some], highs[some], allowed, worst - 1e-6)
        return self._best(places, scores, k)

    def _nearest_clusters(
        self, to_centre: npt.NDArray[np.floating], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Rows]:
        """Starts and ends of the nearest clusters, as many as hold k songs, and eight at least."""
        nearest = np.argsort(to_centre)
        sizes = np.diff(self._starts) if allowed is None else allowed.per_cluster
        enough = int(np.searchsorted(np.cumsum(sizes[nearest]), k)) + 1
        first = nearest[: max(enough, 8)]
        return self._starts[first], self._starts[first + 1]

    def _scan(
        self, query: Floats, lows: Rows, highs: Rows, allowed: Allowed | None, least: float
    ) -> Found:
        """Places and cosines of the allowed songs of *least* cosine in some runs of the index."""
        runs = list(zip(lows.tolist(), highs.tolist(), strict=True))
        scores = np.concatenate([self.vectors[low:high] @ query for low, high in runs])
        near = np.flatnonzero(scores >= least)
        ends = np.cumsum(highs - lows)
        run = np.searchsorted(ends, near, side="right")
        places = near - (ends - highs)[run]
        if allowed is not None:
            kept = allowed.mask[places]
            near, places = near[kept], places[kept]
        return places, scores[near]

    def _best(self, places: Rows, scores: Floats, k: int) -> Found:
        """The k best as rows, best first; equal ones in the order of their rows."""
        if k < len(scores):
            worst = np.partition(scores, -k)[-k]
            near = np.flatnonzero(scores >= worst)
            places, scores = places[near], scores[near]
        rows = self.order[places]
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]


def find_centres(vectors: Floats) -> Floats:
    """Directions round which *vectors* lie, about a third of the root of their number, [clusters, d]."""
    clusters = int(np.clip(np.sqrt(len(vectors)) / 3, 1, MOST_CLUSTERS))
    drawn = np.random.default_rng(SEED)
    size = min(len(vectors), SAMPLE_PER_CLUSTER * clusters)
    sample = vectors[np.sort(drawn.choice(len(vectors), size, replace=False))]
    centres = sample[np.sort(drawn.choice(size, clusters, replace=False))]
    for _ in range(ROUNDS if clusters > 1 else 1):
        cluster = np.argmax(sample @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, cluster, sample)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
    return centres


def nearest_centres(
    vectors: Floats, centres: Floats
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float32]]:
    """The nearest centre of each vector, [n], and the angle between them in radians, [n]."""
    cluster = np.empty(len(vectors), np.int16)
    cosine = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = slice(start, start + BLOCK)
        cosines = vectors[block] @ centres.T
        cluster[block] = cosines.argmax(axis=1)
        cosine[block] = np.take_along_axis(cosines, cluster[block, None].astype(np.intp), axis=1)[
            :, 0
        ]
    return cluster, np.arccos(np.clip(cosine, -1, 1))
