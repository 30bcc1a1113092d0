"""The live release, as a candidate is measured beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from models.evaluation.data import EvaluationData
from models.evaluation.metrics import Row, beside_live
from models.evaluation.protocol import Scores, evaluate_space
from models.evaluation.stability import mean_of_known, overlap_of_common
from models.evaluation.translation import translate
from models.picking import Integers
from songspace.features import FeatureEncoder
from songspace.network import Network
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import load_encoder
from tasks.evaluate.lists import lists_of


@dataclass(frozen=True)
class LiveRelease:
    """What the live release brings to a comparison."""

    name: str
    encoder: FeatureEncoder
    rehearsal: Network
    split: dict[str, Any]
    song_id: pl.Series
    lists: Integers  # rows of song_id, [n, k]


def load_live(
    store: Store,
    features: ArtifactRef | None,
    rehearsal: ArtifactRef | None,
    neighbours: ArtifactRef | None,
) -> LiveRelease | None:
    """The live release; None where there is none, or one of the first, which were not rehearsed."""
    if features is None or rehearsal is None or neighbours is None:
        return None
    for ref in (features, rehearsal, neighbours):
        store.verify(ref)
    table = store.table(neighbours, "neighbours")
    song_id = table.filter(pl.col("rank") == 1).select("song_id").collect().to_series()
    return LiveRelease(
        name=f"{rehearsal.kind}/{rehearsal.version}",
        encoder=load_encoder(store, features),
        rehearsal=Network.load(store.file(rehearsal, "rehearsal/encoder.safetensors")),
        split=store.read_json(rehearsal, "rehearsal/split.json"),
        song_id=song_id,
        lists=lists_of(table, song_id),
    )


def score_live(live: LiveRelease, today: FeatureEncoder, data: EvaluationData) -> Scores | None:
    """The live release asked what the candidate is asked; None where it was taught other artists' songs."""
    settings = data.settings
    if (live.split["salt"], live.split["share"]) != (settings.salt, settings.held_out_share):
        return None
    return evaluate_space(
        lambda inputs: live.rehearsal(translate(inputs, today, live.encoder)), data
    )


def live_row(
    live: LiveRelease, scores: Scores | None, candidate: Scores, data: EvaluationData
) -> Row:
    """The candidate's headline over the live release's; null where the two cannot be compared."""
    nothing: Row = {"ratio": None, "low": None, "high": None}
    found = nothing if scores is None else beside_live(candidate, scores, data)
    return {"release": live.name, **found}


def kept_of_live(live: LiveRelease, song_id: pl.Series, lists: Integers, k: int) -> float | None:
    """Share of the first k neighbours that the songs of both releases keep; None without such songs."""
    return mean_of_known(
        overlap_of_common(song_id.to_numpy(), lists, live.song_id.to_numpy(), live.lists, k)
    )
