"""One file as tables of its own: all that can be told of its rows without the other files."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict

from songspace.schemas import LYRICS, QUARANTINE, SONGS
from tasks.ingest.blocks import MEGABYTE, read_ahead
from tasks.ingest.columns import LYRICS_COLUMN
from tasks.ingest.folding import Folding
from tasks.ingest.parts import BackgroundWriter, PartWriter
from tasks.ingest.quarantine import kind_of
from tasks.ingest.reading import GatedFile, Rows, gate, read_rows
from tasks.ingest.settings import IngestSettings

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

_ONLY_TOGETHER: Final = ("duplicates", "clone_group")  # what only all rows together give
STAGED: Final = pl.Schema({name: SONGS[name] for name in SONGS if name not in _ONLY_TOGETHER})

CHARACTERS: Final = "lyrics_characters"
"""Beside the prints of a song: the length of its lyrics, null where it has none."""

FOLDERS: Final = ("staged", "lyrics", "quarantine", "prints", "facts")
"""What `ingest_file` leaves: songs that lack what only all rows give, lyrics row by row beside them, and so on."""


class ShardFacts(BaseModel):
    """How a file is written, and what became of its rows by themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    revision: str
    columns: tuple[str, ...]
    read: int
    quarantined: int
    reasons: dict[str, int]


def ingest_file(
    file: Path,
    name: str,
    out: Path,
    settings: IngestSettings,
    progress: Progress | None = None,
) -> ShardFacts:
    """Turn the file called *name* into FOLDERS of the empty folder *out*; the same file gives the same bytes.

    Args:
        file: CSV, plain or packed.
        name: Where its rows are said to stand.
        out: Where the tables go.
        settings: How to read.
        progress: Called with the bytes used up so far and the bytes of the file.

    Raises:
        SourceError: If the file is no catalogue, or is cut or damaged.
    """
    gated = gate(file, name, settings)
    log.info("%s: revision=%s", gated.path.name, gated.revision.name)
    size = file.stat().st_size
    with BackgroundWriter() as writer:
        tables = _Tables(out, writer, int(settings.part_mb * MEGABYTE))
        for rows in read_ahead(read_rows(gated, settings)):
            tables.append(rows)
            if progress is not None:
                progress(rows.position, size)
        return tables.close(gated)


class _Tables:
    """The tables while they grow."""

    def __init__(self, out: Path, writer: BackgroundWriter, part_bytes: int) -> None:
        self._out = out
        self._part_bytes = part_bytes
        self._uncut = 0
        self._songs = PartWriter(out / "staged", STAGED, writer, "arrow")
        self._lyrics = PartWriter(out / "lyrics", LYRICS, writer)
        self._quarantine = PartWriter(out / "quarantine", QUARANTINE, writer)
        self._folding = Folding()
        self._characters = [pl.Series(dtype=pl.UInt32)]
        self._reasons: Counter[str] = Counter()
        self._read = 0

    def append(self, rows: Rows) -> None:
        """Take in *rows*; what became large enough goes to disk."""
        kept = self._folding.keep_first(rows.songs)
        self._songs.append(kept)
        self._lyrics.append(kept)
        self._quarantine.append(rows.quarantined)
        self._characters.append(kept[LYRICS_COLUMN].str.len_chars())
        self._reasons.update(rows.quarantined.select(kind_of(pl.col("reason"))).to_series())
        self._read += rows.read
        self._uncut += rows.size
        if self._uncut >= self._part_bytes:
            self._cut()

    def _cut(self) -> None:
        self._uncut = 0
        for table in (self._songs, self._lyrics, self._quarantine):
            table.cut()

    def close(self, gated: GatedFile) -> ShardFacts:
        """Finish every table and say what became of the rows."""
        for table in (self._songs, self._lyrics, self._quarantine):
            table.close()
        self._write_prints()
        facts = ShardFacts(
            name=gated.name,
            revision=gated.revision.name,
            columns=gated.header.fields,
            read=self._read,
            quarantined=self._quarantine.rows,
            reasons=dict(sorted(self._reasons.items())),
        )
        (self._out / "facts").mkdir()
        (self._out / "facts" / "facts.json").write_text(facts.model_dump_json(indent=2) + "\n")
        return facts

    def _write_prints(self) -> None:
        """What the other files are compared with."""
        characters = pl.concat(self._characters).alias(CHARACTERS)
        firsts = self._folding.firsts.with_columns(characters)
        (self._out / "prints").mkdir()
        firsts.write_ipc(self._out / "prints" / "firsts.arrow")
        self._folding.repeats.write_ipc(self._out / "prints" / "repeats.arrow")
