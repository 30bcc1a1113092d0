"""What an edit of the code does to the next run, in a checkout of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL

from tasks.ingest.synthetic import CatalogueSettings, write_catalogue

ROOT = Path(__file__).parents[2]
ALWAYS = {"find_source"}
AFTER_ENCODE = {"encode", "train", "latents", "neighbours", "draw_map", "report", "publish"}
SMALL = [
    "train.epochs=1",
    "train.network.hidden=[8]",
    "map.points=100",
    "contract.max_quarantined_share=0.05",
    "map.early_iterations=10",
    "map.iterations=10",
]

Run = Callable[[], set[str]]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("flows", "tasks", "models", "storage", "songspace"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    write_catalogue(folder / "songs.csv", CatalogueSettings(rows=200, broken_share=0))
    return folder


@pytest.fixture(scope="module")
def run(checkout: Path, prefect_server: None) -> Run:
    """Run the pipeline of the checkout; gives the tasks that did any work."""
    del prefect_server

    def call() -> set[str]:
        done = subprocess.run(
            [sys.executable, "-m", "flows", "run", "--csv", "songs.csv", "--store", "store"]
            + [argument for change in SMALL for argument in ("--set", change)],
            cwd=checkout,
            env={**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value(), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        ended = dict(re.findall(r"Task run '(\w+)' - Finished in state (\w+)", done.stderr))
        assert ended.keys() > AFTER_ENCODE
        return {task for task, state in ended.items() if state != "Cached"} - ALWAYS

    assert call() == AFTER_ENCODE | {"ingest", "check_contract"}
    return call


def test_a_comment_and_a_docstring_change_nothing(checkout: Path, run: Run) -> None:
    file = checkout / "models" / "encoder.py"

    file.write_text(
        file.read_text().replace("def fit_scaler", "# how wide a feature is\ndef fit_scaler")
        + '\n\n"""Nothing more."""\n'
    )

    assert run() == set()


def test_a_line_of_the_encoder_runs_it_again_and_all_that_follows(checkout: Path, run: Run) -> None:
    file = checkout / "models" / "encoder.py"

    file.write_text(file.read_text() + "\nNOTHING = 0\n")

    assert run() == AFTER_ENCODE


def test_a_template_of_the_report_draws_only_the_report(checkout: Path, run: Run) -> None:
    template = next((checkout / "tasks" / "report" / "templates").iterdir())

    template.write_text(template.read_text() + "\n")

    assert run() == {"report", "publish"}
