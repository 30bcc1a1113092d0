"""A candidate made worse on purpose is refused; by a person's word it goes live, and a rollback takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest

import songspace
from flows.commands import main
from flows.pipeline import pipeline
from tasks.publish import CandidateRefused, Published
from tests.flows.small_runs import Pipeline
from tests.tasks.ingest.csv_rows import BPM_ROW, as_csv

pytestmark = pytest.mark.usefixtures("prefect_server")

GENRES: Final = ("ambient", "folk", "house", "metal", "soul")
TELLING: Final = ("Energy", "Danceability", "Acousticness")
"""Columns by which the genres differ; in the others any song may have anything."""

SILENT: Final = ("Positiveness", "Speechiness", "Liveness", "Instrumentalness", "Popularity")

ENOUGH: Final = (
    "train.epochs=10",
    "train.batch_size=64",
    "train.network.hidden=[64]",
    "evaluate.held_out_share=0.3",  # of 400 artists: a hundred make a headline
    "evaluate.queries=400",
)
"""What a network needs to learn the genres of such a catalogue, and the gate to judge it."""


def catalogue(artists: int = 400, songs: int = 4) -> list[dict[str, str]]:
    """Songs of artists who keep to one genre, of which the telling columns have typical values."""
    random = np.random.default_rng(0)
    typical = random.permuted(np.tile([[15], [30], [50], [70], [85]], 3), axis=0)  # [genres, telling]
    rows = []
    for artist in range(artists):
        genre = artist % len(GENRES)
        for song in range(songs):
            told = np.clip(random.normal(typical[genre], 8), 0, 100).round().astype(int)
            cells = {
                "Artist(s)": f"Artist {artist}",
                "song": f"Song {song}",
                "Genre": GENRES[genre],
                "Tempo": str(random.integers(60, 180)),
                "emotion": str(random.choice(["joy", "anger", "sadness"])),
                **dict(zip(TELLING, map(str, told), strict=True)),
                **{name: str(random.integers(101)) for name in SILENT},
            }
            rows.append({**BPM_ROW, **cells})
    return rows


def shuffled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same songs, each with the genre of another."""
    genres = np.random.default_rng(1).permutation([row["Genre"] for row in rows])
    return [{**row, "Genre": str(genre)} for row, genre in zip(rows, genres, strict=True)]


def run(line: Pipeline, rows: list[dict[str, str]]) -> Published:
    """A night in which the catalogue holds *rows*."""
    line.csv.write_text(as_csv(rows))
    return pipeline(line.settings(*ENOUGH))
