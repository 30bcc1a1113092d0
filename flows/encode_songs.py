"""New songs in the live space, as a run that Prefect shows and anybody can start from a form."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.alerts import tell
from flows.logs import hear_our_loggers
from flows.markdown import as_table
from flows.settings import given_only
from tasks.new_songs.encode import Encoded, encode_new_songs
from tasks.progress import only_shown


class EncodeSongsSettings(BaseModel):
    """Which songs are placed, in which space, and where the result goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csv: str = Field(
        min_length=1,
        description="A file, a folder or a pattern; of its columns only Artist(s) and song must be there.",
    )
    out: str = Field(
        min_length=1, description="The Parquet file to write: latents and neighbours of every song."
    )
    store: str = Field(
        "store", description="The store whose live release has the encoder; empty: store."
    )
    k: int | None = Field(
        None, ge=1, le=100, description="Neighbours of each song; empty: as many as in the release."
    )

    _given_only = model_validator(mode="before")(given_only)


def run_name() -> str:
    """What a run is called: where its songs come from."""
    settings = EncodeSongsSettings.model_validate(flow_run.parameters["settings"])
    return f"new songs of {settings.csv}"


@flow(
    flow_run_name=run_name,
    log_prints=True,
    on_failure=[tell],
    on_crashed=[tell],
    on_cancellation=[tell],
)
def encode_songs(settings: EncodeSongsSettings) -> Encoded:
    """Place new songs in the live space, without a retrain; see `python -m flows encode`."""
    hear_our_loggers()
    encoded = encode_new_songs(settings.csv, settings.store, settings.out, settings.k)
    for remark in encoded.remarks:
        print(remark)
    print(f"{encoded.songs:,} songs in {encoded.out}")
    show(encoded)
    return encoded


def show(encoded: Encoded) -> None:
    """What came out, for the Prefect UI."""
    facts: dict[str, Any] = encoded.model_dump(exclude={"remarks"})
    remarks = "".join(f"\n- {remark}" for remark in encoded.remarks)
    with only_shown("what was encoded"):
        create_markdown_artifact(
            f"# {encoded.songs:,} new songs\n\n{as_table(facts)}\n{remarks}",
            key="new-songs",
            description=f"{encoded.songs:,} songs in the space of {encoded.release}",
        )
