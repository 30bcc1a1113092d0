"""Exact search for thousands of queries in many songs: first which runs of songs hold something near, then which songs.

A run needs one number, its nearest song's, and the songs that stand first are in the runs that stand first. So only
one in a hundred products of two places leaves the core that made it; FAISS hands all of them to its heaps, and takes
five times as long.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import tensorflow as tf

from models.evaluation.search import Rank
from models.lending import as_tensor
from models.picking import Floats, Integers
from songspace.aligned import empty_array

MOST_RUNS = 4096
"""Runs at most; a query keeps a number for each of them."""

DIMENSIONS = 20
"""Places of fewer are filled up with nought, so that one compiled loop serves all spaces."""

QUERIES_AT_ONCE = 512
RUNS_AT_ONCE = 1024
"""Runs that are laid out at once: of five million songs 100 MB."""

NUMBERS_AT_ONCE = 2**21
"""Numbers of songs that are looked at one by one, 4 bytes each."""


class Scan:
    """The places of all songs, [n, d], to be compared with any queries.

    A run is some songs that follow each other, `runs` are [runs, songs, dimensions].
    """

    def __init__(self, space: Floats) -> None:
        self.songs = len(space)
        in_run = -(-self.songs // MOST_RUNS)
        self.runs = filled_up(space, -(-self.songs // in_run) * in_run).reshape(
            -1, in_run, max(DIMENSIONS, space.shape[1])
        )

    def rank(self, queries: Floats) -> Rank:
        """The ranking of all songs by their inner product with each of *queries*, [q, d], in one pass."""
        queries = filled_up(queries, len(queries))
        nearest = self._nearest(queries)

        def rank(which: Integers, width: int) -> tuple[Integers, Floats]:
            runs = min(width, nearest.shape[1])
            numbers = len(which) * runs * self.runs[0].size
            pieces = np.array_split(which, min(-(-numbers // NUMBERS_AT_ONCE), len(which)) or 1)
            ranked = [self._first(queries[piece], nearest[piece], runs, width) for piece in pieces]
            return (
                np.concatenate([rows for rows, _ in ranked]),
                np.concatenate([falling for _, falling in ranked]),
            )

        return rank

    def _nearest(self, queries: Floats) -> Floats:
        """What the nearest song of each run comes to, [q, runs]."""
        found = np.empty((len(queries), len(self.runs)), np.float32)

        def look(start: int, first: int, laid_out: tf.Tensor) -> None:
            asked = filled_up(queries[start : start + QUERIES_AT_ONCE], QUERIES_AT_ONCE)
            with tf.device("CPU:0"):  # others may round products to ten bits
                best = nearest_of_runs(tf.constant(asked), laid_out).numpy()
            into = found[start : start + QUERIES_AT_ONCE, first : first + RUNS_AT_ONCE]
            into[:] = best[: into.shape[0], : into.shape[1]]

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as cores:
            for first in range(0, len(self.runs), RUNS_AT_ONCE):
                block = partial(look, first=first, laid_out=self._laid_out(first))
                list(cores.map(block, range(0, len(queries), QUERIES_AT_ONCE)))
        return found

    def _laid_out(self, first: int) -> tf.Tensor:
        """RUNS_AT_ONCE from *first* on as they are multiplied; the last one fills up, so the loop is compiled once."""
        runs = self.runs[first : first + RUNS_AT_ONCE]
        laid_out = empty_array((*runs.shape[1:], RUNS_AT_ONCE), np.float32)
        laid_out[..., : len(runs)] = runs.transpose(1, 2, 0)
        laid_out[..., len(runs) :] = runs[-1, ..., None]
        with tf.device("CPU:0"):
            return as_tensor(laid_out)

    def _first(
        self, queries: Floats, nearest: Floats, runs: int, width: int
    ) -> tuple[Integers, Floats]:
        """The *width* songs that stand first, and their products, from as many *runs*; equal ones by their row."""
        chosen = np.sort(largest(nearest, runs), axis=1)  # [q, runs]
        in_run = self.runs.shape[1]
        songs = self.runs[chosen].reshape(len(queries), runs * in_run, queries.shape[1])
        products = (songs @ queries[:, :, None])[:, :, 0]
        rows = (chosen[:, :, None] * in_run + np.arange(in_run)).reshape(products.shape)
        products[rows >= self.songs] = -np.inf

        best = np.sort(largest(products, width), axis=1)
        falling = np.take_along_axis(products, best, axis=1)
        order = np.argsort(-falling, axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        return np.take_along_axis(rows, best, axis=1), np.take_along_axis(falling, order, axis=1)


@tf.function(jit_compile=True)
def nearest_of_runs(queries: tf.Tensor, runs: tf.Tensor) -> tf.Tensor:
    """The largest product of each of *queries* [q, d] and the songs of each of *runs*, [songs, d, runs]; [q, runs]."""
    best = queries @ runs[0]
    for song in tf.range(1, tf.shape(runs)[0]):
        best = tf.maximum(best, queries @ runs[song])
    return best


def largest(numbers: Floats, count: int) -> Integers:
    """Where the *count* largest of each row stand, in no order."""
    if count >= numbers.shape[1]:
        return np.broadcast_to(np.arange(numbers.shape[1]), numbers.shape)
    return np.argpartition(numbers, -count, axis=1)[:, -count:]


def filled_up(places: Floats, rows: int) -> Floats:
    """*places* in so many *rows*, the last one repeated, and DIMENSIONS, filled with nought."""
    songs, dimensions = places.shape
    wide = np.zeros((rows, max(dimensions, DIMENSIONS)), np.float32)
    wide[:songs, :dimensions] = places
    wide[songs:] = wide[songs - 1 : songs]
    return wide
