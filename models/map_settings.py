"""Settings of the map: apart from it, since it imports scikit-learn and openTSNE."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TsneSettings(BaseModel):
    """How the map is drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    perplexity: float = Field(
        30.0, ge=2.0, le=100.0, description="Neighbours a song is held by; shrinks for few songs."
    )
    early_iterations: int = Field(
        250, ge=1, description="Steps under early exaggeration, which places the large groups."
    )
    iterations: int = Field(500, ge=1, description="Steps that then order the songs within groups.")
    early_exaggeration: float = Field(
        12.0, ge=1.0, description="How much stronger songs attract each other in the early steps."
    )
    cell_size: float = Field(
        2.0,
        gt=0.0,
        description="Width of a cell of the interpolation grid; half of it doubles the time.",
    )
    seed: int = Field(0, ge=0, description="Seed of the jitter on the first positions.")
    deadline_s: float = Field(
        900.0, gt=0.0, le=3_500.0, description="Wall-clock seconds after which the map is given up."
    )


class MapSettings(TsneSettings):
    """Which songs are on the map, and how they are laid out."""

    points: int = Field(50_000, ge=10, description="Songs on the map, drawn by genre.")
