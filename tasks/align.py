"""The trained network, turned upon the live space, so that songs of two releases can be compared."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from models.alignment import Alignment, AlignSettings
from models.alignment import align as fit_rotation
from songspace.inputs import Floats, Inputs, network_inputs
from songspace.jsonfile import write_json
from songspace.schemas import LATENTS, SPACE_ID
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import stage

log = logging.getLogger(__name__)

SPACE: Final = "model/space.json"

ANCHORS: Final = "model/anchors.parquet"
"""Places of songs in the first release of a space: by them each later one finds it again.

Were a release aligned to the one before it, small steps could add up under one name.
"""

Place = Callable[[Inputs], Floats]


class SpaceFacts(BaseModel):
    """Which space a model places songs in, and how that was found: space.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    space_id: str = Field(
        description="Latents under one id can be compared, under two they cannot."
    )
    continues: bool = Field(description="Whether it is the space of the release that was live.")
    previous: str | None = Field(description="The space of the release that was live.")
    aligned_to: str | None = Field(description="The space that the network was turned upon.")
    fit: float | None = Field(description="How near it came: 0 is chance, 1 the same places.")
    limit: float = Field(description="Least fit with which the space goes on.")
    songs: int = Field(description="Songs by which the fit was found.")


@dataclass(frozen=True)
class LiveSpace:
    """The space of the live release, and the songs that it is known by."""

    space_id: str
    anchors: pl.DataFrame  # song_id, latent


@stage(
    "model",
    libraries=["keras", "numpy", "polars", "safetensors", "scipy", "tensorflow"],
    timeout_s=1800,
    builds_on={"base": "model"},
)
def align(
    draft: Path,
    store: Store,
    *,
    features: ArtifactRef,
    network: ArtifactRef,
    base: ArtifactRef | None,
    settings: AlignSettings,
) -> None:
    """Turn the network upon the space of the model *base*, and say whether its space is that one or a new one."""
    from models.export import network_of
    from models.rotation import rotate_autoencoder
    from models.saving import load_network, save_network

    autoencoder = load_network(store.file(network, "network/autoencoder.keras"))
    encoder = autoencoder.get_layer("encoder")
    songs = store.table(features, "features")
    live = live_space(store, base)
    alignment = alignment_to(live, songs, network_of(encoder), settings) if live else None
    if alignment is not None:
        rotate_autoencoder(autoencoder, alignment.rotation)

    turned = network_of(encoder)
    (draft / "model").mkdir()
    save_network(autoencoder, draft / "model" / "autoencoder.keras")
    save_network(encoder, draft / "model" / "encoder.keras")
    turned.save(draft / "model" / "encoder.safetensors")
    shutil.copyfile(store.file(network, "network/history.json"), draft / "model" / "history.json")
    facts = space_facts(live, alignment, settings, id_of(draft / "model" / "encoder.safetensors"))
    anchors = live.anchors if live and facts.continues else drawn_anchors(songs, turned, settings)
    anchors.write_parquet(draft / ANCHORS, metadata={SPACE_ID: facts.space_id})
    write_json(draft / SPACE, facts.model_dump())
    tell(facts)


def live_space(store: Store, model: ArtifactRef | None) -> LiveSpace | None:
    """The space of the live *model*; None if there is none, or it is of the first releases, which named no space."""
    if model is None or SPACE not in store.manifest(store.verify(model)).files:
        return None
    facts = store.read_json(model, SPACE)
    return LiveSpace(facts["space_id"], pl.read_parquet(store.file(model, ANCHORS)))


def alignment_to(
    live: LiveSpace, features: pl.LazyFrame, place: Place, settings: AlignSettings
) -> Alignment:
    """The rotation of the candidate upon *live*, by the songs that both know."""
    anchors = live.anchors.lazy()
    common = features.join(anchors, on="song_id", maintain_order="right").collect()
    return fit_rotation(place(network_inputs(common)), common["latent"].to_numpy(), settings)


def drawn_anchors(features: pl.LazyFrame, place: Place, settings: AlignSettings) -> pl.DataFrame:
    """Places of some of the songs; ids are hashes, so the lowest are as good as drawn by lot."""
    drawn = features.sort("song_id").head(settings.songs).collect()
    latent = pl.Series("latent", place(network_inputs(drawn)), dtype=LATENTS["latent"])
    return drawn.select("song_id", latent)


def id_of(encoder: Path) -> str:
    """The id of a new space: what it is follows from the encoder's file, so the same network names it the same."""
    return f"s{hashlib.sha256(encoder.read_bytes()).hexdigest()[:12]}"


def space_facts(
    live: LiveSpace | None, alignment: Alignment | None, settings: AlignSettings, new_id: str
) -> SpaceFacts:
    """Which space it is: *live* if the alignment came near enough, else the one called *new_id*."""
    fit = alignment.fit if alignment else None
    continues = live is not None and fit is not None and fit >= settings.limit
    previous = live.space_id if live else None
    return SpaceFacts(
        space_id=live.space_id if live and continues else new_id,
        continues=continues,
        previous=previous,
        aligned_to=None if fit is None else previous,
        fit=fit,
        limit=settings.limit,
        songs=alignment.songs if alignment else 0,
    )


def tell(facts: SpaceFacts) -> None:
    """Log which space it is, as a warning where it is no longer the live one."""
    found = "nothing to fit" if facts.fit is None else f"fit={facts.fit:.3f}"
    if facts.previous and not facts.continues:
        log.warning(
            "the space is new: %s, expected %.2f. Latents of %s cannot be compared with these of %s.",
            found,
            facts.limit,
            facts.previous,
            facts.space_id,
        )
    log.info("space=%s %s songs=%d", facts.space_id, found, facts.songs)
