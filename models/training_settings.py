"""Settings of the network, its objective and its training: apart from them, since they import TensorFlow."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AutoencoderSettings(BaseModel):
    """Widths of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artist_embedding: int = Field(100, ge=1, description="Width of an artist's embedding.")
    genre_embedding: int = Field(50, ge=1, description="Width of a genre's embedding.")
    emotion_embedding: int = Field(25, ge=1, description="Width of an emotion's embedding.")
    hidden: tuple[int, ...] = Field(
        (128,),
        min_length=1,
        description="Widths of the encoder's dense layers; the decoder mirrors them.",
    )
    dropout: float = Field(
        0.15, ge=0, lt=1, description="Share of units dropped after each dense layer."
    )
    # A softmax over directions alone cannot be sure of anything: 4 lets a logit reach what a likelihood asks for.
    category_scale: float = Field(
        4.0, gt=0, description="Length of the latent that the category heads see."
    )


class ObjectiveSettings(BaseModel):
    """How much each field counts and how often it is hidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numeric_weight: float = Field(1.5, ge=0, description="Weight of the 17 numbers.")
    genre_weight: float = Field(1.0, ge=0, description="Weight of the genre tags.")
    artist_weight: float = Field(0.3, ge=0, description="Weight of the artist.")
    # A plain six-way input: with more weight than this, neighbours share the emotion and little else.
    emotion_weight: float = Field(0.05, ge=0, description="Weight of the emotion.")

    # What is hidden most is what a stranger's song lacks: its artist and its genre.
    genre_masked: float = Field(
        0.8, ge=0, le=1, description="Share of songs whose genre is hidden."
    )
    artist_masked: float = Field(
        0.7, ge=0, le=1, description="Share of songs whose artist is hidden."
    )
    emotion_masked: float = Field(
        0.5, ge=0, le=1, description="Share of songs whose emotion is hidden."
    )
    numeric_masked: float = Field(
        0.1, ge=0, le=1, description="Share of single numbers that are hidden."
    )

    artist_negatives: int = Field(
        1024, ge=1, description="Wrong artists that a batch is told apart from."
    )


class TrainSettings(BaseModel):
    """How the network is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: AutoencoderSettings = AutoencoderSettings()
    objective: ObjectiveSettings = ObjectiveSettings()
    epochs: int = Field(20, ge=1, description="Epochs at most.")
    patience: int = Field(
        4, ge=1, description="Epochs without a better validation loss before training stops."
    )
    batch_size: int | None = Field(
        None, ge=1, description="Songs a step; empty: a 64th of the catalogue, from 256 to 4,096."
    )
    learning_rate: float = Field(2e-3, gt=0, description="Peak of the cosine schedule.")
    weight_decay: float = Field(1e-4, ge=0, description="AdamW's decoupled decay.")
    validation_share: float = Field(
        0.1, gt=0, lt=1, description="Share of songs held out of the fit."
    )
    seed: int = Field(42, ge=0, description="Seed of weights, batches, masks and dropout.")
    deadline_s: float = Field(
        3600, gt=0, le=7_000, description="Seconds after which training gives up."
    )
