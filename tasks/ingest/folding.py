"""One song a row: which rows repeat an earlier one, and which songs share one recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from songspace.schemas import FOLDED
from tasks.ingest.forms import SEPARATOR

RECORDING: Final = (
    "length_s",
    "key",
    "tempo",
    "loudness_db",
    "time_signature",
    "energy",
    "danceability",
    "positiveness",
    "speechiness",
    "liveness",
    "acousticness",
    "instrumentalness",
)
"""What two songs share only if they are the very same recording; a null shares nothing."""

IDENTITY: Final = ("artist", "song")
_NOT_CELLS: Final = ("song_id", "file", "line", "artists", "genres")

FIRSTS: Final = pl.Schema(
    {
        "song_id": pl.Int64,
        "identity": pl.UInt64,  # hash of artist and song
        "content": pl.UInt64,  # of all cells
        "recording": pl.UInt64,
    }
)
"""The first row of a song: the hash of RECORDING is null where a cell of it is.

Among a hundred million songs two recordings have one hash once in 3,700 catalogues.
"""

REPEATS: Final = pl.Schema(
    {
        "song_id": pl.Int64,
        "identity": pl.UInt64,
        "content": pl.UInt64,
        "file": pl.String,
        "line": pl.Int64,
        "artist": pl.String,
        "song": pl.String,
    }
)
"""A later row of a song, and where it stands."""


class HashCollisionError(RuntimeError):
    """Two different songs have the same song_id."""


@dataclass(frozen=True)
class Prints:
    """What is remembered of the rows of some files: some 30 bytes a song."""

    firsts: pl.DataFrame  # FIRSTS, in the order of the songs
    repeats: pl.DataFrame  # REPEATS, in the order of their lines
    named: Callable[[pl.Series], pl.DataFrame]
    """Where the firsts of a mask stand: file, line, artist and song."""


class Folds(NamedTuple):
    """What only all rows together tell."""

    kept: list[pl.Series]  # of the firsts of each Prints, whether they are first of all
    duplicates: pl.Series  # of every kept song, in their order
    clone_groups: pl.Series
    folded: pl.DataFrame  # a FOLDED table


def song_ids(artist: pl.Series, song: pl.Series) -> pl.Series:
    """A number for every song that depends on its artist and title alone, for ever."""
    keys = pl.select(pl.concat_str(artist, song, separator=SEPARATOR).cast(pl.Binary)).to_series()
    digests = np.fromiter(map(xxh3_64_intdigest, keys.to_list()), np.uint64, len(keys))
    return pl.Series("song_id", digests.view(np.int64))


class Folding:
    """Remembers the first row of every song of one reading."""

    def __init__(self) -> None:
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)  # sorted
        self._firsts = [FIRSTS.to_frame()]
        self._repeats = [REPEATS.to_frame()]

    def keep_first(self, songs: pl.DataFrame) -> pl.DataFrame:
        """Those rows of *songs* whose song did not come before; the others are remembered."""
        first = songs["song_id"].is_first_distinct() & ~self._is_known(songs["song_id"])
        prints = pl.DataFrame(
            {
                "song_id": songs["song_id"],
                "identity": songs.select(IDENTITY).hash_rows(),
                "content": songs.select(pl.exclude(_NOT_CELLS)).hash_rows(),
                "recording": hash_recordings(songs),
            }
        )
        self._firsts.append(prints.filter(first))
        if not first.all():
            where = songs.select("file", "line", *IDENTITY)
            repeats = prints.drop("recording").hstack(where).filter(~first)
            self._repeats.append(repeats.cast(REPEATS))
        self._remember(songs["song_id"].filter(first))
        return songs.filter(first)

    def _is_known(self, song_id: pl.Series) -> pl.Series:
        ids = song_id.to_numpy()
        place = np.searchsorted(self._ids, ids)
        known = np.zeros(len(ids), bool)
        inside = place < len(self._ids)
        known[inside] = self._ids[place[inside]] == ids[inside]
        return pl.Series(known)

    def _remember(self, song_id: pl.Series) -> None:
        new = np.sort(song_id.to_numpy())
        self._ids = np.insert(self._ids, np.searchsorted(self._ids, new), new)

    @property
    def firsts(self) -> pl.DataFrame:
        """The first row of every song, FIRSTS."""
        return pl.concat(self._firsts)

    @property
    def repeats(self) -> pl.DataFrame:
        """All other rows, REPEATS."""
        return pl.concat(self._repeats)


def hash_recordings(songs: pl.DataFrame) -> pl.Series:
    """A hash of RECORDING, null where a cell of it is."""
    recording = songs.select(RECORDING)
    whole = pl.all_horizontal(pl.col(RECORDING).is_not_null())
    hashes = pl.when(whole).then(recording.hash_rows().alias("hash"))
    return recording.select(hashes.alias("recording")).to_series()


def fold(prints: Sequence[Prints]) -> Folds:
    """Which songs of several readings come first, counted in their order, and the rows folded into them.

    Raises:
        HashCollisionError: If a row was taken for a repeat of a different song.
    """
    firsts = pl.concat(part.firsts for part in prints)
    is_first = firsts["song_id"].is_first_distinct()
    kept = list(cut(is_first, [len(part.firsts) for part in prints]))
    repeats = pl.concat(all_repeats(part, mask) for part, mask in zip(prints, kept, strict=True))
    firsts = firsts.filter(is_first)
    folded = beside_firsts(repeats, firsts)
    _refuse_collisions(folded)
    folded = folded.select(
        "file", "line", "song_id", (pl.col("content") == pl.col("content_first")).alias("exact")
    ).cast(FOLDED)
    return Folds(kept, _count_duplicates(firsts, folded), group_clones(firsts), folded)


def cut(values: pl.Series, lengths: Sequence[int]) -> list[pl.Series]:
    """*values* in runs of these *lengths*."""
    ends = np.cumsum([0, *lengths])
    return [values[start:end] for start, end in pairwise(ends)]


def all_repeats(part: Prints, kept: pl.Series) -> pl.DataFrame:
    """The repeats of a reading in the order of their lines, with those of its firsts that are not *kept*."""
    if kept.all():
        return part.repeats
    late = part.firsts.drop("recording").filter(~kept).hstack(part.named(~kept)).cast(REPEATS)
    return pl.concat([part.repeats, late]).sort("line", maintain_order=True)


def beside_firsts(repeats: pl.DataFrame, firsts: pl.DataFrame) -> pl.DataFrame:
    """Every one of *repeats* with identity and content of the first row of its song."""
    needed = firsts.drop("recording").join(repeats, on="song_id", how="semi")
    return repeats.join(needed, on="song_id", how="left", suffix="_first", maintain_order="left")


def _refuse_collisions(repeats: pl.DataFrame) -> None:
    for row in repeats.filter(pl.col("identity") != pl.col("identity_first")).iter_rows(named=True):
        raise HashCollisionError(
            f"{row['file']}, line {row['line']}: {row['song']!r} by {row['artist']!r} has the song_id "
            f"{row['song_id']} of another song. Expected different ids: rename one of the two, "
            "or take the row out."
        )


def _count_duplicates(firsts: pl.DataFrame, folded: pl.DataFrame) -> pl.Series:
    counts = folded.group_by("song_id").agg(pl.len().cast(pl.Int32).alias("duplicates"))
    joined = firsts.select("song_id").join(counts, on="song_id", how="left", maintain_order="left")
    return joined["duplicates"].fill_null(0)


def group_clones(firsts: pl.DataFrame) -> pl.Series:
    """For every song, the song_id of the first one that shares its whole recording."""
    shared = pl.col("song_id").first().over("recording")
    return firsts.select(
        pl.when(pl.col("recording").is_not_null())
        .then(shared)
        .otherwise("song_id")
        .alias("clone_group")
    ).to_series()
