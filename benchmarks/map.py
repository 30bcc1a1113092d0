"""The map beside scikit-learn's t-SNE of the same points: seconds, and how much nearness survives.

`python -m benchmarks.map --points 50000` takes about a quarter of an hour, nearly all of it scikit-learn's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from benchmarks.measure import Facts, measure
from models.map_quality import map_quality
from models.map_settings import TsneSettings
from models.tsne import embed
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
    """Time both sides on *points* one after the other, each in a process of its own."""
    print(f"{len(points):,} points in {points.shape[1]} dimensions")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.npy"
        np.save(file, points)
        ours, sklearn = (measure(side, file, seed).facts for side in (our_map, sklearn_map))
    print(f"{sklearn['seconds'] / ours['seconds']:.1f} times as fast; the bound is {BOUND:g}")
    gain = ours["trustworthiness"] - sklearn["trustworthiness"]
    print(f"trustworthiness {gain:+.4f} against scikit-learn's; the bound is 0")


def our_map(file: Path, seed: int) -> Facts:
    """The stage's t-SNE of the points in *file*."""
    return drawn("ours", np.load(file), lambda points: embed(points, TsneSettings(seed=seed)))


def sklearn_map(file: Path, seed: int) -> Facts:
    """scikit-learn's, of the same points and at the same perplexity."""
    perplexity = TsneSettings().perplexity
    theirs = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=-1)
    return drawn("scikit-learn", np.load(file), theirs.fit_transform)


def drawn(name: str, points: Floats, draw: Callable[[Floats], Floats]) -> Facts:
    """Seconds that *draw* takes, and how much of the points' nearness its map keeps."""
    started = time.perf_counter()
    positions = draw(points)
    seconds = time.perf_counter() - started
    quality = map_quality(points, positions)
    print(
        f"{name:>14}: {seconds:7.1f} s   trustworthiness {quality['trustworthiness']:.4f}   "
        f"neighbours kept {quality['neighbours_kept']:.4f}",
        flush=True,
    )
    return {"seconds": seconds, **quality}


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
