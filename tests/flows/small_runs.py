"""Whole runs over a small catalogue: what a run costs beside the work is all that they take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State, TaskRun

import songspace
from flows.pipeline import pipeline
from flows.settings import PipelineSettings, read_settings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.publish import Published

CATALOGUE: Final = CatalogueSettings(rows=400, broken_share=0.01)

SMALL: Final = (
    "train.epochs=2",
    "train.network.hidden=[16]",
    "train.network.artist_embedding=8",
    "train.original.epochs=2",
    "evaluate.queries=100",
    "evaluate.known_queries=100",
    "evaluate.bootstrap=100",
    "evaluate.bound_songs=100",
    "map.points=200",
    "map.early_iterations=20",
    "map.iterations=20",
    "contract.max_quarantined_share=0.1",
)
"""Settings of a run that is not about what they say."""

AS_OPTIONS: Final = tuple(part for change in SMALL for part in ("--set", change))
"""The same on a command line."""

ALWAYS: Final = "find_source"
"""The task that looks anew every time."""

STAGES: Final = (
    "ingest",
    "fold",
    "check_contract",
    "summarise",
    "fit",
    "encode",
    "gather_features",
    "train",
    "align",
    "latents",
    "gather_latents",
    "index",
    "neighbours",
    "gather_neighbours",
    "draw_map",
    "rehearse",
    "rehearse_original",
    "evaluate",
    "gate",
    "report",
    "publish",
)
"""All other tasks, in the order of the flow."""

MAPPED: Final = ("ingest", "summarise", "encode", "latents", "neighbours")
"""Those that run once a piece: their runs are called "ingest 1 of 3" and so on."""


FILES: Final = ("a.csv", "b.csv", "c.csv")
"""Those of a catalogue in several files."""

First: TypeAlias = tuple[Published, list[str]]
"""What the first run published, and which tasks did any work."""


class Pipeline:
    """One store and one catalogue, run again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.csv = folder / "songs.csv"
        self.root = folder / "store"
        self.last_run: FlowRun
        self.last_states: dict[str, str]  # of the task runs of that, by their name

    @property
    def store(self) -> Store:
        return Store.open(self.root)

    def copy(self, folder: Path) -> Pipeline:
        """The same catalogue and store in another *folder*, to be changed there."""
        shutil.copy(self.csv, folder)
        shutil.copytree(self.root, folder / "store", symlinks=True)
        return Pipeline(folder)

    def settings(self, *changes: str) -> PipelineSettings:
        return read_settings(None, [*SMALL, *changes], csv=str(self.csv), store=str(self.root))

    def run(self, *changes: str) -> tuple[Published, list[str]]:
        """What was published, and which tasks did any work."""
        state: State[Published] = pipeline(self.settings(*changes), return_state=True)
        published = state.result()
        assert isinstance(published, Published)
        self.last_run, runs = runs_of(state)
        self.last_states = states_of(runs)
        return published, worked(self.last_states)

    def made(self, published: Published, kind: str) -> ArtifactRef:
        """The artifact of *kind* that a release was put together from."""
        recorded = self.store.release_manifest(published.release).recipe["artifacts"]
        assert isinstance(recorded, dict)
        return ArtifactRef.model_validate(recorded[kind])

    def pieces(self, published: Published, kind: str) -> list[ArtifactRef]:
        """The artifacts of *kind*, one a piece, that a release was put together from."""
        recorded: Any = self.store.release_manifest(published.release).recipe["pieces"]
        return [ArtifactRef.model_validate(ref) for ref in recorded[kind]]


def states_of(runs: list[TaskRun]) -> dict[str, str]:
    """The states of task runs, by their names; of what was found and not used, that of the work that followed."""
    found = {run.name: "Cached" for run in runs if run.state_name == "Cached"}
    return found | {run.name: run.state_name or "" for run in runs if run.state_name != "Cached"}


def runs_of(state: State[Any], last: str = STAGES[-1]) -> tuple[FlowRun, list[TaskRun]]:
    """A flow run that ended in *state*, and the runs of its tasks once the server knows how the *last* one ended."""
    flow_run = state.state_details.flow_run_id
    assert flow_run is not None
    only = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run]))
    with get_client(sync_client=True) as client:
        while True:
            runs = client.read_task_runs(flow_run_filter=only)
            ended = [run.name for run in runs if run.state and run.state.is_final()]
            if (
                last in ended
                and len(ended) == len(runs)
                and not missing({run.name for run in runs})
            ):
                return client.read_flow_run(flow_run), runs
            time.sleep(0.1)


def missing(names: set[str]) -> set[str]:
    """The pieces that nobody has told of yet, where of the same stage another is known: "ingest 2 of 3" without 3."""
    known = (name.rpartition(" of ") for name in names if " of " in name)
    of_stages = {(stage_of(name), int(total)) for name, _, total in known}
    return {
        piece
        for stage, total in of_stages
        for number in range(1, total + 1)
        if (piece := f"{stage} {number} of {total}") not in names
    }


def task_names(state: State[Published]) -> list[str]:
    """The tasks of such a run that found nothing that they could use again."""
    _, runs = runs_of(state)
    return [run.name for run in runs if run.state_name != "Cached"]


def worked(states: Mapping[str, str]) -> list[str]:
    """Which tasks of a flow run found nothing that they could use again; each was asked."""
    assert {stage_of(name) for name in states} == {ALWAYS, *STAGES}
    busy = {stage_of(name) for name, state in states.items() if state != "Cached"}
    return [stage for stage in STAGES if stage in busy]


def stage_of(name: str) -> str:
    """The stage of a task run, which may have worked on one piece of several."""
    stage, piece, _ = name.partition(" ")
    assert bool(piece) == (stage in MAPPED), name
    return stage


class Shards(Pipeline):
    """One store and a catalogue of several files in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.csv = folder / "catalogue"

    def copy(self, folder: Path) -> Shards:
        """The same catalogue and store in another *folder*, to be changed there."""
        shutil.copytree(self.csv, folder / self.csv.name)
        shutil.copytree(self.root, folder / "store", symlinks=True)
        return Shards(folder)

    def file(self, name: str) -> Path:
        """One of the files."""
        return self.csv / name


def begin_shards(folder: Path) -> Shards:
    """The catalogue in three files, and a store that is not there yet."""
    line = Shards(folder)
    line.csv.mkdir()
    write_catalogue(folder / "whole.csv", CATALOGUE)
    head, *rows = (folder / "whole.csv").read_bytes().splitlines(keepends=True)
    for name, part in zip(FILES, (rows[:100], rows[100:300], rows[300:]), strict=True):
        line.file(name).write_bytes(b"".join([head, *part]))
    return line


def begin(folder: Path) -> Pipeline:
    """A catalogue, and a store that is not there yet."""
    line = Pipeline(folder)
    write_catalogue(line.csv, CATALOGUE)
    return line


def latents_of(root: Path) -> pl.DataFrame:
    """Songs and places of the live release."""
    with songspace.open(root) as release:
        return release.latents.select("song_id", "latent").collect()


def assert_same_places(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """The same songs in the same order, each within a millionth of the same place."""
    assert ours["song_id"].equals(theirs["song_id"])
    np.testing.assert_allclose(ours["latent"].to_numpy(), theirs["latent"].to_numpy(), atol=1e-6)
