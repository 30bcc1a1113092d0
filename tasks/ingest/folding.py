"""One song a row: which rows repeat an earlier one, and which songs share one recording."""

from __future__ import annotations

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


class HashCollisionError(RuntimeError):
    """Two different songs have the same song_id."""


class Folds(NamedTuple):
    """What only all rows together tell."""

    duplicates: pl.Series  # of every kept song, in their order
    clone_groups: pl.Series
    folded: pl.DataFrame  # a FOLDED table


def song_ids(artist: pl.Series, song: pl.Series) -> pl.Series:
    """A number for every song that depends on its artist and title alone, for ever."""
    keys = pl.select(pl.concat_str(artist, song, separator=SEPARATOR).cast(pl.Binary)).to_series()
    digests = np.fromiter(map(xxh3_64_intdigest, keys.to_list()), np.uint64, len(keys))
    return pl.Series("song_id", digests.view(np.int64))


class Folding:
    """Remembers the first row of every song, whatever file it stands in: about 100 bytes a song."""

    def __init__(self) -> None:
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)  # sorted
        self._firsts: list[pl.DataFrame] = []
        self._repeats: list[pl.DataFrame] = []

    def keep_first(self, songs: pl.DataFrame) -> pl.DataFrame:
        """Those rows of *songs* whose song did not come before; the others are remembered."""
        first = songs["song_id"].is_first_distinct() & ~self._is_known(songs["song_id"])
        prints = pl.DataFrame(
            {
                "song_id": songs["song_id"],
                "identity": songs.select(IDENTITY).hash_rows(),
                "content": songs.select(pl.exclude(_NOT_CELLS)).hash_rows(),
            }
        )
        self._firsts.append(prints.hstack(songs.select(RECORDING)).filter(first))
        where = songs.select("file", "line", *IDENTITY)
        self._repeats.append(prints.hstack(where).filter(~first))
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

    def finish(self) -> Folds:
        """Duplicates and clone groups of the songs kept, and the rows folded into them.

        Raises:
            HashCollisionError: If a row was taken for a repeat of a different song.
        """
        firsts = pl.concat(self._firsts)
        first = firsts.select("song_id", "identity", "content")
        repeats = pl.concat(self._repeats).join(
            first, on="song_id", how="left", suffix="_first", maintain_order="left"
        )
        _refuse_collisions(repeats)
        folded = repeats.select(
            "file", "line", "song_id", (pl.col("content") == pl.col("content_first")).alias("exact")
        ).cast(FOLDED)
        return Folds(_count_duplicates(firsts, folded), group_clones(firsts), folded)


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


def group_clones(songs: pl.DataFrame) -> pl.Series:
    """For every song, the song_id of the first one that shares its whole recording."""
    whole = pl.all_horizontal(pl.col(RECORDING).is_not_null())
    shared = pl.col("song_id").first().over(RECORDING)
    return songs.select(
        pl.when(whole).then(shared).otherwise("song_id").alias("clone_group")
    ).to_series()
