"""Which rows of a catalogue repeat an earlier one, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.ingest.synthetic.settings import CatalogueSettings

KINDS: Final = ("song", "exact", "variant", "clone")
"""A row of its own; a repeat in every column; the same song on another release; another title only."""

SONG, EXACT, VARIANT, CLONE = range(len(KINDS))
_FOLLOWS: Final = 0.3  # of the repeats stand right behind another of the same song
_STRETCH: Final = (
    64  # neighbouring rows; in some of them nearly all follow, up to dozens of one song
)
_CROWDED: Final = 0.03  # of the stretches
_FOLLOWS_IN_CROWD: Final = 0.97


@dataclass(frozen=True)
class Plan:
    """For each row of a chunk what it is, and the row it takes its columns from."""

    kind: np.ndarray
    source: np.ndarray


@dataclass
class Quota:
    """Keeps the wanted shares over chunks of any size, to the row."""

    settings: CatalogueSettings
    rows: int = 0
    copies: int = 0
    clones: int = 0

    def plan(self, position: np.ndarray, rng: np.random.Generator) -> Plan:
        """The plan of the next chunk, whose rows have these places within their artists."""
        self.rows += len(position)
        copies = round(self.settings.duplicate_share * self.rows) - self.copies
        clones = round(self.settings.clone_share * self.rows) - self.clones
        kind = np.full(len(position), SONG)
        free = _clustered(np.flatnonzero(position > 0), rng)
        again, cloned = free[:copies], free[copies : copies + clones]
        exact = rng.random(len(again)) < self.settings.exact_share
        kind[again] = np.where(exact, EXACT, VARIANT)
        kind[cloned] = CLONE
        self.copies += len(again)
        self.clones += len(cloned)
        return Plan(kind, _sources(kind, position))


def _clustered(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """*rows* in an order that is random but for runs, as the real file has them."""
    order = rng.random(len(rows))
    stretches = rng.random(len(rows) // _STRETCH + 1) < _CROWDED
    crowded = np.repeat(stretches, _STRETCH)[: len(rows)]
    follows = rng.random(len(rows)) < np.where(crowded, _FOLLOWS_IN_CROWD, _FOLLOWS)
    leader = np.maximum.accumulate(np.where(follows, 0, np.arange(len(rows))))
    return rows[np.argsort(order[leader], kind="stable")]


def _sources(kind: np.ndarray, position: np.ndarray) -> np.ndarray:
    """For each row itself, or the last row of its own before it: an artist's first row is one."""
    own = (kind == SONG) | (position == 0)
    return np.maximum.accumulate(np.where(own, np.arange(len(kind)), 0))
