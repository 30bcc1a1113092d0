"""Settings of the network, its objective and its training: apart from them, since they import TensorFlow."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# All songs of the full catalogue take 130 s of every night and are of no use to the baseline: its batch shrinks
# with the songs, so that an epoch has as many steps.
BASELINE_SONGS = 50_000
"""Songs at most that the nightly baseline is fitted to."""


class NetworkSettings(BaseModel):
    """Widths of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artist_embedding: int = Field(16, ge=1, description="Width of an artist's embedding.")
    genre_embedding: int = Field(16, ge=1, description="Width of a genre's embedding.")
    emotion_embedding: int = Field(8, ge=1, description="Width of an emotion's embedding.")
    hidden: tuple[int, ...] = Field(
        (256, 128), min_length=1, description="Widths of the encoder's dense layers."
    )
    decoder: tuple[int, ...] = Field(
        (128,), description="Widths of the layers from a latent to its numbers."
    )
    # A softmax over directions alone cannot be sure of anything: 4 lets a logit reach what a likelihood asks for.
    category_scale: float = Field(
        4.0, gt=0, description="Length of the latent that the category heads see."
    )


class WeightSettings(BaseModel):
    """How much each field counts: every error is measured in shares of its marginal's entropy or variance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    continuous: float = Field(1.0, ge=0, description="Weight of the nine measured features.")
    flags: float = Field(0.3, ge=0, description="Weight of the switches and of meditation.")
    genre: float = Field(1.0, ge=0, description="Weight of the genre tags.")
    artist: float = Field(0.3, ge=0, description="Weight of the artist.")
    # A plain six-way input: with more weight than this, neighbours share the emotion and little else.
    emotion: float = Field(0.05, ge=0, description="Weight of the emotion.")
    ranking: float = Field(
        1.0,
        ge=0,
        description="Weight of ranking other songs by their tags, where these are hidden.",
    )


class MaskSettings(BaseModel):
    """How often each field is hidden: what is hidden most is what a stranger's song lacks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    genre: float = Field(0.8, ge=0, le=1, description="Share of songs whose genre is hidden.")
    artist: float = Field(0.7, ge=0, le=1, description="Share of songs whose artist is hidden.")
    emotion: float = Field(0.5, ge=0, le=1, description="Share of songs whose emotion is hidden.")
    numeric: float = Field(0.1, ge=0, le=1, description="Share of single numbers that are hidden.")


class OriginalSettings(BaseModel):
    """The training of the objective that this project began with: the living baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(60, ge=1, description="Epochs at most.")
    patience: int = Field(3, ge=1, description="Epochs without a better validation loss.")
    batch_size: int = Field(
        16_384, ge=1, description="Songs a step; fewer where an epoch had fewer than 27 steps."
    )
    learning_rate: float = Field(1e-3, gt=0, description="Adam's rate.")
    songs: int | None = Field(
        None, ge=10, description="Songs drawn for the fit, validation included; empty: all."
    )


class TrainSettings(BaseModel):
    """How the network is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objective: Literal["masked", "original"] = Field(
        "masked", description="masked: hidden fields from the rest; original: the old baseline."
    )
    network: NetworkSettings = NetworkSettings()
    weights: WeightSettings = WeightSettings()
    masks: MaskSettings = MaskSettings()
    original: OriginalSettings = OriginalSettings()

    artist_negatives: int = Field(
        512, ge=1, description="Wrong artists that a batch is told apart from."
    )
    # All pairs are compared: 256 of 1,024 cost less than the rest of a step.
    ranking_songs: int = Field(256, ge=2, description="Songs of a batch that rank others.")
    ranked_songs: int = Field(
        1024, ge=2, description="Songs of a batch that are ranked, the former among them."
    )
    temperature: float | None = Field(
        None,
        gt=0,
        description="Cosine by which a song must lie nearer to rank e times higher; empty: .5 up to 20,000 songs, "
        "1.2 from 500,000 on.",
    )

    epochs: int | None = Field(
        None, ge=1, description="Passes over all songs; empty: 600 steps' worth, and 8 at least."
    )
    batch_size: int | None = Field(
        None, ge=1, description="Songs a step; empty: a 64th of the catalogue, from 256 to 4,096."
    )
    learning_rate: float = Field(8e-3, gt=0, description="Peak of the cosine schedule.")
    warm_up: float = Field(
        0.05, ge=0, lt=1, description="Share of the steps that lead to the peak."
    )
    weight_decay: float = Field(1e-4, ge=0, description="AdamW's decoupled decay.")
    # The rehearsal's is the next one, and both are 32 bits wide.
    seed: int = Field(
        42, ge=0, le=2**31 - 2, description="Seed of weights, batches, masks and dropout."
    )
    deadline_s: float = Field(
        3600, gt=0, le=7_000, description="Seconds after which training gives up."
    )

    def as_baseline(self) -> TrainSettings:
        """What of these shapes the nightly baseline by the old objective, and nothing else."""
        songs = self.original.songs or BASELINE_SONGS
        return TrainSettings(
            objective="original",
            original=self.original.model_copy(update={"songs": songs}),
            seed=self.seed,
            deadline_s=self.deadline_s,
        )
