"""All pictures of a report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tasks.report.feature_pictures import (
    correlations,
    count_scores,
    count_values,
    draw_correlations,
    draw_features,
    draw_scores,
    numeric_features,
)
from tasks.report.groups import Grouping
from tasks.report.headline_picture import draw_headline
from tasks.report.inputs import ReportInputs, ReportSettings
from tasks.report.map_picture import draw_map
from tasks.report.training_picture import draw_training


def draw_pictures(
    out: Path,
    inputs: ReportInputs,
    settings: ReportSettings,
    points: pl.DataFrame,
    by: Mapping[str, Grouping],
) -> dict[str, Path]:
    """Write every picture into *out*; their paths by name."""
    names = ("headline", "map", "training", "features", "correlation", "scores")
    paths = {name: out / f"{name}.png" for name in names}
    sharpness = settings.dots_per_inch
    features = numeric_features(inputs.songs)
    draw_headline(paths["headline"], inputs.metrics, sharpness)
    draw_map(paths["map"], points, by, inputs.map_quality, sharpness)
    draw_training(paths["training"], inputs.histories, sharpness)
    draw_features(paths["features"], count_values(features), sharpness)
    draw_correlations(paths["correlation"], correlations(features), sharpness)
    draw_scores(paths["scores"], count_scores(inputs.neighbours), sharpness)
    return paths
