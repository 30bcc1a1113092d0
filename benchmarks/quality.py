"""How good the space is, mean of several seeds: `python -m benchmarks.quality --csv songs.csv --seeds 3`.

Candidate and first objective are trained without a tenth of the artists, once for each seed, and asked about their
songs beside everything that needs no training and beside what is possible. Prints the table and the ratios.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tune import Catalogue, read_catalogue, sources
from models.autoencoder import CategorySizes
from models.evaluation.protocol import (
    Scores,
    evaluate_baselines,
    evaluate_bound,
    evaluate_space,
)
from models.export import network_of
from models.training import train_autoencoder
from models.training_settings import TrainSettings

SHARES = ("genre", "any_tag", "emotion", "artist", "audio")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, ask, and print a table for every catalogue."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--csv", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--demo", type=int, default=0, metavar="ROWS", help="0: none")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(arguments)

    with tempfile.TemporaryDirectory() as folder:
        for csv in sources(options, Path(folder)):
            compare(read_catalogue(csv, Path(folder)), options.seeds)


def compare(catalogue: Catalogue, seeds: int) -> None:
    """Print the table of one catalogue."""
    spaces = {name: [found] for name, found in evaluate_baselines(catalogue.data).items()}
    for objective in ("original", "masked"):
        spaces[objective] = [
            trained_scores(catalogue, TrainSettings(objective=objective, seed=seed))
            for seed in range(1, seeds + 1)
        ]
        for found in spaces[objective]:
            print(f"  {objective}: {row(found)}", flush=True)
    bound = evaluate_bound(catalogue.data)
    headlines = {name: mean_headline(found) for name, found in spaces.items()}
    if bound:
        headlines["bound"] = float(np.nanmean(bound.genre))

    print(f"\n| space | headline | {' | '.join(SHARES)} |\n|{' --- |' * (2 + len(SHARES))}")
    for name, scored in spaces.items():
        means = [mean_share(scored, share) for share in SHARES]
        print(f"| {name} | {headlines[name]:.3f} | {' | '.join(f'{mean:.2f}' for mean in means)} |")
    for name, headline in headlines.items():
        if name != "masked":
            print(f"masked is {headlines['masked'] / headline:.2f} times {name} ({headline:.3f})")


def trained_scores(catalogue: Catalogue, settings: TrainSettings) -> Scores:
    """Train without the held-out artists, and ask about their songs."""
    data, encoder = catalogue.data, catalogue.encoder
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    trained = train_autoencoder(data.inputs, data.held_out, sizes, settings)
    return evaluate_space(network_of(trained.encoder), data)


def mean_headline(found: Sequence[Scores]) -> float:
    """The headline, mean of the seeds."""
    return float(np.mean([np.nanmean(one.genre) for one in found]))


def mean_share(scored: Sequence[Scores], name: str) -> float:
    """One number of the balance, mean of the seeds; 0 where it cannot be told."""
    values: list[float] = [dict[str, Any](one.balance)[name] or 0.0 for one in scored]
    return float(np.mean(values))


def row(scores: Scores) -> str:
    """One seed's result in a line."""
    shares = " ".join(f"{name}={value:.2f}" for name, value in scores.balance.items() if value)
    return f"{np.nanmean(scores.genre):.3f} {shares}"


if __name__ == "__main__":
    main()
