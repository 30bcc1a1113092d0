"""What one can ask of a synthetic catalogue."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FULL_ROWS: Final = 551_443
"""Rows of the real catalogue: every count of it is scaled by rows / FULL_ROWS."""


class CatalogueSettings(BaseModel):
    """How long, how dirty and in which dialect; the same settings give the same bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(20_000, ge=50, le=10_000_000, description="Rows below the header.")
    seed: int = Field(0, ge=0, description="The same seed gives the same file, byte for byte.")
    revision: Literal["bpm", "scaled"] = Field(
        "bpm",
        description="bpm: beats, decibels, 29th April 2013; scaled: 0 to 1, 0 to 1, 2013-04-29.",
    )
    broken_share: float = Field(
        0.0005, ge=0, le=0.02, description="Share of rows that no reader should let through."
    )
    duplicate_share: float = Field(
        53_391 / FULL_ROWS,
        ge=0,
        le=0.4,
        description="Share of rows that repeat an earlier artist and song.",
    )
    exact_share: float = Field(
        0.4, ge=0, le=1, description="Share of those repeats that differ in no column."
    )
    clone_share: float = Field(
        0.085,
        ge=0,
        le=0.2,
        description="Share of rows that differ from an earlier one by title only.",
    )

    def count(self, at_full_size: int) -> int:
        """*at_full_size* scaled to this catalogue; at least 3 where there are 150 rows or more."""
        return max(round(at_full_size * self.rows / FULL_ROWS), min(3, self.rows // 50))
