"""A search for the settings of the training: `python -m benchmarks.tune --csv songs.csv --trials 40 --minutes 30`.

Each trial trains on the catalogue's artists but a tenth, and is asked about the songs of that tenth, as every release
is. It is scored by two numbers, neither of which is worth giving up for the other: the headline beside z-scored
cosine, mean of the catalogues, and the epochs it took. Trials in which one field dominates do not count.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
import polars as pl

from models.autoencoder import CategorySizes
from models.batches import TEMPERATURES
from models.encoder import EncodeSettings, fit_encoder
from models.evaluation.data import EvaluationData, evaluation_data
from models.evaluation.protocol import evaluate_space
from models.evaluation.settings import EvaluationSettings
from models.evaluation.spaces import cosine_space
from models.export import network_of
from models.training import train_autoencoder
from models.training_settings import TrainSettings
from songspace.features import FeatureEncoder
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.ingest.tables import ingest_csv

DEFAULTS: Final = TrainSettings()

LARGEST_SHARE: Final = 0.93
"""Of ten neighbours, those that may share the genre or the emotion: .95 is the limit, less what chance adds."""

LARGEST_DISTANCE: Final = 0.58
"""Of neighbours in their sound, beside random songs: .6 is the limit."""


@dataclass(frozen=True)
class Catalogue:
    """A catalogue that trials are trained and judged on."""

    name: str
    data: EvaluationData
    encoder: FeatureEncoder
    cosine: float  # headline of z-scored cosine


def main(arguments: Sequence[str] | None = None) -> None:
    """Search, and print every trial as a row of a table, the best of each number of epochs first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tune", description=__doc__)
    parser.add_argument("--csv", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--demo", type=int, default=10_000, metavar="ROWS", help="0: none")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    with tempfile.TemporaryDirectory() as folder:
        catalogues = [read_catalogue(csv, Path(folder)) for csv in sources(options, Path(folder))]
    study = optuna.create_study(
        directions=["maximize", "minimize"],
        sampler=optuna.samplers.TPESampler(seed=options.seed),
    )
    study.enqueue_trial(present_settings())
    study.optimize(
        lambda trial: score(trial, catalogues), options.trials, timeout=options.minutes * 60
    )
    print(as_table(study))


def sources(options: argparse.Namespace, folder: Path) -> list[Path]:
    """The files to read, the built-in catalogue among them."""
    if not options.demo:
        return list(options.csv)
    demo = folder / "built-in.csv"
    write_catalogue(demo, CatalogueSettings(rows=options.demo))
    return [*options.csv, demo]


def read_catalogue(csv: Path, folder: Path) -> Catalogue:
    """Ingest and encode *csv*, hold artists out, and ask cosine first."""
    tables = folder / csv.stem
    tables.mkdir()
    ingest_csv([csv], tables, IngestSettings())
    songs = pl.read_parquet(tables / "songs" / "*.parquet")
    encoder = fit_encoder(songs.lazy(), EncodeSettings(), None)
    features = encoder.encode(songs.lazy()).collect()
    data = evaluation_data(songs, features, EvaluationSettings())
    cosine = evaluate_space(cosine_space(data.z_scores), data)
    print(f"{csv.stem}: {len(songs):,} songs, cosine {np.nanmean(cosine.genre):.3f}", flush=True)
    return Catalogue(csv.stem, data, encoder, float(np.nanmean(cosine.genre)))


def suggest(trial: optuna.Trial) -> TrainSettings:
    """Settings within bounds that a person would think of."""
    weights = {
        "continuous": trial.suggest_float("continuous", 0.5, 2.0, log=True),
        "flags": trial.suggest_float("flags", 0.03, 1.0, log=True),
        "genre": trial.suggest_float("genre", 0.3, 3.0, log=True),
        "artist": trial.suggest_float("artist", 0.03, 1.0, log=True),
        "emotion": trial.suggest_float("emotion", 0.01, 0.3, log=True),
        "ranking": trial.suggest_float("ranking", 0.03, 1.0, log=True),
    }
    masks = {
        "genre": trial.suggest_float("hide genre", 0.5, 0.95),
        "artist": trial.suggest_float("hide artist", 0.5, 0.95),
        "emotion": trial.suggest_float("hide emotion", 0.2, 0.8),
        "numeric": trial.suggest_float("hide numbers", 0.0, 0.3),
    }
    width = trial.suggest_categorical("width", [128, 256, 512])
    return TrainSettings.model_validate(
        {
            "weights": weights,
            "masks": masks,
            "network": {"hidden": (width, width // 2)},
            "temperature": trial.suggest_float("temperature", 0.05, 2.0, log=True),
            "learning_rate": trial.suggest_float("learning rate", 2e-3, 2e-2, log=True),
            "warm_up": trial.suggest_float("warm-up", 0.0, 0.3),
            "epochs": trial.suggest_categorical("epochs", [4, 6, 8, 12, 20]),
            "seed": DEFAULTS.seed + trial.number,
        }
    )


def present_settings() -> dict[str, Any]:
    """The defaults, those of a small catalogue, as the first trial."""
    weights, masks = DEFAULTS.weights, DEFAULTS.masks
    return {
        **weights.model_dump(),
        **{f"hide {name}": getattr(masks, name) for name in ("genre", "artist", "emotion")},
        "hide numbers": masks.numeric,
        "width": DEFAULTS.network.hidden[0],
        "temperature": TEMPERATURES[0],
        "learning rate": DEFAULTS.learning_rate,
        "warm-up": DEFAULTS.warm_up,
        "epochs": 12,
    }


def score(trial: optuna.Trial, catalogues: Sequence[Catalogue]) -> tuple[float, float]:
    """Mean headline over cosine's, and epochs; what the balance comes to is kept beside."""
    settings = suggest(trial)
    started = time.monotonic()
    ratios, excesses = [], []
    for catalogue in catalogues:
        found = judge(settings, catalogue)
        ratios.append(found["headline"] / catalogue.cosine)
        excesses.append(found["excess"])
        trial.set_user_attr(catalogue.name, found)
    trial.set_user_attr("excess", max(excesses))
    trial.set_constraint("no field dominates", max(excesses))
    print(
        f"{trial.number:>3} {np.mean(ratios):.3f} excess={max(excesses):+.3f} epochs={settings.epochs} "
        f"{time.monotonic() - started:.0f} s {trial.params}",
        flush=True,
    )
    return float(np.mean(ratios)), float(settings.epochs or 0)


def judge(settings: TrainSettings, catalogue: Catalogue) -> dict[str, float]:
    """Train without the held-out artists, and ask about their songs."""
    data, encoder = catalogue.data, catalogue.encoder
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    trained = train_autoencoder(data.inputs, data.held_out, sizes, settings)
    scores = evaluate_space(network_of(trained.encoder), data)
    shares = {name: scores.balance[name] or 0.0 for name in ("genre", "emotion", "audio")}
    return {
        "headline": float(np.nanmean(scores.genre)),
        **shares,
        "mse": trained.history["val_mse"][-1],
        "excess": max(
            shares["genre"] - LARGEST_SHARE,
            shares["emotion"] - LARGEST_SHARE,
            shares["audio"] - LARGEST_DISTANCE,
        ),
    }


def as_table(study: optuna.Study) -> str:
    """All trials as a Markdown table, the best first."""
    done = [trial for trial in study.trials if trial.values]
    names = list(done[0].params)
    rows = [
        [
            str(trial.number),
            f"{trial.values[0]:.3f}",
            f"{trial.user_attrs['excess']:+.2f}",
            *(brief(trial.params[name]) for name in names),
        ]
        for trial in sorted(done, key=lambda trial: -trial.values[0])
    ]
    head = ["trial", "over cosine", "excess", *names]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def brief(value: Any) -> str:
    """A setting in three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
