"""Whole runs whose store is in a bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import polars as pl
import pytest
from prefect.client.schemas.objects import State

import songspace
from flows.commands import main
from flows.maintenance import maintenance
from flows.maintenance_settings import MaintenanceSettings
from flows.pipeline import pipeline
from flows.reports import site
from flows.settings import read_settings
from songspace import Choice
from songspace.s3 import bucket
from songspace.s3.url import Url
from storage.s3.store import BucketStore
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.publish import Published
from tests.buckets import set_environment
from tests.flows.small_runs import AS_OPTIONS, SMALL, STAGES, task_names

Captured = pytest.CaptureFixture[str]


class Ran(NamedTuple):
    """A store in which a run was made from the command line."""

    root: Url
    release: str
    folder: Path


@pytest.fixture(scope="module")
def ran(
    prefect_server: None, s3_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ran]:
    del prefect_server
    folder = tmp_path_factory.mktemp("bucket")
    with pytest.MonkeyPatch.context() as patch:
        root = set_environment(patch, s3_server, folder / "cache")
        assert main(["run", "--demo", "300", "--store", str(root), *AS_OPTIONS]) == 0
        head = BucketStore.found(root).head()
        assert head is not None
        yield Ran(root, head.release, folder)


def test_the_same_run_again_finds_all_that_it_made(ran: Ran) -> None:
    settings = read_settings(None, [*SMALL, "demo.rows=300"], store=str(ran.root))

    state: State[Published] = pipeline(settings, return_state=True)

    assert state.result().release == ran.release
    assert set(task_names(state)).isdisjoint({*STAGES, "write_demo"})


def test_the_run_says_where_the_release_is(ran: Ran, capsys: Captured) -> None:
    assert main(["run", "--demo", "300", "--store", str(ran.root), *AS_OPTIONS]) == 0

    said = capsys.readouterr().out
    assert f"{ran.root}/releases/{ran.release}/report/index.html" in said
    assert f"songspace info {ran.root}" in said
    assert not Path("s3:").exists()


def test_a_song_has_songs_like_it(ran: Ran) -> None:
    with songspace.open(str(ran.root)) as release:
        assert release.id == ran.release
        song = int(release.songs.select("song_id").head(1).collect().item())
        assert len(release.recommender.similar(song, Choice(3))) == 3


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["releases"], "* {release}"),
        (["verify"], "{release} is whole"),
        (["why"], "songs       as before"),
        (["gc"], "freed 0.0 MB"),
        (["pin", "{release}", "--reason", "cited"], "{release}"),
        (["unpin", "{release}"], "{release}"),
        (["overdue"], "was completed on"),
    ],
)
def test_the_commands_take_a_place_in_a_bucket(
    ran: Ran, command: list[str], said: str, capsys: Captured
) -> None:
    words = [word.format(release=ran.release) for word in command]

    assert main([*words, "--store", str(ran.root)]) == 0

    assert said.format(release=ran.release) in capsys.readouterr().out


def test_new_songs_are_placed_by_the_live_release_of_a_bucket(ran: Ran) -> None:
    csv, out = ran.folder / "new.csv", ran.folder / "new.parquet"
    assert main(["synth", "--rows", "50", "--seed", "9", "--out", str(csv)]) == 0

    command = ["encode", "--csv", str(csv), "--out", str(out), "--store", str(ran.root)]
    assert main(command) == 0

    assert len(pl.read_parquet(out)) > 40


def test_the_report_is_shown_out_of_a_bucket(ran: Ran) -> None:
    async def ask(*paths: str) -> list[httpx.Response]:
        transport = httpx.ASGITransport(site([str(ran.root)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.get(path) for path in paths]

    listed, report = asyncio.run(ask("/", f"/{ran.root.name}/{ran.release}/"))

    assert ran.release in listed.text
    assert (report.status_code, "<html" in report.text) == (200, True)


def test_a_store_in_a_bucket_is_looked_after(ran: Ran) -> None:
    drilled = maintenance(MaintenanceSettings(store=str(ran.root)))

    assert (drilled.live, drilled.target) == (ran.release, None)


@pytest.fixture
def catalogue(ran: Ran) -> Url:
    """Two files of a catalogue in the bucket, and one that is none."""
    folder = ran.root.parent / "catalogue"
    for seed in (1, 2):
        file = ran.folder / f"songs-{seed}.csv"
        if not file.exists():
            write_catalogue(file, CatalogueSettings(rows=200, seed=seed))
        bucket.put(folder / file.name, file.read_bytes())
    bucket.put(folder / "notes.txt", b"no songs")
    return folder


def ingested(catalogue: Url, ran: Ran) -> tuple[list[str], list[str]]:
    """A run over the catalogue in a store of its own: which tasks worked, and the files of its songs."""
    store = ran.root.parent / "of-objects"
    settings = read_settings(None, SMALL, csv=f"{catalogue}/*.csv", store=str(store))
    state: State[Published] = pipeline(settings, return_state=True)
    with songspace.open(f"{store}/releases/{state.result().release}") as release:
        files = release.songs.select("file").unique().collect()["file"].sort().to_list()
    return task_names(state), files


def test_of_objects_only_one_that_changed_is_read_again(catalogue: Url, ran: Ran) -> None:
    first, files = ingested(catalogue, ran)
    changed = ran.folder / "changed.csv"
    write_catalogue(changed, CatalogueSettings(rows=210, seed=3))
    bucket.put(catalogue / "songs-2.csv", changed.read_bytes())

    again, _ = ingested(catalogue, ran)

    assert files == ["songs-1.csv", "songs-2.csv"]
    read = sorted(name for name in first if name.startswith("ingest"))
    assert read == ["ingest 1 of 2", "ingest 2 of 2"]
    assert [name for name in again if name.startswith("ingest")] == ["ingest 2 of 2"]


def test_a_pattern_that_no_object_has_is_refused(ran: Ran, capsys: Captured) -> None:
    assert main(["run", "--csv", f"{ran.root}/*.csv", "--store", str(ran.root)]) == 1

    assert f"No object is {ran.root}/*.csv" in capsys.readouterr().err
