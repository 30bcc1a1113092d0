"""What steers the reading of a catalogue."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class IngestSettings(BaseModel):
    """How a catalogue is read; the defaults suit a file of any size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block_mb: float = Field(
        16,
        ge=0.0001,
        le=256,
        description="Megabytes of CSV parsed at once: the memory of a run follows it.",
    )
    part_mb: float = Field(
        48, gt=0, le=2048, description="Megabytes of lyrics after which a new Parquet part begins."
    )
    max_record_mb: int = Field(
        128,
        ge=1,
        le=1024,
        description="Longest record, in megabytes. A file with a longer line is refused; of a longer "
        "record of several lines, as an unclosed quote begins one, the first line is quarantined "
        "and the others are read on their own.",
    )
    top_categories: int = Field(
        50, ge=1, le=1000, description="Most frequent values of a column that the profile lists."
    )
    allow_missing_columns: bool = Field(
        False,
        description="Accept files that lack columns other than artist and song: cells are empty.",
    )
