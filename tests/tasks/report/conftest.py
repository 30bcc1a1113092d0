"""A small run to report on, hostile names included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.gate import GateSettings, give_verdict, judge
from songspace.schemas import MAP, NEIGHBOURS, QUARANTINE
from tasks.report.inputs import Histories, ReportInputs, ReportSettings
from tasks.report.page import write_report
from tests.tasks.report.measured_metrics import FIRST_SPACE, measured

HOSTILE = (
    "</script><script>document.title='executed'</script>",
    "<img src=x onerror=\"document.title='executed'\">",
    "<a href=\"javascript:document.title='executed'\">link</a>",
    "{{ 7 * 7 }} ${alert(1)} $x^2$",
    "_hidden \u2028 line <!-- <script>",
    "Ωmega 曲 🎵 A$AP $",
)

MakeInputs = Callable[..., ReportInputs]


@pytest.fixture
def make_inputs(make_songs: Callable[..., pl.DataFrame]) -> MakeInputs:
    """A function that makes the inputs of a report on *count* songs; fields can be replaced."""

    def make(count: int = 24, **fields: Any) -> ReportInputs:
        names = [HOSTILE[row % len(HOSTILE)] for row in range(count)]
        songs = make_songs(
            song_id=list(range(1, count + 1)),
            song=names,
            artist=names,
            artists=[[name] for name in names],
            genre=[["pop", "rock,<b>folk</b>"][row % 2] for row in range(count)],
            genres=[[["pop"], ["rock", "<b>folk</b>"]][row % 2] for row in range(count)],
            popularity=[row % 100 for row in range(count)],
        )
        return ReportInputs(**(run_facts() | tables(songs) | fields))

    return make


@pytest.fixture
def report_folder(make_inputs: MakeInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of hostile names, written once for all tests that only read it."""
    folder = tmp_path_factory.getbasetemp() / "report"
    if not folder.exists():
        write_report(folder, make_inputs(), ReportSettings(dots_per_inch=50))
    return folder


def tables(songs: pl.DataFrame) -> dict[str, Any]:
    """Songs, a map of all of them, and the next two songs as neighbours of each."""
    ids = songs["song_id"].to_numpy()
    places = np.random.default_rng(0).normal(size=(2, len(ids)))
    return {
        "songs": songs.lazy(),
        "map": pl.DataFrame({"song_id": ids, "x": places[0], "y": places[1]}).cast(MAP),
        "neighbours": pl.DataFrame(
            {
                "song_id": ids.repeat(2),
                "rank": np.tile([1, 2], len(ids)),
                "neighbour_id": np.stack([np.roll(ids, -1), np.roll(ids, -2)], axis=1).ravel(),
                "score": np.tile([0.95, 0.8], len(ids)),
            }
        )
        .cast(NEIGHBOURS)
        .lazy(),
    }


def run_facts() -> dict[str, Any]:
    """Everything about a run but its songs."""
    return {
        "title": f"Release {HOSTILE[0]}",
        "run": {"source": HOSTILE[1], "seconds": {"train": 12.5}, "versions": {"polars": "2.1.0"}},
        "map_quality": {"trustworthiness": 0.987, "neighbours_kept": 0.41},
        "histories": Histories(
            release={"loss": [1.0, 0.5, 0.3], "genre": [1.0, 0.9, 0.8], "mse": [0.1, 0.05, 0.02]},
            rehearsal={
                "loss": [1.0, 0.5, 0.3],
                "genre": [1.0, 0.9, 0.8],
                "artist": [1.1, 1.0, 0.9],
                "mse": [0.1, 0.05, 0.02],
                "val_loss": [1.1, 0.6, 0.65],
                "val_genre": [1.0, 0.95, 0.9],
                "val_artist": [0.0, 0.0, 0.0],
                "val_mse": [0.1, 0.04, 0.03],
            },
            original={name: [0.04, 0.002] for name in ("loss", "mse", "val_loss", "val_mse")},
        ),
        "metrics": measured(),
        "verdict": give_verdict(judge(measured(), GateSettings()), measured()),
        "space": FIRST_SPACE,
        "profile": {"numbers": {"tempo": {"mean": 120.5}, "energy": {"mean": 60.0}}},
        "drift": {"compared_with": None, "notes": [], "broken": []},
        "counts": {"read": 31, "kept": 24, "folded": 5, "quarantined": 2},
        "quarantine": pl.DataFrame(
            {
                "file": ["songs.csv"] * 2,
                "line": [7, 9],
                "reason": ["short row", "short row"],
                "raw": [HOSTILE[0], "=cmd()"],
            },
            schema=QUARANTINE,
        ).lazy(),
        "recall": {"k": 20, "recall": 0.9987},
    }
