"""The songs nearest to places that are not of the catalogue, such as those of new songs."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from models.picking import SPARE, Floats, Integers, Lists, pick, search_in_pieces, widen


def look_up(places: Floats, own: Integers, latents: Floats, groups: Integers, k: int) -> Lists:
    """The k songs whose latents point closest the way of each place, and of a clone group the first alone.

    Every place is compared with every song: a thousand places with half a million songs take seconds,
    which no index would be built in.

    Args:
        places: Where to look from, [q, d] of unit length.
        own: The groups that a place must not find, for they are its own, [q, any]; -1 for none.
        latents: Places of all songs, [n, d] of unit length.
        groups: The group of each song, [n], from 0; equal numbers are clones.
        k: Length of the lists.
    """
    total = len(latents)
    index: Any = faiss.IndexFlatIP(latents.shape[1])
    index.add(np.ascontiguousarray(latents, np.float32))

    def search(which: Integers, width: int) -> Lists:
        scores, found = index.search(np.ascontiguousarray(places[which], np.float32), width)
        of = groups[found]  # [b, width]
        barred = (found < 0) | (of[:, :, None] == own[which][:, None]).any(axis=2)
        return pick(found, scores, barred, of, k)

    width = min(k + SPARE, total)
    lists = search_in_pieces(search, np.arange(len(places)), width)
    widen(search, lists, width, total)
    return lists
