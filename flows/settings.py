"""All that a run can be told, in one object."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.runner_names import Runner
from models.alignment import AlignSettings
from models.encoder import EncodeSettings
from models.evaluation.settings import EvaluationSettings
from models.gate import GateSettings
from models.map_settings import MapSettings
from models.neighbours import NeighbourSettings
from models.training_settings import TrainSettings
from tasks.ingest.contract import ContractSettings
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings
from tasks.promotion import Force
from tasks.report.inputs import ReportSettings


def given_only(values: Any) -> Any:
    """Leave out what is empty text: so a form, or an unset variable of a deployment, gives nothing."""
    if not isinstance(values, dict):
        return values
    return {
        name: value
        for name, value in values.items()
        if not (isinstance(value, str) and not value.strip())
    }


class PipelineSettings(BaseModel):
    """Where the songs come from, where the release goes, and how each stage works."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csv: str | None = Field(
        None,
        description="A file, a folder or a pattern, here or as s3://bucket/folder/, or kaggle:owner/dataset; "
        "empty: the demo.",
    )
    store: str = Field(
        # What is made up and what is real never continue one another, unless a store is named for both.
        default_factory=lambda given: "demo" if given.get("csv") is None else "store",
        description="Folder or s3://bucket/prefix that keeps artifacts, releases and the ledger; "
        "empty: store, or demo for the demo.",
    )
    demo: CatalogueSettings = Field(
        CatalogueSettings(), description="The built-in catalogue, read where no CSV is named."
    )
    fresh: bool = Field(False, description="Do everything again, whatever was done before.")
    force: Force | None = Field(
        None, description="A person's word to go live even if the gate says no."
    )

    runner: Runner = Field(
        "threads",
        description="Where files are worked on side by side: threads, processes or dask, with =N for so many "
        "workers, or dask=tcp://HOST:PORT.",
    )

    ingest: IngestSettings = IngestSettings()
    contract: ContractSettings = ContractSettings()
    encode: EncodeSettings = EncodeSettings()
    train: TrainSettings = TrainSettings()
    align: AlignSettings = AlignSettings()
    neighbours: NeighbourSettings = NeighbourSettings()
    map: MapSettings = MapSettings()
    evaluate: EvaluationSettings = EvaluationSettings()
    gate: GateSettings = GateSettings()
    report: ReportSettings = ReportSettings()

    _given_only = model_validator(mode="before")(given_only)

    @property
    def source(self) -> str:
        """The source in a few words."""
        if self.csv is None:
            return f"demo of {self.demo.rows:,} songs"
        path = Path(self.csv)
        return (path if path.name.strip(".") else path.resolve()).name or self.csv

    def stages(self) -> dict[str, Any]:
        """The settings that shape a release: all but places and switches."""
        return self.model_dump(
            mode="json", exclude={"store", "csv", "demo", "fresh", "force", "runner"}
        )


def read_settings(config: Path | None, changes: Sequence[str], **given: object) -> PipelineSettings:
    """Settings from a TOML file, changed by "stage.name=value" items, changed by what is *given*.

    Raises:
        ValueError: If a name is unknown, or a value empty or out of bounds; the message says which.
    """
    values = read_toml(config) if config else {}
    for change in changes:
        apply_change(values, change)
    values.update({name: value for name, value in given.items() if value is not None})
    for name in ("csv", "store"):
        if isinstance(values.get(name), str) and not values[name].strip():  # an unset $CSV, say
            raise ValueError(f"The {name} is empty: name one, or leave it out.")
    return PipelineSettings.model_validate(values)


def read_toml(file: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        ValueError: If it is not one; the message names the file.
    """
    try:
        return tomllib.loads(file.read_text())
    except ValueError as error:  # no TOML, or no text at all
        raise ValueError(f"{file} is not a TOML file: {error}.") from error


def apply_change(values: dict[str, Any], change: str) -> None:
    """Write one "stage.name=value" into *values*; the value is TOML, or else text."""
    name, equals, text = change.partition("=")
    if not equals:
        raise ValueError(
            f"Expected stage.name=value, such as train.epochs=5. Received: {change!r}."
        )
    *folders, last = name.strip().split(".")
    for folder in folders:
        values = values.setdefault(folder, {})
        if not isinstance(values, dict):
            raise ValueError(  # noqa: TRY004 - a wrong command line, whatever the type
                f"{folder} in {change!r} is a value, not a stage with settings."
            )
    try:
        values[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        values[last] = text
