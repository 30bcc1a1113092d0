"""The catalogue as typed tables, every row of it kept, folded or set aside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from pydantic import BaseModel, ConfigDict, Field

from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.settings import IngestSettings
from tasks.ingest.shard import FOLDERS, ingest_file
from tasks.ingest.source import SourceError, fingerprint, refuse_changed, resolve_source
from tasks.ingest.tables import merge_shards
from tasks.progress import progress
from tasks.stage import STUMBLES, stage

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
    log.info("files=%d bytes=%d", len(files), sum(file.stat().st_size for file in files))
    return [
        SourceFile(path=path, **facts)
        for path, facts in zip(files, fingerprint(files), strict=True)
    ]


def may_be_found(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether looking again can help: where a disk, the network or Kaggle itself stumbled."""
    error = state.result(raise_on_failure=False)
    cause = error.__cause__ if isinstance(error, SourceError) else error
    if not isinstance(cause, OSError):
        return False
    if cause.errno is None:  # of the library that downloads: without an answer, or with what it was
        answer = getattr(cause, "response", None)
        return answer is None or answer.status_code >= 500
    return cause.errno in STUMBLES


look_for_source = Task(
    find_source,
    name="find_source",
    task_run_name="find_source",
    cache_policy=NO_CACHE,  # what the files hold now is the very question
    persist_result=False,
    retries=2,
    retry_delay_seconds=[2, 15],
    retry_condition_fn=may_be_found,
    timeout_seconds=7200,  # a gigabyte over a slow line
)
"""`find_source` as a Prefect task: the one step that may need the network."""


@stage("shard", libraries=["numpy", "polars", "pyarrow", "xxhash"], timeout_s=3600)
def ingest(draft: Path, _store: Store, *, file: SourceFile, settings: IngestSettings) -> None:
    """Read one file into typed tables of its own."""
    with progress("ingest", "byte") as advance:
        facts = ingest_file(file.path, file.name, draft, settings, advance)
    refuse_changed(file.path, file.bytes, file.modified_ns)
    log.info("file=%s read=%d quarantined=%d", file.name, facts.read, facts.quarantined)


@stage("songs", libraries=["numpy", "polars", "pyarrow"], timeout_s=3600)
def fold(draft: Path, store: Store, *, shards: Sequence[ArtifactRef], top_categories: int) -> None:
    """Put the tables of all files together, each song where it stands first, and describe them."""
    counts = merge_shards([shard_folder(store, ref) for ref in shards], draft, top_categories)
    log.info("%s", counts)


def shard_folder(store: Store, shard: ArtifactRef) -> Path:
    """Where the tables of a file lie."""
    (folder,) = {store.folder(shard, name).parent for name in FOLDERS}
    return folder
