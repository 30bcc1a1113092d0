"""What tests of several folders share: small tables, small disks, one whole run, and the place of the real rows."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import settings

from songspace import files
from songspace.network import Dense, Network
from songspace.s3.url import Url
from songspace.schemas import SONGS
from tests import variables

if TYPE_CHECKING:  # Prefect takes two seconds, which most tests can spare
    from tests.flows.small_runs import First, Pipeline

REAL_ROWS = Path(__file__).parents[2] / "shared" / "data"

variables.settle()

settings.register_profile("songspace", deadline=None)  # on a busy machine any example may take long
settings.load_profile("songspace")

MakeSongs = Callable[..., pl.DataFrame]
MakeNetwork = Callable[..., Network]


@pytest.fixture
def make_songs() -> MakeSongs:
    """A function that makes SONGS from lists of values by column; the rest are plausible constants."""

    def make(**columns: list[Any]) -> pl.DataFrame:
        rows = len(next(iter(columns.values())))
        song = {
            "song_id": range(1, rows + 1),
            "artist": "A",
            "song": [f"Song {row}" for row in range(rows)],
            "emotion": "joy",
            "clone_group": range(1, rows + 1),
            "tempo": 120,
            **{name: 50 for name, dtype in SONGS.items() if dtype == pl.Int8},
            **{name: False for name, dtype in SONGS.items() if dtype == pl.Boolean},
            "duplicates": 0,
            "file": "songs.csv",
            "line": range(2, rows + 2),
            **columns,
        }
        song.setdefault("artists", [["A"]] * rows)
        song.setdefault("genres", [["pop"]] * rows)
        table = pl.DataFrame(
            {
                name: pl.Series(name, list(value))
                if isinstance(value, range | list)
                else [value] * rows
                for name, value in song.items()
            },
            strict=False,
        )
        missing = [
            pl.lit(None, dtype).alias(name) for name, dtype in SONGS.items() if name not in song
        ]
        return table.with_columns(missing).select(list(SONGS)).cast(SONGS)

    return make


@pytest.fixture
def make_network() -> MakeNetwork:
    """A function that makes a network that nobody trained, with so many ids in each of its tables."""

    def make(artists: int = 20, genres: int = 20, emotions: int = 20, seed: int = 0) -> Network:
        drawn = np.random.default_rng(seed)

        def weights(*shape: int) -> Any:
            return drawn.standard_normal(shape, np.float32)

        return Network(
            artist=weights(artists, 6),
            genre=weights(genres, 5),
            emotion=weights(emotions, 4),
            hidden=(Dense(weights(34 + 15, 16), weights(16)), Dense(weights(16, 12), weights(12))),
            latent=Dense(weights(12, 20), weights(20)),
        )

    return make


@pytest.fixture
def stumbling_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Lets the disk answer with an I/O error where that file is opened to be read."""
    whole = files._open_at_once

    def stumble_at(file: Path) -> None:
        def open_at_once(path: str, flags: int) -> int:
            if Path(path) == file:
                raise OSError(errno.EIO, "Input/output error", path)
            return whole(path, flags)

        monkeypatch.setattr(files, "_open_at_once", open_at_once)

    return stumble_at


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    with mounted(tmp_path / "disk", "tmpfs", "size=8m") as disk:
        yield disk


@contextmanager
def mounted(folder: Path, kind: str, options: str) -> Iterator[Path]:
    """A file system of its own at *folder*, where that is allowed."""
    folder.mkdir()
    mount = run(
        ["mount", "-t", kind, "-o", options, kind, str(folder)], capture_output=True, text=True
    )
    if mount.returncode != 0:
        pytest.skip(f"mount is refused here: {mount.stderr.strip()}")
    try:
        yield folder
    finally:
        run(["umount", "--lazy", str(folder)], check=True)  # a writer that failed may let go late


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on this machine, which ends with the tests."""
    from tests.buckets import running_server

    with running_server() as address:
        yield address


@pytest.fixture
def s3_root(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Url:
    """An empty place in a bucket of its own, which the environment says how to reach."""
    from tests.buckets import set_environment

    return set_environment(monkeypatch, s3_server, tmp_path / "cache")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server with a database of its own, for the tests that run flows."""
    from prefect.settings import (
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_LOCAL_STORAGE_PATH,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    ours = {
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # its thread takes a second to end
        PREFECT_LOCAL_STORAGE_PATH: tmp_path_factory.mktemp("prefect"),
    }
    with temporary_settings(ours), prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> Pipeline:
    """A catalogue and a store with the first run over it, only to be looked at."""
    from tests.flows.small_runs import begin

    del prefect_server
    return begin(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def first(base: Pipeline) -> First:
    """What the first run published, and which tasks did any work."""
    return base.run()


@pytest.fixture
def line(base: Pipeline, first: First, tmp_path: Path) -> Pipeline:
    """A copy of all that the first run left, to be run again."""
    del first
    return base.copy(tmp_path)


@pytest.fixture
def real_rows() -> Path:
    """The folder of real rows beside the checkout."""
    if not REAL_ROWS.is_dir():
        pytest.skip(f"the real rows are not there: {REAL_ROWS}")
    return REAL_ROWS
