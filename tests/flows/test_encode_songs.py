"""New songs as a run of Prefect."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from pydantic import ValidationError

from flows.encode_songs import EncodeSongsSettings, encode_songs
from tests.tasks.ingest.csv_rows import as_csv, make_rows
from tests.tasks.new_songs.live_space import LiveSpace, publish_space

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> LiveSpace:
    """A store with a live release."""
    return publish_space(tmp_path_factory.mktemp("encode_flow"), rows=200)


@pytest.fixture
def settings(space: LiveSpace, tmp_path: Path) -> EncodeSongsSettings:
    """Five songs, one of them broken."""
    csv = tmp_path / "new.csv"
    csv.write_text(as_csv([*make_rows(4), *make_rows(1, song="Broken", Energy="412")]))
    return EncodeSongsSettings(
        csv=str(csv), out=str(tmp_path / "new.parquet"), store=str(space.store.root), k=3
    )


def test_the_flow_writes_what_the_command_writes_and_shows_it(
    settings: EncodeSongsSettings,
) -> None:
    encoded = encode_songs(settings)

    assert pl.read_parquet(settings.out)["neighbours"].list.len().to_list() == [3] * 4
    assert encoded.songs == 4
    named = ArtifactFilter(key=ArtifactFilterKey(any_=["new-songs"]))
    with get_client(sync_client=True) as client:
        (artifact,) = client.read_artifacts(artifact_filter=named)
        assert artifact.flow_run_id
        run = client.read_flow_run(artifact.flow_run_id)
    assert "# 4 new songs" in str(artifact.data)
    assert "got '412'" in str(artifact.data)
    assert run.name == f"new songs of {settings.csv}"


def test_a_failure_is_told_in_the_store(settings: EncodeSongsSettings, space: LiveSpace) -> None:
    Path(settings.csv).unlink()

    with pytest.raises(ValueError, match="names no file"):
        encode_songs(settings)

    line = (space.store.root / "alerts.log").read_text()
    assert f" Failed encode-songs new songs of {settings.csv}: SourceError: " in line


def test_an_empty_field_of_the_form_counts_as_not_given() -> None:
    asked = EncodeSongsSettings.model_validate({"csv": "a.csv", "out": "a.parquet", "store": " "})

    assert asked.store == "store"
    with pytest.raises(ValidationError, match="csv"):
        EncodeSongsSettings.model_validate({"csv": "", "out": "a.parquet"})
