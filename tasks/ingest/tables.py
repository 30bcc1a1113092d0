"""The tables of a catalogue out of those of its files: songs, lyrics, quarantined and folded rows, the profile."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from songspace.jsonfile import write_json
from songspace.schemas import FOLDED, LYRICS, QUARANTINE, SONGS
from tasks.ingest.folding import Folds, Prints, fold
from tasks.ingest.parts import BackgroundWriter, PartWriter
from tasks.ingest.profile import CELLS, IngestCounts, profile_catalogue
from tasks.ingest.reading import gate
from tasks.ingest.settings import IngestSettings
from tasks.ingest.shard import CHARACTERS, Progress, ShardFacts, ingest_file
from tasks.ingest.source import names_of


class Shard:
    """The tables of one file, in the folder where `ingest_file` left them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def facts(self) -> ShardFacts:
        """How the file is written, and what became of its rows."""
        return ShardFacts.model_validate_json((self.folder / "facts" / "facts.json").read_bytes())

    @cached_property
    def remembered(self) -> pl.DataFrame:
        """What is remembered of each of its songs."""
        return pl.read_ipc(self.folder / "prints" / "firsts.arrow")

    def parts(self, table: str) -> list[Path]:
        """The files of one of its tables, in order."""
        return sorted((self.folder / table).glob("part-*"))

    def prints(self) -> Prints:
        """What its rows are compared by with those of other files."""
        repeats = pl.read_ipc(self.folder / "prints" / "repeats.arrow")
        return Prints(self.remembered.drop(CHARACTERS), repeats, self._named)

    def _named(self, mask: pl.Series) -> pl.DataFrame:
        """Where the songs of *mask* stand."""
        named = pl.scan_ipc(self.parts("staged")).select("file", "line", "artist", "song")
        return named.collect().filter(mask)


def ingest_csv(
    files: Sequence[Path],
    out: Path,
    settings: IngestSettings,
    progress: Progress | None = None,
) -> IngestCounts:
    """Turn *files* into the tables of a catalogue in the empty folder *out*, as `merge_shards` leaves them.

    Args:
        files: CSV, plain or packed; all are gated before the first is read.
        out: Where the tables go.
        settings: How to read.
        progress: Called with the bytes used up so far and the bytes of all files.

    Raises:
        SourceError: If a file is no catalogue, or is cut or damaged.
        HashCollisionError: If two songs have one song_id.
    """
    names = names_of(files)
    for file, name in zip(files, names, strict=True):
        gate(file, name, settings)
    sizes = [file.stat().st_size for file in files]
    shards = []
    for number, (file, name) in enumerate(zip(files, names, strict=True)):
        shards.append(out / "shards" / f"{number:05}")
        shards[-1].mkdir(parents=True)
        told = progress and _shifted(progress, sum(sizes[:number]), sum(sizes))
        ingest_file(file, name, shards[-1], settings, told)
    merged = merge_shards(shards, out, settings.top_categories)
    shutil.rmtree(out / "shards")
    return merged.counts


def _shifted(progress: Progress, before: int, total: int) -> Progress:
    """*progress* of one file as that of all, of which *before* bytes are done."""

    def advance(done: int, _: int) -> None:
        progress(before + done, total)

    return advance


@dataclass(frozen=True)
class Merged:
    """What `merge_shards` did."""

    counts: IngestCounts
    sources: dict[Path, Path]
    """Of the parts that are links, the parts of a file's tables that they link to."""


def merge_shards(folders: Sequence[Path], out: Path, top: int) -> Merged:
    """Put the tables of several files together in *out*, each song where it stands first.

    Leaves the Parquet folders ``songs``, ``lyrics``, ``quarantine`` and ``folded``, the files ``profile.json`` and
    ``counts.json`` in ``profile``, and in ``pieces`` how many parts of the songs each file gave. Parts of
    lyrics of which no row repeats another file's are linked.

    Args:
        folders: One for each file, as `ingest_file` leaves it.
        out: Where the tables go.
        top: How many values of a category the profile lists.

    Raises:
        HashCollisionError: If two songs have one song_id.
    """
    shards = [Shard(folder) for folder in folders]
    folds = fold([shard.prints() for shard in shards])
    with BackgroundWriter() as writer:
        folded = PartWriter(out / "folded", FOLDED, writer)
        folded.append(folds.folded)
        folded.close()
        merging = _Merging(shards, folds, out, writer)
        songs = merging.songs()
        merging.lyrics()
        merging.quarantine()
    counts = _count(shards, songs, len(folds.folded))
    characters = pl.concat(
        shard.remembered[CHARACTERS].filter(kept)
        for shard, kept in zip(shards, folds.kept, strict=True)
    )
    profile = profile_catalogue(
        out, counts, merging.nulls, characters, [shard.facts for shard in shards], top
    )
    (out / "profile").mkdir()
    for name, facts in (("counts", counts), ("profile", profile)):
        (out / "profile" / f"{name}.json").write_text(facts.model_dump_json(indent=2) + "\n")
    return Merged(counts, merging.sources)


class _Merging:
    """Writes the tables of several files one after the other."""

    def __init__(
        self, shards: Sequence[Shard], folds: Folds, out: Path, writer: BackgroundWriter
    ) -> None:
        self._shards = shards
        self._folds = folds
        self._out = out
        self._writer = writer
        self.nulls: Counter[str] = Counter()  # of the kept songs, by column
        self.sources: dict[Path, Path] = {}

    def songs(self) -> int:
        """Put beside every song what only all rows together tell; returns how many there are."""
        table = PartWriter(self._out / "songs", SONGS, self._writer)
        together = pl.DataFrame([self._folds.duplicates, self._folds.clone_groups])
        parts = []
        for shard, kept in zip(self._shards, self._folds.kept, strict=True):
            before = table.parts
            for staged in _kept_songs(shard, kept):
                songs = staged.hstack(together.slice(table.rows, len(staged)))
                self.nulls.update(songs.select(CELLS).null_count().row(0, named=True))
                table.append(songs)
                table.cut()
            parts.append(table.parts - before)
        table.close()
        (self._out / "pieces").mkdir()
        write_json(self._out / "pieces" / "songs.json", parts if table.rows else [1])
        return table.rows

    def lyrics(self) -> None:
        """Lyrics of the songs that are kept."""
        table = PartWriter(self._out / "lyrics", LYRICS, self._writer)
        for shard, kept in zip(self._shards, self._folds.kept, strict=True):
            start = 0
            for part in shard.parts("lyrics"):
                rows = pq.read_metadata(part).num_rows
                mask = kept[start : start + rows]
                start += rows
                if rows and mask.all():
                    table.link([part])
                elif mask.any():
                    table.append(pl.read_parquet(part).filter(mask))
                    table.cut()
        table.close()
        self.sources |= table.sources

    def quarantine(self) -> None:
        """Every row that was set aside."""
        table = PartWriter(self._out / "quarantine", QUARANTINE, self._writer)
        for shard in self._shards:
            table.link(shard.parts("quarantine") if shard.facts.quarantined else [])
        table.close()
        self.sources |= table.sources


def _kept_songs(shard: Shard, kept: pl.Series) -> Iterator[pl.DataFrame]:
    """The songs that are *kept*, part by part."""
    start = 0
    for part in shard.parts("staged"):
        songs = _mapped(part)
        yield songs.filter(kept[start : start + len(songs)])
        start += len(songs)


def _mapped(part: Path) -> pl.DataFrame:
    """A table that `ingest_file` wrote, in the file's own pages: `polars.read_ipc` looks through all texts again."""
    with pa.memory_map(str(part)) as pages:
        return pl.DataFrame(pa.ipc.open_file(pages).read_all())


def _count(shards: Sequence[Shard], kept: int, folded: int) -> IngestCounts:
    read = sum(shard.facts.read for shard in shards)
    quarantined = sum(shard.facts.quarantined for shard in shards)
    if kept + folded + quarantined != read:
        raise RuntimeError(
            f"{kept} rows kept, {folded} folded and {quarantined} quarantined are not the {read} "
            "rows read. This is a fault of the ingest: please report it with the files."
        )
    reasons: Counter[str] = sum((Counter(shard.facts.reasons) for shard in shards), Counter())
    return IngestCounts(
        read=read,
        kept=kept,
        folded=folded,
        quarantined=quarantined,
        reasons=dict(sorted(reasons.items())),
    )
