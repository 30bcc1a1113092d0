"""Settings of the evaluation."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EvaluationSettings(BaseModel):
    """Who is held out, and how much is asked of a space."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    held_out_share: float = Field(
        0.1, gt=0, lt=1, description="Share of the artists whose songs test what the others taught."
    )
    # Another salt holds out other artists: numbers before and after it cannot be compared.
    salt: str = Field("songspace", description="Decides which artists are held out.")
    queries: int = Field(2_500, ge=1, description="Songs of held-out artists that are asked about.")
    known_queries: int = Field(
        1_000,
        ge=1,
        description="Fully known songs, of other artists, whose lists must be in balance.",
    )
    k: int = Field(10, ge=1, le=100, description="How much of a list is judged.")
    bootstrap: int = Field(1_000, ge=100, description="Resamples of the artists for each interval.")
    bound_songs: int = Field(
        20_000, ge=100, description="Songs that the supervised bound is fitted on."
    )
    seed: int = Field(42, ge=0, description="Seed of queries, random lists and resamples.")
