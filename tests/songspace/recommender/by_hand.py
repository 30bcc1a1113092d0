"""Lists of songs by going through all of them, to compare a recommender with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl

from songspace import Choice
from songspace.inputs import Floats
from songspace.recommender.index import Mask


def best_rows(
    songs: pl.DataFrame,
    cosines: Floats,
    choice: Choice,
    asked: Sequence[int],
    allowed: Mask | None = None,
    above: Sequence[int] = (),
) -> list[int]:
    """The list: nearest first, but for songs that are there already and artists that have had their turns."""
    clones = songs["clone_group"].to_list()
    titles = [title_of(song) for song in songs.iter_rows(named=True)]
    artists = [song[0].lower() for song in songs["artists"].to_list()]
    seen = [*asked, *above]
    seen_clones, seen_titles = {clones[row] for row in seen}, {titles[row] for row in seen}
    turns = Counter(artists[row] for row in above)
    rows: list[int] = []
    for row in np.argsort(-cosines, kind="stable").tolist():
        barred = clones[row] in seen_clones or titles[row] in seen_titles
        full = choice.per_artist is not None and turns[artists[row]] >= choice.per_artist
        if barred or full or (allowed is not None and not allowed[row]) or len(rows) == choice.n:
            continue
        rows.append(row)
        seen_clones.add(clones[row])
        seen_titles.add(titles[row])
        turns[artists[row]] += 1
    return rows


def title_of(song: dict[str, list[str]]) -> tuple[str, str]:
    """First artist and title; in the small catalogue two titles have versions behind them."""
    title = str(song["song"]).lower()
    for mark in (" - live", " (remix)"):
        title = title.removesuffix(mark)
    return song["artists"][0].lower(), title
