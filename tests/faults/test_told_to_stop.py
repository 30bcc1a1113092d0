"""A run is told to stop while a stage is deep in its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.attempts import Attempt, live_release
from tests.flows.small_runs import First, Pipeline

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("prefect_server")]

TERMINATED = 128 + 15
PATIENCE_S = 180
"""On a machine that does other things too; the training would take hours."""


def test_a_run_that_is_told_to_stop_while_it_trains_ends_and_leaves_the_live_release(
    line: Pipeline, first: First, tmp_path: Path
) -> None:
    published, _ = first
    with Attempt(line, tmp_path / "log", "train.epochs=1000000") as attempt:
        attempt.wait_for("epoch=3 loss=")

        attempt.process.terminate()

        assert attempt.process.wait(timeout=PATIENCE_S) == TERMINATED
    assert "run: interrupted; the same command goes on from here" in attempt.said()
    assert live_release(line.root) == published.release
