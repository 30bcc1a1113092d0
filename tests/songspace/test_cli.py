"""The command `songspace info` says what a release holds, or what is wrong with it."""

import json
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

from songspace.cli import main
from storage import Store

ROOT = Path(__file__).parents[2]


def test_info_tells_people_what_is_live(
    store: Store, live: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(store.root)]) == 0

    said = capsys.readouterr().out
    assert live.name in said
    assert "neighbours             6" in said
    assert "song_id, rank, neighbour_id, score" in said
    assert "number: 1" in said


def test_info_tells_programs_the_same_in_json(
    live: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(live), "--json"]) == 0

    facts = json.loads(capsys.readouterr().out)
    assert facts["id"] == live.name
    assert facts["tables"]["map"]["rows"] == 6
    assert facts["tables"]["map"]["columns"] == {"song_id": "Int64", "x": "Float32", "y": "Float32"}
    assert facts["tables"]["map"]["bytes"] == sum(
        path.stat().st_size for path in (live / "map").iterdir()
    )
    assert facts["meta"]["number"] == 1
    assert facts["digest"][:8] == live.name[-8:]


def test_a_broken_release_is_one_line_on_stderr_and_exit_code_one(live: Path) -> None:
    (live / "map" / "part-0.parquet").unlink()

    command = run(
        [executable, "-m", "songspace.cli", "info", str(live)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert command.returncode == 1
    assert command.stdout == ""
    assert command.stderr.startswith("songspace: ")
    assert "map/part-0.parquet is missing" in command.stderr
    assert command.stderr.count("\n") == 1


@pytest.mark.parametrize("path", ["absent", "a\nb", ""])
def test_a_path_that_leads_nowhere_is_one_line_too(
    tmp_path: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(tmp_path / path)]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("absent", ["uvicorn", "fastapi", "threadpoolctl"])
def test_serving_without_the_web_packages_says_what_to_install(store: Store, absent: str) -> None:
    script = (
        f"import sys; sys.modules[{absent!r}] = None; from songspace.cli import main; "
        f"sys.exit(main(['serve', '--port', '8000', '--release', {str(store.root)!r}]))"
    )

    command = run([executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert command.returncode == 1
    assert command.stderr == (
        f"songspace: Serving needs {absent}, which is not installed: "
        "pip install 'songspace[web]'.\n"
    )


@pytest.mark.parametrize(
    "command", [["similar", "x"], ["taste"], ["blend", "x"], ["path", "x", "y"]]
)
def test_a_release_that_cannot_recommend_says_so_in_one_line(
    store: Store, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--release", str(store.root)]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert "has no model/encoder.safetensors" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--release", "store", f"--port={port}"])

    assert "expected 1 to 65535" in capsys.readouterr().err


def test_options_are_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """--n is an option of other commands; here it would be short for --no-explicit."""
    with pytest.raises(SystemExit):
        main(["path", "A - B", "C - D", "--n"])

    assert "--n" in capsys.readouterr().err


def test_a_full_disk_is_one_line_on_stderr(live: Path) -> None:
    command = [executable, "-m", "songspace.cli", "info", str(live)]

    with Path("/dev/full").open("w") as full:
        said = run(command, cwd=ROOT, stdout=full, stderr=-1, text=True, check=False)

    assert said.returncode == 1
    assert said.stderr.startswith("songspace: ")
    assert said.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_fault(live: Path) -> None:
    command = f"PYTHONUNBUFFERED= {executable} -m songspace.cli info {live} | true"

    said = run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert said.stderr == ""
