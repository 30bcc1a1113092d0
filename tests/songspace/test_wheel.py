"""What `pip install songspace` brings, and that it is enough."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from storage import Store
from tests.songspace.web.catalogue import build
from tests.songspace.web.serving import ENVIRONMENT, serving

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "songspace" / "web" / "page"

PINNED: Final = re.compile(r"^([\w.-]+==[^ \\]+(?: ; [^\\]+?)?) *\\?$", re.MULTILINE)
"""A requirement of the lock file without its hashes."""

timely = pytest.mark.timeout(1800)  # where the index is far away

HEAVY: Final = ("tensorflow", "keras", "prefect", "sklearn", "torch", "pytest")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([sys.executable, "-m", *command, str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment into which nothing but the wheel and what it asks for was installed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    pins = PINNED.findall((ROOT / "requirements.lock").read_text())
    (folder / "constraints.txt").write_text("\n".join(pins))
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    asked = ["--constraint", str(folder / "constraints.txt"), f"{wheel}[web]"]
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--retries", "15", "--timeout", "60"]
    subprocess.run([*pip, *asked], check=True, cwd=folder, env=ENVIRONMENT | {"PYTHONWARNINGS": ""})
    return folder


@pytest.fixture(scope="module")
def songs_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a live release."""
    store = Store.open(tmp_path_factory.mktemp("published") / "store")
    store.promote(build(store), expected=None)
    return store.root


def test_the_wheel_holds_the_reader_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    folders = {name.partition("/")[0] for name in names}
    assert folders == {"songspace", "songspace-0.1.0.dist-info"}
    assert "songspace/schemas.py" in names


def test_the_wheel_holds_the_page_with_all_that_it_loads(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    files = {path.relative_to(ROOT).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    assert "songspace/web/page/index.html" in files
    assert files <= set(names)


def test_the_reader_needs_neither_prefect_nor_tensorflow_nor_a_web_server() -> None:
    heavy = {*HEAVY, "pydantic", "fastapi", "starlette", "uvicorn"}
    script = (
        "import sys, songspace, songspace.cli\n"
        f"heavy = {heavy} & sys.modules.keys()\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


@timely
@pytest.mark.parametrize("module", HEAVY)
def test_what_the_pipeline_needs_is_not_installed_with_the_reader(
    elsewhere: Path, module: str
) -> None:
    script = f"import songspace, {module}"

    python = run(elsewhere, "python", "-c", script)

    assert python.returncode == 1
    assert f"No module named '{module}'" in python.stderr


@timely
def test_an_installed_reader_finds_similar_songs(elsewhere: Path, songs_store: Path) -> None:
    command = run(
        elsewhere, "songspace", "similar", "Song number 20", "--release", str(songs_store), "--json"
    )

    assert command.returncode == 0, command.stderr
    assert command.stderr == ""
    assert len(json.loads(command.stdout)["songs"]) == 10


@timely
def test_an_installed_server_recommends_songs_and_shows_the_page(
    elsewhere: Path, songs_store: Path
) -> None:
    songspace = [str(elsewhere / "venv" / "bin" / "songspace")]

    with serving(songs_store, elsewhere / "log", songspace=songspace) as server:
        answer = server.post("/recommend", {"tempo": 120, "n": 7})
        page = server.get("/")

    assert len(answer.json()["data"]) == 7
    assert page.headers["Content-Type"].startswith("text/html")


def run(elsewhere: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of that environment, away from the checkout."""
    return subprocess.run(
        [elsewhere / "venv" / "bin" / command, *arguments],
        cwd=elsewhere,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
