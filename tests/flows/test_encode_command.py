"""`python -m flows encode`, as one types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.commands import main
from storage.store import Store
from tests.tasks.ingest.csv_rows import as_csv, make_rows
from tests.tasks.new_songs.live_space import SPACE, LiveSpace, publish_space

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> LiveSpace:
    """A store with a live release."""
    return publish_space(tmp_path_factory.mktemp("encode"), rows=200)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Five songs, one of them broken."""
    csv = tmp_path / "new.csv"
    csv.write_text(as_csv([*make_rows(4), *make_rows(1, song="Broken", Energy="412")]))
    return csv


def encode(csv: Path, store: Path, out: Path, *more: str) -> int:
    return main(["encode", "--csv", str(csv), "--store", str(store), "--out", str(out), *more])


def test_it_says_what_it_wrote_and_what_is_wrong_with_a_row(
    space: LiveSpace, csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.parquet"

    assert encode(csv, space.store.root, out, "--k", "3") == 0

    said = capsys.readouterr()
    assert said.out == (f"{out}: 4 songs, 0 of them in {space.release.name} too; space {SPACE}\n")
    assert "line 6: energy: expected a whole number 0 to 100, got '412'" in said.err
    assert pl.read_parquet(out)["neighbours"].list.len().to_list() == [3] * 4


def test_it_needs_neither_prefect_nor_tensorflow(
    space: LiveSpace, csv: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new.parquet"
    arguments = ["encode", "--csv", str(csv), "--store", str(space.store.root), "--out", str(out)]

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "flows", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert out.exists()
    assert {"polars", "faiss", "tasks.new_songs.encode"} <= imported
    assert imported.isdisjoint({"prefect", "tensorflow", "keras", "sklearn", "scipy"})


@pytest.mark.parametrize(
    ("csv_name", "store_name", "out_name", "reason"),
    [
        ("absent.csv", None, "new.parquet", "names no file"),
        ("new.csv", "absent", "new.parquet", "There is no store"),
        ("new.csv", "empty", "new.parquet", "has no live release yet"),
        ("new.csv", None, "absent/new.parquet", "There is no folder"),
        ("other.csv", None, "new.parquet", "lacks 39 of 39 columns"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_line(
    space: LiveSpace,
    csv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    csv_name: str,
    store_name: str | None,
    out_name: str,
    reason: str,
) -> None:
    Store.open(tmp_path / "empty")
    (csv.parent / "other.csv").write_text("a,b\n1,2\n")
    store = space.store.root if store_name is None else tmp_path / store_name

    assert encode(tmp_path / csv_name, store, tmp_path / out_name) == 1

    said = capsys.readouterr().err
    assert said.startswith("encode: ")
    assert reason in said
    assert said.count("\n") == 1
    assert not (tmp_path / out_name).exists()


def test_a_number_of_neighbours_out_of_bounds_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["encode", "--csv", "new.csv", "--out", "new.parquet", "--k", "0"])

    assert ended.value.code == 2
    assert "argument --k: expected a number from 1" in capsys.readouterr().err
