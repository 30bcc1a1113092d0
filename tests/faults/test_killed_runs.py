"""A small run that is killed thirty times, in every stage and at random moments of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

import songspace
from tests.flows.attempts import FINISHED, Attempt
from tests.flows.small_runs import (
    ALWAYS,
    STAGES,
    Pipeline,
    assert_same_places,
    begin,
    latents_of,
)

TWICE: Final = ("ingest", "fold", "encode", "latents", "neighbours")
KILLS: Final = dict.fromkeys(STAGES, 1) | dict.fromkeys(TWICE, 2) | {"train": 3, "publish": 3}
BEGINNING: Final = "Beginning flow run"
OTHER: Final = ("ingest.top_categories=49", "train.seed=7")

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.usefixtures("prefect_server"),
]


def run(line: Pipeline, log: Path, *changes: str) -> Attempt:
    """A run that nobody disturbs, at its end."""
    with Attempt(line, log, *changes) as attempt:
        attempt.end()
    return attempt


def shorten(line: Pipeline) -> None:
    """Take the last song out of the catalogue: then every stage has something to do."""
    line.csv.write_bytes(b"".join(line.csv.read_bytes().splitlines(keepends=True)[:-1]))


def moments(said: str) -> Iterator[tuple[str, str, float]]:
    """Every stage of a run, what it says when that begins, and how many seconds it took."""
    lines = said.splitlines()
    sign, began = BEGINNING, clock(next(line for line in lines if BEGINNING in line))
    for line in lines:
        if found := FINISHED.search(line):
            if found[1] != ALWAYS:
                yield found[1], sign, clock(line) - began
            sign, began = found[0].partition(" in state")[0], clock(line)


def clock(line: str) -> float:
    """When a line was logged, in seconds."""
    return datetime.strptime(f"{line[:12]} +0000", "%H:%M:%S.%f %z").timestamp()


def require_one_release(line: Pipeline) -> None:
    """Whatever happened: what is live is whole and of one run, and the ledger has no gap."""
    history = line.store.history()
    assert [entry.sequence for entry in history] == list(range(1, len(history) + 1))
    with songspace.open(line.root) as release:
        line.store.verify_release(release.id)
        songs = release.songs.select("song_id").collect()["song_id"]
        for table in (release.latents, release.neighbours):
            ids = table.select("song_id").collect()["song_id"].unique(maintain_order=True)
            assert ids.equals(songs)


def test_a_run_that_is_killed_in_every_stage_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    (tmp_path / "undisturbed").mkdir()
    (tmp_path / "killed").mkdir()
    undisturbed, killed = begin(tmp_path / "undisturbed"), begin(tmp_path / "killed")
    for line in (undisturbed, killed):
        run(line, tmp_path / f"{line.folder.name}.log")
        shorten(line)
    said = run(undisturbed, tmp_path / "second.log", *OTHER).said()
    drawn = random.Random(20260301)
    worked: Counter[str] = Counter()
    kills: Counter[str] = Counter()

    for stage, sign, seconds in moments(said):
        for number in range(KILLS[stage]):
            with Attempt(killed, tmp_path / f"{stage}-{number}.log", *OTHER) as attempt:
                attempt.wait_for(sign)
                time.sleep(drawn.uniform(0, seconds))
            worked.update(attempt.worked())
            kills[stage] += 1
            require_one_release(killed)
    worked.update(run(killed, tmp_path / "last.log", *OTHER).worked())

    assert kills == KILLS
    assert kills.total() == 30
    require_one_release(killed)
    assert len(killed.store.history()) == 2
    del worked[ALWAYS]
    assert worked == Counter(STAGES)  # nothing that was finished was done again
    assert_same_places(latents_of(killed.root), latents_of(undisturbed.root))
