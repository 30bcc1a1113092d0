"""Prefect's server goes away in the middle of a run."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect import flow, task
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.settings import PipelineSettings
from flows.showcase import show_release
from storage.store import Store
from tasks.progress import progress
from tasks.publish import Published
from tests.flows.conftest import Wire
from tests.flows.small_runs import AS_OPTIONS

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.fault


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our own code warned of."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("flows.", "tasks.")) and record.levelno == logging.WARNING
    ]


def test_work_goes_on_without_its_progress_in_the_ui(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    @task
    def work() -> str:
        with progress("train", "epoch") as advance:
            wire.cut()
            for _ in range(3):
                advance(1, 1)
            wire.mend()
        return "trained"

    @flow
    def run() -> str:
        return work()

    with temporary_settings({PREFECT_API_URL: wire.url}):
        assert run() == "trained"

    (said,) = warnings(caplog)
    assert "the Prefect UI will not show the progress of train" in said


def test_a_published_run_stays_so_where_the_ui_cannot_show_it(
    wire: Wire, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    @flow
    def run() -> str:
        wire.cut()
        show_release(
            Store.open(tmp_path / "store"),
            PipelineSettings(),
            Published(
                release="20240131T000000Z-00000000",
                sequence=1,
                live=True,
                verdict="pass",
                reason="passed 8 checks",
                may_be_forced=True,
            ),
        )
        wire.mend()
        return "published"

    with temporary_settings({PREFECT_API_URL: wire.url}):
        assert run() == "published"

    (said,) = warnings(caplog)
    assert "the Prefect UI will not show the release" in said


@pytest.mark.timeout(900)
def test_a_server_that_stays_away_is_named_without_a_traceback(wire: Wire, tmp_path: Path) -> None:
    log = tmp_path / "log"
    store = f"--store={tmp_path / 'store'}"
    with log.open("wb") as file:
        run = subprocess.Popen(
            [sys.executable, "-m", "flows", "run", "--demo=300", store, *AS_OPTIONS],
            cwd=ROOT,
            # Prefect would try for minutes; twice it must, for its database may be busy.
            env=os.environ | {"PREFECT_API_URL": wire.url, "PREFECT_CLIENT_MAX_RETRIES": "2"},
            stdout=file,
            stderr=file,
        )
    try:
        # Late in the run: at its end Prefect tries for seven seconds to send each event that is left.
        while "Task run 'evaluate' - Finished" not in log.read_text():
            assert run.poll() is None, log.read_text()
            time.sleep(0.05)

        wire.cut()

        assert run.wait(timeout=240) == 1
    finally:
        run.kill()
        run.wait()
    said = log.read_text()
    assert f"run: Prefect's server at {wire.url} does not answer" in said
    assert "Traceback" not in said
