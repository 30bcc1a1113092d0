"""New songs out of a CSV, by the rules of a full run, from files that may lack all but artist and song."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from songspace.schemas import QUARANTINE
from tasks.ingest.folding import REPEATS, Folding, Prints, fold
from tasks.ingest.reading import gate, read_rows
from tasks.ingest.settings import IngestSettings
from tasks.ingest.shard import STAGED
from tasks.ingest.source import names_of

SETTINGS: Final = IngestSettings(allow_missing_columns=True)

ROWS_SHOWN: Final = 5
"""Rows that a remark lists one by one."""


@dataclass(frozen=True, eq=False)
class NewSongs:
    """What became of the rows of some files: each is in one of the three tables."""

    songs: pl.DataFrame  # SONGS without what only all rows together give
    quarantined: pl.DataFrame  # QUARANTINE
    folded: pl.DataFrame  # FOLDED

    @property
    def read(self) -> int:
        """How many rows there were."""
        return len(self.songs) + len(self.quarantined) + len(self.folded)

    def remarks(self, listed_in: Path) -> tuple[str, ...]:
        """Lines on the rows that are no songs of their own: how many, and the first of them with their reasons."""
        cells = (
            pl.when("exact")
            .then(pl.lit("with the same cells"))
            .otherwise(pl.lit("with other cells"))
        )
        return (
            *self._remark(
                f"break the contract and are not encoded, see {listed_in}", self.quarantined
            ),
            *self._remark(
                "repeat the artist and song of an earlier row, which counts",
                self.folded.with_columns(reason=cells),
            ),
        )

    def _remark(self, what: str, rows: pl.DataFrame) -> Iterator[str]:
        """What is the matter with these *rows*."""
        if rows.is_empty():
            return
        yield f"{len(rows):,} of {self.read:,} rows {what}:"
        for row in rows.head(ROWS_SHOWN).iter_rows(named=True):
            yield f"  {row['file']}, line {row['line']}: {row['reason']}"
        if len(rows) > ROWS_SHOWN:
            yield f"  and {len(rows) - ROWS_SHOWN:,} more"


def read_new_songs(files: Sequence[Path]) -> NewSongs:
    """Every row of *files*: a song, quarantined, or folded into the first row of its artist and song.

    Raises:
        SourceError: If a file lacks the columns of artist and song, or is cut or damaged.
        HashCollisionError: If two songs have one song_id.
    """
    gated = [gate(file, name, SETTINGS) for file, name in zip(files, names_of(files), strict=True)]
    songs, quarantined, folding = [STAGED.to_frame()], [QUARANTINE.to_frame()], Folding()
    for file in gated:
        for rows in read_rows(file, SETTINGS):
            songs.append(folding.keep_first(rows.songs).select(STAGED.names()))
            quarantined.append(rows.quarantined)
    prints = Prints(folding.firsts, folding.repeats, named=lambda _: REPEATS.to_frame())
    return NewSongs(pl.concat(songs), pl.concat(quarantined), fold([prints]).folded)
