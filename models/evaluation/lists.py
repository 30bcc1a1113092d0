"""Whether the lists of a release are sound: what must never happen, and how fairly songs are recommended."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from models.picking import Integers, first_of_each, group_numbers

LISTS_AT_ONCE = 2**16
"""Lists that are looked at at once, about 100 bytes for each of their songs."""


class ListFacts(TypedDict):
    """What all lists of a catalogue come to."""

    duplicates: int  # songs that stand in a list twice by artist and title, or are its query
    clones: int  # songs that are clones of their query, or of a song above them
    empty_lists: int
    short_lists: int  # of fewer than k songs, the empty ones included
    songs_per_artist: float | None  # of the artists in a list
    coverage: float  # share of the songs that stand in some list
    never_recommended: float  # share of the recordings of which no song stands in any list
    hubness_skew: float  # 0 where every song stands in equally many lists


def list_facts(
    lists: Integers, artist: Integers, title: Integers, group: Integers, k: int = 10
) -> ListFacts:
    """Facts of the first k of all *lists*.

    Args:
        lists: The neighbours of every song, best first, [n, k or more]; -1 where there are none.
        artist: The artist of every song, [n], 0 where unknown.
        title: Equal numbers are the same artist and title, [n].
        group: Equal numbers are clones, [n].
        k: How much of a list is looked at.
    """
    lists, group = lists[:, :k], group_numbers(group)
    lengths = (lists >= 0).sum(1)
    heard = np.zeros(len(lists), np.int64)
    for songs in lists.T:
        heard += np.bincount(songs[songs >= 0], minlength=len(lists))
    recordings = np.bincount(group, weights=heard)
    return ListFacts(
        duplicates=count_repeats(lists, group_numbers(title)),
        clones=count_repeats(lists, group),
        empty_lists=int((lengths == 0).sum()),
        short_lists=int((lengths < k).sum()),
        songs_per_artist=songs_per_artist(lists, artist),
        coverage=float((heard > 0).mean()),
        never_recommended=float((recordings == 0).mean()),
        hubness_skew=skewness(heard),
    )


def count_repeats(lists: Integers, numbers: Integers) -> int:
    """Songs of all lists with the number of their query, or of a song above them.

    *numbers* are [n], none below 0.
    """
    apart = -1 - np.arange(1 + lists.shape[1])  # places without a song are all different
    repeats = 0
    for rows in blocks(len(lists)):
        queries = np.arange(len(lists))[rows, None]
        standing = np.hstack([queries, lists[rows]])  # [b, 1 + k]
        there = standing >= 0
        first = first_of_each(np.where(there, numbers[standing], apart))
        repeats += int((there & ~first).sum())
    return repeats


def songs_per_artist(lists: Integers, artist: Integers) -> float | None:
    """Mean number of songs of an artist that stands in a list; an unknown artist is alone. None without lists."""
    apart = -1 - np.arange(lists.shape[1])
    shares = [np.empty(0)]
    for rows in blocks(len(lists)):
        there = lists[rows] >= 0
        known = artist[lists[rows]]
        names = np.where(there & (known > 0), known, apart)
        artists = (first_of_each(names) & there).sum(1)
        filled = artists > 0
        shares.append(there.sum(1)[filled] / artists[filled])
    each = np.concatenate(shares)
    return float(each.mean()) if len(each) else None


def blocks(rows: int) -> list[slice]:
    """All rows in runs of LISTS_AT_ONCE."""
    return [slice(start, start + LISTS_AT_ONCE) for start in range(0, rows, LISTS_AT_ONCE)]


def skewness(counts: Integers) -> float:
    """Skewness of how often each song stands in a list (Radovanovic et al., 2010); 0 where all are equal."""
    apart = counts - counts.mean()
    sd = apart.std()
    return float((apart**3).mean() / sd**3) if sd > 0 else 0.0
