"""A map of the space: t-SNE of a sample of latents, by FFT-accelerated interpolation (FIt-SNE)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

import faiss
import numpy as np
import openTSNE
from numpy.typing import NDArray
from openTSNE.affinity import PerplexityBasedNN
from openTSNE.nearest_neighbors import PrecomputedNeighbors

from models.map_settings import TsneSettings

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]

FEWEST_SONGS: Final = 5
"""Below this a song has too few neighbours for any perplexity; the principal axes are the map."""

FEWEST_TO_SHARE: Final = 2_000
"""Below this an iteration takes a millisecond, less than threads need to meet on a busy machine."""

STEPS_PER_REPORT: Final = 25
"""Iterations between two looks at the clock: under a second at 50,000 songs."""


def embed(
    latents: Floats, settings: TsneSettings | None = None, progress: Progress | None = None
) -> Floats:
    """Place every row of *latents* on a plane so that rows of like direction lie close together.

    The same latents, settings and number of cores give the same map.

    Args:
        latents: One latent a row; only its direction counts, as it does for the neighbours.
        settings: Defaults suit 5 to 100,000 rows.
        progress: Called as ``progress(done, total)`` every few iterations.

    Raises:
        ValueError: If *latents* is not a matrix of finite numbers.
        TimeoutError: If the deadline passes before the last iteration.
    """
    settings = settings or TsneSettings()
    directions = _unit_rows(latents)
    first = _principal_positions(directions, settings.seed)
    if len(directions) < FEWEST_SONGS:
        return first.astype(np.float32)

    watch = _Watch(settings, progress)
    cores = len(os.sched_getaffinity(0)) if len(directions) >= FEWEST_TO_SHARE else 1
    embedding = openTSNE.TSNEEmbedding(
        first,
        _affinities(directions, settings.perplexity, cores),
        negative_gradient_method="auto",  # Barnes-Hut below 10,000 songs, FFT above
        ints_in_interval=settings.cell_size,
        callbacks=[watch],
        callbacks_every_iters=STEPS_PER_REPORT,
        n_jobs=cores,
        random_state=settings.seed,
    )
    early, late = settings.early_iterations, settings.iterations
    embedding.optimize(early, exaggeration=settings.early_exaggeration, inplace=True)
    watch.done_before = early
    embedding.optimize(late, inplace=True)
    watch.report(early + late)
    return np.asarray(embedding, dtype=np.float32)


class _Watch:
    """Counts iterations, tells the caller, and stops the descent at its deadline."""

    def __init__(self, settings: TsneSettings, progress: Progress | None) -> None:
        self.total = settings.early_iterations + settings.iterations
        self.allowed = settings.deadline_s
        self.started = time.monotonic()
        self.progress = progress
        self.done_before = 0

    def __call__(self, iteration: int, _error: float, _embedding: object) -> bool:
        """Tell openTSNE to go on, or raise."""
        done = self.done_before + iteration
        elapsed = time.monotonic() - self.started
        if elapsed > self.allowed:
            raise TimeoutError(
                f"The map was given up after {elapsed:.1f} s at iteration {done} of {self.total}; "
                f"deadline_s allows {self.allowed:g}. "
                "Allow more time, or draw fewer songs or iterations."
            )
        self.report(done)
        return False

    def report(self, done: int) -> None:
        """Pass *done* on to whoever asked to hear it."""
        if self.progress is not None:
            self.progress(done, self.total)


def _unit_rows(latents: Floats) -> Floats:
    """Every row scaled to length one; a row of zeros stays where it is."""
    if latents.ndim != 2 or not np.isfinite(latents).all():
        raise ValueError(
            "Expected a matrix of finite latents, one row a song. "
            f"Received shape {latents.shape} with "
            f"{int((~np.isfinite(latents)).sum())} values that are not finite."
        )
    length = np.linalg.norm(latents, axis=1, keepdims=True)
    return np.ascontiguousarray(latents / np.maximum(length, 1e-12), dtype=np.float32)


def _principal_positions(directions: Floats, seed: int) -> NDArray[np.float64]:
    """The two principal axes, small enough for t-SNE to start from, and never two songs in one spot.

    An axis points to where its largest loading is positive, so that the map of the next release
    is not a mirror image of this one.
    """
    if not len(directions):
        return np.empty((0, 2))
    centred = directions.astype(np.float64) - directions.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)  # ascending
    axes = axes[:, :-3:-1]  # [20, 2]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(2)])
    positions = centred @ axes
    spread = positions[:, 0].std()
    jitter = np.random.default_rng(seed).normal(0.0, 1e-6, positions.shape)
    return np.ascontiguousarray(positions / (spread or 1.0) * 1e-4 + jitter)


def _affinities(directions: Floats, perplexity: float, cores: int) -> PerplexityBasedNN:
    """Attractions between near rows, from exact neighbours.

    Brute force in BLAS finds them for 50,000 rows in a tenth of the time Annoy needs, and is exact.
    """
    count = len(directions)
    k = min(count - 1, int(3 * perplexity))
    index = faiss.IndexFlatIP(directions.shape[1])
    index.add(directions)
    cosine, rows = index.search(directions, k + 1)

    others = rows != np.arange(count)[:, None]
    others[others.all(axis=1), -1] = False  # a row among its many twins may miss itself
    rows, cosine = rows[others].reshape(count, k), cosine[others].reshape(count, k)
    distance = np.sqrt(np.maximum(2.0 - 2.0 * cosine, 0.0))  # between unit vectors
    return PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(rows, distance),
        perplexity=min(perplexity, k / 3),
        n_jobs=cores,
    )
