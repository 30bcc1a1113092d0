"""One space turned upon another: which rotation, and whether it is the same space then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from songspace.inputs import Floats

Doubles = npt.NDArray[np.float64]


class AlignSettings(BaseModel):
    """How a new space is turned upon the live one, and when it is the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # On 12,877 real songs and 497,762 of the built-in catalogue: one seed, fitted to half or more of them or with other
    # weights, comes to .95 to .99, and a song asked across the two spaces finds its neighbours as well as within
    # one. Two seeds come to .75 to .86: within each space five or six neighbours of ten are the same, across the two
    # only one to three are found.
    limit: float = Field(
        0.9,
        ge=0,
        le=1,
        description="Least fit with which the live space goes on: 0 is chance, 1 the same places.",
    )
    songs: int = Field(
        20_000,
        ge=200,
        description="Songs that a new space is known by: half to fit those that follow, half to judge.",
    )
    fewest_songs: int = Field(
        200,
        ge=40,
        description="With fewer songs in common nothing is fitted, and the space is new.",
    )


@dataclass(frozen=True)
class Alignment:
    """The rotation that brings one space nearest to another, and how near that is."""

    rotation: Doubles  # [d, d], orthogonal: it may reflect; the identity where nothing was fitted
    fit: float | None  # see `fit_of`; None where nothing was fitted
    songs: int  # looked at


def align(candidate: Floats, live: Floats, settings: AlignSettings) -> Alignment:
    """The rotation of *candidate* upon *live*, two places [n, d] of the same songs, all of unit length.

    It is fitted to every other song, and judged by the rest. Nothing is fitted to fewer than
    `settings.fewest_songs` that have a place in both, nor to spaces of different dimension.
    """
    identity = np.eye(candidate.shape[1])
    if candidate.shape[1] != live.shape[1]:
        return Alignment(identity, None, 0)
    placed = np.isfinite(candidate).all(axis=1) & np.isfinite(live).all(axis=1)
    one, other = (places[placed].astype(np.float64) for places in (candidate, live))
    if len(one) < settings.fewest_songs:
        return Alignment(identity, None, len(one))

    from scipy.linalg import orthogonal_procrustes  # no cached run waits for it

    rotation, _ = orthogonal_procrustes(one[0::2], other[0::2])
    return Alignment(rotation, fit_of(one[1::2] @ rotation, other[1::2]), len(one))


def fit_of(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """How much nearer than chance the places of the same song are, two places [n, d] of unit length a song.

    That is (c - m) / (1 - m), with c the mean cosine of a song's two places and m that of the places of two
    songs drawn at random, one from each space. 1: every song has the same place. 0: a song's place in one tells
    nothing of its place in the other, however the songs crowd to one side of both. 0 too where all songs
    lie in one point: there is nothing to go on with.
    """
    same = float(np.einsum("nd,nd->n", one, other).mean())
    chance = float(one.mean(axis=0) @ other.mean(axis=0))
    return (same - chance) / (1 - chance) if chance < 1 - 1e-6 else 0.0
