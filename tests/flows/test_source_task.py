"""Looking for the source, as a task of Prefect: the one that may need the network."""

from pathlib import Path

import pytest
from prefect import flow

from tasks.ingest.source import SourceError
from tasks.ingest.task import look_for_source

pytestmark = pytest.mark.usefixtures("prefect_server")


@flow
def look(csv: str) -> list[str]:
    """The digests of what is there."""
    return [str(file.sha256) for file in look_for_source.with_options(retry_delay_seconds=0)(csv)]


def retries(caplog: pytest.LogCaptureFixture) -> int:
    """How often Prefect said that it will look again."""
    return sum(" - Retry " in record.getMessage() for record in caplog.records)


def test_a_download_that_stumbles_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))

    with pytest.raises(SourceError, match="could not be downloaded"):
        look("kaggle:devdope/900k-spotify")

    assert retries(caplog) == 2


def test_a_file_that_is_not_there_is_looked_for_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.csv"):
        look(str(tmp_path / "nowhere.csv"))

    assert retries(caplog) == 0


def test_a_file_is_looked_at_anew_every_time(tmp_path: Path) -> None:
    csv = tmp_path / "songs.csv"
    csv.write_text("one")
    before = look(str(csv))

    csv.write_text("two")

    assert look(str(csv)) != before
