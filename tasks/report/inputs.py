"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from models.gate import Judgement

Facts = Mapping[str, object]
History = Mapping[str, Sequence[float]]
Metrics = Mapping[str, Any]


class ReportSettings(BaseModel):
    """How the report looks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    legend_names: int = Field(
        10,
        ge=1,
        le=10,
        description="Genres, artists or emotions with a colour; the rest is 'other'.",
    )
    examples: int = Field(10, ge=0, le=50, description="Songs whose neighbours are listed.")
    neighbours_per_example: int = Field(10, ge=1, le=50, description="Neighbours listed of each.")
    quarantine_examples: int = Field(3, ge=0, le=20, description="Rows shown for every reason.")
    dots_per_inch: int = Field(110, ge=50, le=300, description="Sharpness of the pictures.")


@dataclass(frozen=True)
class Histories:
    """What each training took down, one value an epoch: "loss", "mse", the heads; "val_..." of songs it did not see."""

    release: History  # on all songs
    rehearsal: History  # the same without the held-out artists, whose songs are the "val_..."
    original: History  # the objective of the first scripts, on the songs of the rehearsal


@dataclass(frozen=True)
class ReportInputs:
    """One run, in plain tables and facts."""

    title: str
    run: Facts  # source, versions of songs and model, settings, libraries; may be nested
    songs: pl.LazyFrame  # SONGS
    map: pl.DataFrame  # MAP: a sample of the songs
    map_quality: Facts  # what models.map_quality returns
    neighbours: pl.LazyFrame  # NEIGHBOURS
    histories: Histories
    metrics: Metrics  # evaluation/metrics.json; None where nothing could be measured
    verdict: Judgement  # of the gate
    space: Facts  # model/space.json
    profile: Facts  # what the source looked like: "counts", "nulls", "numbers", ...
    drift: Facts  # "notes" on what changed; "compared_with": None for a first release
    counts: Facts  # "read", "kept", "folded", "quarantined" rows
    quarantine: pl.LazyFrame  # QUARANTINE
    recall: Facts  # "recall" of the lists of "k" neighbours, and how they were searched
