"""Tables written part by part, in the background: what is in memory is one part."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from storage.disk import flush, link_or_copy

WRITERS: Final = (
    4  # a part of lyrics packs in one thread: with two, both cores are busy 85 % of the time
)
# Of zstd: 3 packs a quarter smaller, and took a third of all time.
LIGHTLY: Final = 1
PAGE_BYTES: Final = 4 << 20  # lyrics pack faster than in pages of 1 MB


class BackgroundWriter:
    """Writes some files at a time while its caller goes on; waits if more would pile up."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="parquet")
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if kind is None:
            self.wait()

    def wait(self, pending: int = 0) -> None:
        """Return when at most *pending* files are not yet written; raise what went wrong."""
        while len(self._pending) > pending:
            self._pending.popleft().result()

    def write(self, frames: list[pl.DataFrame], schema: pl.Schema, file: Path) -> None:
        """Put *frames*, one below the other, into *file*: Parquet, or Arrow by its ending."""
        self.wait(WRITERS - 1)
        self._pending.append(self._pool.submit(_write, frames, schema, file))


def _write(frames: list[pl.DataFrame], schema: pl.Schema, file: Path) -> None:
    """Flushed here, while the next part is made: at the end all of it would have to be waited for."""
    table = pl.concat([schema.to_frame(), *frames])
    if file.suffix == ".arrow":
        table.write_ipc(file)
    else:
        table.write_parquet(
            file,
            compression="zstd",
            compression_level=LIGHTLY,
            statistics=False,
            data_page_size=PAGE_BYTES,
        )
    flush(file)


class PartWriter:
    """A table that grows by frames and is cut into part files."""

    def __init__(
        self, folder: Path, schema: pl.Schema, writer: BackgroundWriter, ending: str = "parquet"
    ) -> None:
        folder.mkdir()
        self.folder = folder
        self.rows = 0
        self.parts = 0
        self.sources: dict[Path, Path] = {}
        """Of the parts that are links, the files that they link to."""
        self._schema = schema
        self._writer = writer
        self._ending = ending
        self._frames: list[pl.DataFrame] = []

    def append(self, frame: pl.DataFrame) -> None:
        """Add *frame* to the part that grows."""
        self._frames.append(frame.select(self._schema.names()))
        self.rows += len(frame)

    def cut(self) -> None:
        """End the part that grows, unless it has no rows."""
        if any(len(frame) for frame in self._frames):
            self._write()
        self._frames = []

    def link(self, files: Sequence[Path]) -> None:
        """Take *files* over as the next parts, unread: their rows are not counted."""
        for file in files:
            part = self._next()
            if link_or_copy(file, part):
                self.sources[part] = file

    def close(self) -> None:
        """End the last part; an empty table has one part too."""
        self.cut()
        if not self.parts:
            self._write()

    def _write(self) -> None:
        self._writer.write(self._frames, self._schema, self._next())

    def _next(self) -> Path:
        """Where the next part goes."""
        self.parts += 1
        return self.folder / f"part-{self.parts - 1:05}.{self._ending}"
