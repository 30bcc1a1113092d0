"""What an edit of the code does to the next run, in a checkout of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL

from tests.flows.attempts import FINISHED
from tests.flows.small_runs import ALWAYS, AS_OPTIONS, STAGES, First, Pipeline

ROOT = Path(__file__).parents[2]
AFTER_FOLD = set(STAGES) - {"ingest", "fold", "check_contract"}

Run = Callable[[], set[str]]


@pytest.fixture(scope="module")
def checkout(base: Pipeline, first: First, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another checkout, beside a store in which one run was made."""
    del first
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("flows", "tasks", "models", "storage", "songspace"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    base.copy(folder)
    return folder


@pytest.fixture(scope="module")
def run(checkout: Path, prefect_server: None) -> Run:
    """Run the pipeline of the checkout; gives the tasks that did any work."""
    del prefect_server

    def call() -> set[str]:
        done = subprocess.run(
            [sys.executable, "-m", "flows", "run", "--csv=songs.csv", "--store=store", *AS_OPTIONS],
            cwd=checkout,
            env={**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value(), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        ended = dict(FINISHED.findall(done.stderr))
        assert ended.keys() == {ALWAYS, *STAGES}
        return {task for task, state in ended.items() if state != "Cached"} - {ALWAYS}

    return call


def test_the_same_code_elsewhere_finds_what_was_made(run: Run) -> None:
    assert run() == set()


def test_a_comment_and_a_docstring_change_nothing(checkout: Path, run: Run) -> None:
    file = checkout / "models" / "encoder.py"

    file.write_text(
        file.read_text().replace("def significant", "# as many digits as hold\ndef significant")
        + '\n\n"""Nothing more."""\n'
    )

    assert run() == set()


def test_a_line_of_the_encoder_runs_it_again_and_all_that_follows(checkout: Path, run: Run) -> None:
    file = checkout / "models" / "encoder.py"

    file.write_text(file.read_text() + "\nNOTHING = 0\n")

    assert run() == AFTER_FOLD


def test_a_template_of_the_report_draws_only_the_report(checkout: Path, run: Run) -> None:
    template = next((checkout / "tasks" / "report" / "templates").iterdir())

    template.write_text(template.read_text() + "\n")

    assert run() == {"report", "publish"}
