"""The catalogue as typed tables, every row of it kept, folded or set aside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from storage.store import Store
from tasks.ingest.settings import IngestSettings
from tasks.ingest.source import fingerprint, refuse_changed, resolve_source
from tasks.ingest.tables import ingest_csv
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)


class SourceFile(BaseModel):
    """A source file: its content tells whether it was read before, not where or how old it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(exclude=True)
    name: str
    bytes: int
    sha256: str
    modified_ns: int = Field(exclude=True)


def find_source(csv: str) -> list[SourceFile]:
    """The files that *csv* names, each with the digest of its content.

    Raises:
        SourceError: If nothing matches, or a download fails.
    """
    files = resolve_source(csv)
    return [
        SourceFile(path=path, **facts)
        for path, facts in zip(files, fingerprint(files), strict=True)
    ]


@stage("songs", libraries=["polars", "pyarrow", "xxhash"], timeout_s=3600)
def ingest(
    draft: Path, _store: Store, *, files: Sequence[SourceFile], settings: IngestSettings
) -> None:
    """Read the files into songs, lyrics, folded and quarantine, and describe them."""
    with progress("ingest", "byte") as advance:
        counts = ingest_csv([file.path for file in files], draft, settings, advance)
    for file in files:
        refuse_changed(file.path, file.bytes, file.modified_ns)

    (draft / "profile").mkdir()
    for name in ("profile.json", "counts.json"):
        (draft / name).rename(draft / "profile" / name)
    log.info("%s", counts)
