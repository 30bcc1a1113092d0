"""Which files a source names, what tells them apart, and what is said when there are none."""

from __future__ import annotations

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest

from storage.store import Store
from tasks.ingest.blocks import read_blocks
from tasks.ingest.settings import IngestSettings
from tasks.ingest.source import SourceError, fingerprint, names_of, resolve_source
from tasks.ingest.task import find_source, ingest
from tests.tasks.ingest.csv_rows import as_csv, make_rows


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    for name in ("b.csv.gz", "a.csv", "c.csv.zst", "notes.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d.csv").mkdir()
    return tmp_path


def names(csv: str) -> list[str]:
    return [path.name for path in resolve_source(csv)]


def test_a_file_names_itself(shards: Path) -> None:
    assert resolve_source(str(shards / "notes.txt")) == [shards / "notes.txt"]


def test_a_folder_names_its_csv_files_by_name(shards: Path) -> None:
    assert names(str(shards)) == ["a.csv", "b.csv.gz", "c.csv.zst"]


def test_a_pattern_names_the_files_it_matches(
    shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shards)

    assert names(f"{shards}/[bc].csv*") == ["b.csv.gz", "c.csv.zst"]
    assert names("*.csv") == ["a.csv"]


@pytest.mark.parametrize("csv", ["nothing.csv", "no*.csv", "empty", ""])
def test_a_source_without_files_is_refused(
    tmp_path: Path, csv: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceError, match=r"names no file. Expected a CSV file"):
        resolve_source(csv)


def test_a_folder_names_files_whose_endings_are_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "A.CSV").touch()
    (tmp_path / "B.Csv.GZ").touch()

    assert names(str(tmp_path)) == ["A.CSV", "B.Csv.GZ"]


def test_files_of_one_name_in_different_folders_are_told_apart_and_in_order(
    tmp_path: Path,
) -> None:
    for year in ("2021", "2020"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "part.csv").touch()

    files = resolve_source(f"{tmp_path}/*/part.csv")

    assert names_of(files) == ["2020/part.csv", "2021/part.csv"]
    assert names_of(files[:1]) == ["part.csv"]


@pytest.mark.parametrize("csv", ["x" * 300, "~nobody-at-all/a.csv"])
def test_a_name_that_cannot_be_looked_up_is_refused(csv: str) -> None:
    with pytest.raises(SourceError, match="cannot be looked up"):
        resolve_source(csv)


def test_a_fingerprint_is_name_size_digest_and_time(shards: Path) -> None:
    os.utime(shards / "a.csv", ns=(5, 7))

    assert fingerprint([shards / "a.csv"]) == [
        {"name": "a.csv", "bytes": 5, "sha256": sha256(b"a.csv").hexdigest(), "modified_ns": 7}
    ]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    csv = tmp_path / "songs.csv"
    csv.write_text(as_csv(make_rows(20)))
    (file,) = find_source(str(csv))
    csv.write_text(as_csv(make_rows(33)))

    with pytest.raises(SourceError, match=r"songs.csv was changed while it was read"):
        ingest.run(Store.open(tmp_path / "store"), {"file": file, "settings": IngestSettings()})

    assert not list((tmp_path / "store" / "artifacts").rglob("MANIFEST.json"))


def test_an_error_of_the_system_keeps_its_number_and_names_the_file(tmp_path: Path) -> None:
    gone = tmp_path / "gone.csv"

    with pytest.raises(FileNotFoundError) as raised:
        list(read_blocks(gone, 1, 1))

    assert (raised.value.errno, raised.value.filename) == (errno.ENOENT, str(gone))


@pytest.mark.timeout(60)
def test_without_network_kaggle_is_refused_with_the_way_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))

    with pytest.raises(SourceError, match=r"kaggle\.com/datasets/devdope/900k-spotify.*--csv PATH"):
        resolve_source("kaggle:devdope/900k-spotify")
