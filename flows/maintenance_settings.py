"""All that a maintenance can be told, in one object."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.settings import given_only
from tasks.maintenance import Verify


class MaintenanceSettings(BaseModel):
    """Which store is looked after, and what may go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str = Field("store", description="The store to look after; empty: store.")
    keep: int = Field(
        5,
        ge=1,
        le=10_000,
        description="Releases that stay, counted from the one that went live last. Pinned ones, the live "
        "one and the one before it stay in any case.",
    )
    older_than_days: float = Field(
        7,
        ge=1,  # younger work may be that of a run that is going on
        le=36_500,
        description="Nothing younger is removed; it also spares candidates that were refused.",
    )
    verify: Verify = Field(
        "kept",
        description="Which releases are hashed again first: the live one, or all that stay.",
    )

    _given_only = model_validator(mode="before")(given_only)
