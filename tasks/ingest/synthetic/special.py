"""The few rows that the real catalogue has wrong or empty, dealt out to artists of one row.

An artist of one row has no repeats and no clones, so what is special about it happens once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.ingest.synthetic.faults import BROKEN_KINDS
from tasks.ingest.synthetic.settings import CatalogueSettings

JUNK_EMOTIONS: Final = ("True", "Love", "pink", "angry", "thirst", "interest", "confusion")
_EMPTY_TITLES, _EMPTY_ALBUMS, _EMPTY_SIGNATURES, _JUNK, _LARGEST_ALBUM = 14, 49, 8, 26, 1_603

NONE, TITLE, ALBUM, SIGNATURE, SHARED_ALBUM, JUNK = range(6)
BROKEN: Final = JUNK + len(JUNK_EMOTIONS)


@dataclass(frozen=True)
class Special:
    """What is special about each artist's only row: one code an artist."""

    codes: np.ndarray

    def of(self, owner: np.ndarray, code: int) -> np.ndarray:
        """Which rows of these owners carry *code*."""
        return np.asarray(self.codes[owner] == code)


def deal_special(
    rows: np.ndarray, settings: CatalogueSettings, rng: np.random.Generator
) -> Special:
    """Choose among artists with these *rows* who is broken, empty, junk or on the largest album."""
    broken = round(settings.rows * settings.broken_share)
    wanted = [BROKEN + place % len(BROKEN_KINDS) for place in range(broken)]
    wanted += [JUNK + place % len(JUNK_EMOTIONS) for place in range(settings.count(_JUNK))]
    for code, full in (
        (TITLE, _EMPTY_TITLES),
        (ALBUM, _EMPTY_ALBUMS),
        (SIGNATURE, _EMPTY_SIGNATURES),
        (SHARED_ALBUM, _LARGEST_ALBUM),
    ):
        wanted += [code] * settings.count(full)
    codes = np.zeros(len(rows), dtype=np.int8)
    chosen = rng.permutation(np.flatnonzero(rows == 1))[: len(wanted)]
    codes[chosen] = wanted[: len(chosen)]
    return Special(codes)
