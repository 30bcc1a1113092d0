"""A candidate made worse on purpose is refused; by a person's word it goes live, and a rollback takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pytest
from prefect.client.schemas.objects import State

import songspace
from flows.commands import main
from flows.pipeline import pipeline
from models.gate import Judgement
from storage.artifacts import ArtifactRef
from tasks.publish import Published
from tests.flows.small_runs import Pipeline
from tests.tasks.ingest.csv_rows import BPM_ROW, as_csv

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("prefect_server")]

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
    typical = random.permuted(
        np.tile([[15], [30], [50], [70], [85]], 3), axis=0
    )  # [genres, telling]
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


class Nights(NamedTuple):
    """Two runs into one store: the second of the same songs, with shuffled genres."""

    line: Pipeline
    good: str  # the release of the first
    worse: str  # the release of the second
    ended: State[Published]  # how the second did


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pipeline, str]:
    """What the first night left, only to be looked at, and its release."""
    line = Pipeline(tmp_path_factory.mktemp("worse"))
    published = run(line, catalogue()).result()
    assert isinstance(published, Published)
    return line, published.release


@pytest.fixture(scope="module")
def nights(good: tuple[Pipeline, str], tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """What both left, only to be looked at."""
    before, release = good
    line = before.copy(tmp_path_factory.mktemp("nights"))
    ended = run(line, shuffled(catalogue()))
    (worse,) = {*line.store.releases()} - {release}
    return Nights(line, release, worse, ended)


def run(line: Pipeline, rows: list[dict[str, str]]) -> State[Published]:
    """A night on which the catalogue holds *rows*."""
    line.csv.write_text(as_csv(rows))
    state: State[Published] = pipeline(line.settings(*ENOUGH), return_state=True)
    return state


def judged(line: Pipeline, release: str) -> Judgement:
    """All that the gate said of a release."""
    store = line.store
    recorded = store.release_manifest(release).recipe["artifacts"]
    assert isinstance(recorded, dict)
    gate = ArtifactRef.model_validate(recorded["gate"])
    return Judgement.model_validate(store.read_json(gate, "gate/gate.json"))


def found(judgement: Judgement) -> dict[str, bool]:
    """Whether the candidate passed, by the name of the check."""
    return {check.name: check.passed for check in judgement.checks}


def test_genres_that_follow_from_the_numbers_go_live(good: tuple[Pipeline, str]) -> None:
    line, release = good
    judgement = judged(line, release)

    assert [entry.release for entry in line.store.history()] == [release]
    assert all(found(judgement).values())
    assert judgement.headline is not None
    assert judgement.headline > 0.8


def test_shuffled_genres_are_refused_and_the_first_line_says_why(nights: Nights) -> None:
    first_line = (nights.ended.message or "").splitlines()[0]

    assert nights.ended.is_failed()
    assert "fail: " in first_line
    assert "lead over random lists: " in first_line
    assert f"{nights.worse} is not live" in first_line
    assert f'python -m flows publish {nights.worse} --force "reason"' in first_line


def test_shuffled_genres_spoil_no_check_but_those_of_the_headline(nights: Nights) -> None:
    passed = found(judged(nights.line, nights.worse))

    failed = {name for name, well in passed.items() if not well}
    assert {"headline beside random lists", "lead over random lists"} <= failed
    assert all("headline" in name or "lead" in name for name in failed)


def test_what_was_refused_can_be_looked_at_and_is_not_live(nights: Nights) -> None:
    with (
        songspace.open(nights.line.root) as live,
        songspace.open(nights.line.store.release_folder(nights.worse)) as worse,
    ):
        assert live.id == nights.good
        assert worse.id == nights.worse
        assert worse.songs.collect().height == live.songs.collect().height


def test_forced_it_is_live_with_the_reason_in_the_ledger_and_a_rollback_returns_the_old_one(
    nights: Nights, tmp_path: Path
) -> None:
    line = nights.line.copy(tmp_path)
    where = ["--store", str(line.root)]

    assert main(["publish", nights.worse, "--force", "a trial", "--by", "Ann", *where]) == 0
    forced = line.store.history()[-1]
    assert main(["rollback", *where]) == 0
    back = line.store.history()[-1]

    assert (forced.action, forced.release) == ("force", nights.worse)
    assert (forced.reason, forced.by) == ("a trial", "Ann")
    assert (back.action, back.release) == ("rollback", nights.good)
