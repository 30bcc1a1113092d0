"""The map beside scikit-learn's t-SNE of the same points: seconds, and how much nearness survives.

`python -m benchmarks.map --points 50000` takes about a quarter of an hour, nearly all of it scikit-learn's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from models.map_quality import map_quality
from models.tsne import TsneSettings, embed
from songspace.schemas import LATENT_DIM

Floats = NDArray[np.float32]
GROUPS = 400
BOUND = 4.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the map twice and print what each took and kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--latents", type=Path, help="folder of latents of a release; made up if left out"
    )
    chosen = parser.parse_args(arguments)
    latents = (
        read_latents(chosen.latents) if chosen.latents else made_up(chosen.points, chosen.seed)
    )
    rows = np.random.default_rng(chosen.seed).permutation(len(latents))[: chosen.points]
    compare(unit_rows(latents[np.sort(rows)]), chosen.seed)


def compare(points: Floats, seed: int) -> None:
    """Time both sides on *points* one after the other."""
    perplexity = TsneSettings().perplexity
    theirs = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=-1)
    print(f"{len(points):,} points in {points.shape[1]} dimensions, perplexity {perplexity:g}")
    ours_s, ours = measure("ours", points, lambda: embed(points, TsneSettings(seed=seed)))
    sklearn_s, sklearn = measure("scikit-learn", points, lambda: theirs.fit_transform(points))
    print(f"{sklearn_s / ours_s:.1f} times as fast as scikit-learn; the bound is {BOUND:g}")
    print(f"trustworthiness {ours - sklearn:+.4f} against scikit-learn's; the bound is 0")


def measure(name: str, points: Floats, draw: Callable[[], Floats]) -> tuple[float, float]:
    """Seconds that *draw* takes, and its map's trustworthiness."""
    started = time.perf_counter()
    positions = draw()
    seconds = time.perf_counter() - started
    quality = map_quality(points, positions)
    print(
        f"{name:>14}: {seconds:7.1f} s   trustworthiness {quality['trustworthiness']:.4f}   "
        f"neighbours kept {quality['neighbours_kept']:.4f}",
        flush=True,
    )
    return seconds, quality["trustworthiness"]


def made_up(count: int, seed: int) -> Floats:
    """Groups of Zipf-like sizes that overlap, as genres do."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, GROUPS + 1)
    group = random.choice(GROUPS, count, p=shares / shares.sum())
    centres = random.normal(0, 1, (GROUPS, LATENT_DIM))
    return (centres[group] + random.normal(0, 0.5, (count, LATENT_DIM))).astype(np.float32)


def read_latents(folder: Path) -> Floats:
    """The latents of a release."""
    column = pl.scan_parquet(folder / "*.parquet").select("latent").collect()["latent"]
    return np.asarray(column.to_numpy(), dtype=np.float32)


def unit_rows(latents: Floats) -> Floats:
    """Directions: scikit-learn's euclidean distance then ranks as the cosine does."""
    length: Floats = np.linalg.norm(latents, axis=1, keepdims=True)
    return (latents / length).astype(np.float32)


if __name__ == "__main__":
    main()
