"""The systemd units and the container files, as far as they can be checked without being run."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.deployments.conftest import ROOT

UNITS: Final = sorted((ROOT / "deployments" / "systemd").iterdir())
INSTALLED: Final = "/opt/songspace"


def verify(folder: Path, wrong: str = "") -> subprocess.CompletedProcess[str]:
    """What systemd says of all units, installed where the checkout is."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze")
    for unit in UNITS:
        text = unit.read_text().replace(INSTALLED, f"{ROOT}{wrong}")
        (folder / unit.name).write_text(text)
    names = [str(folder / unit.name) for unit in UNITS]
    return subprocess.run(
        ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False
    )


def test_systemd_takes_all_units(tmp_path: Path) -> None:
    said = verify(tmp_path)

    assert (said.returncode, said.stderr) == (0, "")
    assert [unit.name.partition("-")[2] for unit in UNITS] == [
        "overdue.service",
        "overdue.timer",
        "reports.service",
        "serve.service",
        "server.service",
        "worker.service",
    ]


def test_systemd_misses_a_program_that_is_not_there(tmp_path: Path) -> None:
    said = verify(tmp_path, wrong="/nowhere")

    assert "is not executable" in said.stderr


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_what_was_never_run_says_so_first(name: str) -> None:
    first, _ = (ROOT / "deployments" / "docker" / name).read_text().split("\n", 1)

    assert first.startswith("# Not run by us")
