"""The tables of one ingest: songs, lyrics, quarantined and folded rows, the profile, the counts."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from songspace.schemas import FOLDED, LYRICS, QUARANTINE, SONGS
from tasks.ingest.blocks import MEGABYTE, read_ahead
from tasks.ingest.columns import LYRICS_COLUMN
from tasks.ingest.folding import Folding, Folds
from tasks.ingest.parts import BackgroundWriter, PartWriter
from tasks.ingest.profile import IngestCounts, profile_catalogue
from tasks.ingest.quarantine import kind_of
from tasks.ingest.reading import GatedFile, Rows, gate, read_rows
from tasks.ingest.settings import IngestSettings
from tasks.ingest.source import names_of

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

_ONLY_TOGETHER: Final = ("duplicates", "clone_group")  # what only all rows together give
STAGED: Final = pl.Schema({name: SONGS[name] for name in SONGS if name not in _ONLY_TOGETHER})


def ingest_csv(
    files: Sequence[Path],
    out: Path,
    settings: IngestSettings,
    progress: Progress | None = None,
) -> IngestCounts:
    """Turn *files* into the tables of a catalogue in the empty folder *out*.

    Leaves the Parquet folders ``songs``, ``lyrics``, ``quarantine`` and ``folded`` and the
    files ``profile.json`` and ``counts.json``. The same files give the same bytes.

    Args:
        files: CSV, plain or packed; all are gated before the first is read.
        out: Where the tables go.
        settings: How to read.
        progress: Called with the bytes used up so far and the bytes of all files.

    Raises:
        SourceError: If a file is no catalogue, or is cut or damaged.
        HashCollisionError: If two songs have one song_id.
    """
    gated = [gate(file, name, settings) for file, name in zip(files, names_of(files), strict=True)]
    with BackgroundWriter() as writer:
        tables = _Tables(out, writer, int(settings.part_mb * MEGABYTE))
        for rows in _read_all(gated, settings, progress):
            tables.append(rows)
        counts = tables.close()
    profile = profile_catalogue(
        out, counts, tables.nulls, tables.characters, gated, settings.top_categories
    )
    (out / "counts.json").write_text(counts.model_dump_json(indent=2) + "\n")
    (out / "profile.json").write_text(profile.model_dump_json(indent=2) + "\n")
    return counts


def _read_all(
    gated: Sequence[GatedFile], settings: IngestSettings, progress: Progress | None
) -> Iterator[Rows]:
    sizes = [file.path.stat().st_size for file in gated]
    for number, file in enumerate(gated):
        log.info("%s: revision=%s", file.name, file.revision.name)
        for rows in read_ahead(read_rows(file, settings)):
            yield rows
            if progress is not None:
                progress(sum(sizes[:number]) + rows.position, sum(sizes))


class _Tables:
    """The tables while they grow."""

    def __init__(self, out: Path, writer: BackgroundWriter, part_bytes: int) -> None:
        self._out = out
        self._writer = writer
        self._part_bytes = part_bytes
        self._uncut = 0
        self._songs = PartWriter(out / "staged", STAGED, writer, "arrow")
        self._lyrics = PartWriter(out / "lyrics", LYRICS, writer)
        self._quarantine = PartWriter(out / "quarantine", QUARANTINE, writer)
        self._folding = Folding()
        self._reasons: Counter[str] = Counter()
        self._read = 0
        self.nulls: Counter[str] = Counter()  # of the kept songs, by column
        self.characters: list[pl.Series] = []  # of every kept song's lyrics

    def append(self, rows: Rows) -> None:
        """Take in *rows*; what became large enough goes to disk."""
        kept = self._folding.keep_first(rows.songs)
        self._songs.append(kept)
        self._lyrics.append(kept)
        self._quarantine.append(rows.quarantined)
        self.nulls.update(kept.null_count().row(0, named=True))
        self.characters.append(kept[LYRICS_COLUMN].str.len_chars())
        self._reasons.update(rows.quarantined.select(kind_of(pl.col("reason"))).to_series())
        self._read += rows.read
        self._uncut += rows.size
        if self._uncut >= self._part_bytes:
            self._cut()

    def _cut(self) -> None:
        self._uncut = 0
        for table in (self._songs, self._lyrics, self._quarantine):
            table.cut()

    def close(self) -> IngestCounts:
        """Finish every table and say what became of the rows."""
        for table in (self._songs, self._lyrics, self._quarantine):
            table.close()
        folds = self._folding.finish()
        folded = PartWriter(self._out / "folded", FOLDED, self._writer)
        folded.append(folds.folded)
        folded.close()
        self._finish_songs(folds)
        return _count(
            self._read, self._songs.rows, folded.rows, self._quarantine.rows, self._reasons
        )

    def _finish_songs(self, folds: Folds) -> None:
        """Put beside every staged song what only all rows together tell."""
        self._writer.wait()
        songs = PartWriter(self._out / "songs", SONGS, self._writer)
        together = pl.DataFrame([folds.duplicates, folds.clone_groups])
        for part in sorted(self._songs.folder.iterdir()):
            staged = pl.read_ipc(part)
            songs.append(staged.hstack(together.slice(songs.rows, len(staged))))
            songs.cut()
        songs.close()
        self._writer.wait()
        shutil.rmtree(self._songs.folder)


def _count(
    read: int, kept: int, folded: int, quarantined: int, reasons: Counter[str]
) -> IngestCounts:
    if kept + folded + quarantined != read:
        raise RuntimeError(
            f"{kept} rows kept, {folded} folded and {quarantined} quarantined are not the {read} "
            "rows read. This is a fault of the ingest: please report it with the file."
        )
    return IngestCounts(
        read=read,
        kept=kept,
        folded=folded,
        quarantined=quarantined,
        reasons=dict(sorted(reasons.items())),
    )
