"""Which files a source names, what tells them apart, and what is said when there are none."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tasks.ingest.source import SourceError, fingerprint, resolve_source


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


def test_a_fingerprint_is_name_size_and_digest(shards: Path) -> None:
    content = b"a.csv"

    assert fingerprint([shards / "a.csv"]) == [
        {"name": "a.csv", "bytes": 5, "sha256": sha256(content).hexdigest()}
    ]


@pytest.mark.timeout(60)
def test_without_network_kaggle_is_refused_with_the_way_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))

    with pytest.raises(SourceError, match=r"kaggle\.com/datasets/devdope/900k-spotify.*--csv PATH"):
        resolve_source("kaggle:devdope/900k-spotify")
