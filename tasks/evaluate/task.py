"""How good a candidate's space is, beside the baselines, the live release and what is possible."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from models.evaluation.data import EvaluationData, evaluation_data
from models.evaluation.lists import list_facts
from models.evaluation.metrics import Row, bound_row, headline, protocol_facts, space_row
from models.evaluation.protocol import (
    Answers,
    BoundScores,
    Scores,
    ask,
    evaluate_baselines,
    evaluate_bound,
    evaluate_space,
    known_lists,
    score,
)
from models.evaluation.settings import EvaluationSettings
from models.evaluation.stability import mean_of_known, overlap
from models.picking import Integers
from songspace.jsonfile import write_json
from songspace.network import Network
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.encode import load_encoder
from tasks.evaluate.lists import lists_of
from tasks.evaluate.live import LiveRelease, kept_of_live, live_row, load_live, score_live
from tasks.inputs import read_inputs
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)

LIBRARIES = (
    "faiss-cpu",
    "keras",
    "numpy",
    "polars",
    "safetensors",
    "scikit-learn",
    "tensorflow",
    "xxhash",
)

COLUMNS = (
    "song_id",
    "artist",
    "artists",
    "song",
    "clone_group",
    "popularity",
    "release_date",
    "loudness_db",
    "length_s",
    "key",
    "explicit",
)
"""What is read of SONGS."""

STEPS = 5
"""Steps that the bar shows."""


@dataclass(frozen=True)
class Candidate:
    """What a run has made that is judged."""

    rehearsal: Path  # autoencoder.keras
    rehearsed: Network
    model: Path  # encoder.keras
    released: Network
    song_id: pl.Series
    lists: Integers  # the released neighbours as rows of song_id, [n, k]


@stage(
    "evaluation",
    libraries=LIBRARIES,
    timeout_s=3600,
    builds_on={
        "live_features": "features",
        "live_rehearsal": "rehearsal",
        "live_neighbours": "neighbours",
    },
)
def evaluate(
    draft: Path,
    store: Store,
    *,
    songs: ArtifactRef,
    features: ArtifactRef,
    rehearsal: ArtifactRef,
    original: ArtifactRef,
    model: ArtifactRef,
    neighbours: ArtifactRef,
    flat: ArtifactRef,
    live_features: ArtifactRef | None,
    live_rehearsal: ArtifactRef | None,
    live_neighbours: ArtifactRef | None,
    settings: EvaluationSettings,
) -> None:
    """Ask every space the same questions, and write what each answered, how good that is, and how sure."""
    catalogue = store.table(songs, "songs").select(COLUMNS).collect()
    data = evaluation_data(catalogue, read_inputs(store, features), settings)
    song_id, title = catalogue["song_id"], titles(catalogue)
    del catalogue  # its names would take a fifth of the memory until the end
    candidate = Candidate(
        rehearsal=store.file(rehearsal, "rehearsal/autoencoder.keras"),
        rehearsed=Network.load(store.file(rehearsal, "rehearsal/encoder.safetensors")),
        model=store.file(model, "model/encoder.keras"),
        released=Network.load(store.file(model, "model/encoder.safetensors")),
        song_id=song_id,
        lists=lists_of(store.table(neighbours, "neighbours"), song_id),
    )
    live = load_live(store, live_features, live_rehearsal, live_neighbours)
    old = Network.load(store.file(original, "original/encoder.safetensors"))

    with progress("evaluate", "step") as advance:
        steps = iter(range(1, STEPS + 1))
        answers = ask(candidate.rehearsed, data)
        scores = {"candidate": score(answers, data)}
        advance(next(steps), STEPS)
        beside = score_live(live, load_encoder(store, features), data) if live else None
        scores |= {"live": beside} if beside else {}
        scores |= {"original": evaluate_space(old, data)}
        advance(next(steps), STEPS)
        scores |= evaluate_baselines(data)
        advance(next(steps), STEPS)
        bound = evaluate_bound(data)
        advance(next(steps), STEPS)
        metrics = {
            **table_of_spaces(scores, bound, data),
            "live": live_row(live, beside, scores["candidate"], data) if live else None,
            **measure(candidate, answers, live, data),
            "map": store.read_json(flat, "quality.json"),
        }
        metrics["lists"] |= store.read_json(neighbours, "search/recall.json")
        metrics["lists"] |= list_facts(
            candidate.lists,
            data.catalogue.artist,
            title,
            data.catalogue.group,
            settings.k,
        )
        advance(next(steps), STEPS)

    (draft / "evaluation").mkdir()
    write_json(draft / "evaluation" / "metrics.json", metrics)
    queries_table(scores, candidate.song_id, data).write_parquet(
        draft / "evaluation" / "queries.parquet", compression="zstd"
    )
    tell(metrics)


def table_of_spaces(
    scores: Mapping[str, Scores], bound: BoundScores | None, data: EvaluationData
) -> Row:
    """Who was asked what, the headline, and a row for every space."""
    rows = [space_row(name, found, data) for name, found in scores.items()]
    return {
        "protocol": protocol_facts(data),
        "headline": headline(scores["candidate"], bound, data),
        "spaces": [*rows, *([bound_row(bound, data)] if bound else [])],
        "balance": rows[0]["balance"],
    }


def measure(
    candidate: Candidate, answers: Answers, live: LiveRelease | None, data: EvaluationData
) -> Row:
    """What no other space is asked: its heads, how steady its lists are, and whether its encoders agree."""
    from models.evaluation.encoders import compare_encoders
    from models.evaluation.recovery import recovered_fields
    from models.saving import load_network

    again = known_lists(candidate.released, data)
    rehearsal = load_network(candidate.rehearsal)
    return {
        "heads": recovered_fields(
            rehearsal, data.candidates.take(data.queries), data.inputs.take(data.known), data.inputs
        ),
        "lists": {},
        "stability": {
            "live": kept_of_live(live, candidate.song_id, candidate.lists, data.settings.k)
            if live
            else None,
            "two_seeds": mean_of_known(overlap(answers.known, again)),
        },
        "encoders": compare_encoders(candidate.model, candidate.released, data.inputs),
    }


def titles(songs: pl.DataFrame) -> Integers:
    """A number for every artist and title as the source names them: what makes two rows one song."""
    named = pl.struct("artist", "song").rank("dense")
    return songs.select(named).to_series().to_numpy().astype(np.int64)


def queries_table(
    scores: Mapping[str, Scores], song_id: pl.Series, data: EvaluationData
) -> pl.DataFrame:
    """The headline of every query, a column for each space; null where it cannot be told."""
    values = {name: pl.Series(found.genre).fill_nan(None) for name, found in scores.items()}
    return pl.DataFrame({"song_id": song_id[data.queries], **values})


def tell(metrics: Row) -> None:
    """Log the headline beside what it is compared with."""
    found = {row["space"]: row["genre"] for row in metrics["spaces"]}
    log.info(
        "%s: %s queries=%d",
        metrics["headline"]["name"],
        " ".join(f"{name}={value:.3f}" for name, value in found.items() if value is not None),
        metrics["protocol"]["queries"],
    )
