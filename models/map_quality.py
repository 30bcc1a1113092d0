"""How much of the space a map keeps, in two numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

Floats = NDArray[np.float32]

MOST_ROWS: Final = 5_000
"""The measure ranks all pairs: 5,000 rows take seconds and 200 MB, 50,000 would take 20 GB."""


def map_quality(
    latents: Floats, positions: Floats, *, k: int = 10, seed: int = 0
) -> dict[str, float]:
    """What share of nearness survives on the map, measured on a sample of at most 5,000 songs.

    Returns:
        "trustworthiness": 1 if all neighbours on the map are near in the space, 0.5 by chance;
        "neighbours_kept": mean share of a song's *k* nearest that are its *k* nearest on the map;
        "k" and "songs": what was measured.

    Raises:
        ValueError: If the two do not have the same rows, or fewer than 4 of them.
    """
    if len(latents) != len(positions) or len(latents) < 4:
        raise ValueError(
            "Expected a position for every latent and at least 4 of them. "
            f"Received {len(latents)} latents and {len(positions)} positions."
        )
    count = min(len(latents), MOST_ROWS)
    rows = np.sort(np.random.default_rng(seed).choice(len(latents), count, replace=False))
    space, plane = latents[rows], positions[rows]
    k = min(k, (count - 1) // 2)
    return {
        "trustworthiness": float(trustworthiness(space, plane, n_neighbors=k, metric="cosine")),
        "neighbours_kept": _neighbours_kept(space, plane, k),
        "k": float(k),
        "songs": float(count),
    }


def _neighbours_kept(space: Floats, plane: Floats, k: int) -> float:
    near = NearestNeighbors(n_neighbors=k, metric="cosine").fit(space).kneighbors()[1]
    drawn = NearestNeighbors(n_neighbors=k).fit(plane).kneighbors()[1]
    kept = (near[:, :, None] == drawn[:, None, :]).any(axis=2)  # [songs, k]
    return float(kept.mean())
