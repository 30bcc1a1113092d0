"""The catalogue as typed tables, every row of it kept, folded or set aside."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from pydantic import BaseModel, ConfigDict, Field

from songspace.s3.url import SCHEME
from storage.artifacts import ArtifactRef, Linked
from storage.s3.objects import download, list_objects
from storage.store import Store
from tasks.ingest.settings import IngestSettings
from tasks.ingest.shard import FOLDERS, ingest_file
from tasks.ingest.source import SourceError, fingerprint, names_of, refuse_changed, resolve_source
from tasks.ingest.tables import merge_shards
from tasks.progress import progress
from tasks.stage import STUMBLES, stage

log = logging.getLogger(__name__)


class SourceFile(BaseModel):
    """A source file: its content tells whether it was read before, not where or how old it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(exclude=True, description="A local path, or an object as s3://bucket/key.")
    name: str
    bytes: int
    sha256: str | None = Field(None, description="Of a local file.")
    e_tag: str | None = Field(None, description="Of an object: what its bucket knows it by.")
    modified_ns: int = Field(0, exclude=True)

    @property
    def is_object(self) -> bool:
        """Whether it lies in a bucket."""
        return self.path.startswith(SCHEME)


def find_source(csv: str) -> list[SourceFile]:
    """The files or objects that *csv* names, each with what tells its content.

    Raises:
        SourceError: If nothing matches, or a download fails.
        StoreError: If a bucket does not say what it holds.
    """
    found = find_objects(csv) if csv.startswith(SCHEME) else find_files(csv)
    log.info("files=%d bytes=%d", len(found), sum(file.bytes for file in found))
    return found


def find_files(csv: str) -> list[SourceFile]:
    """Files of this machine, with the digest of their content."""
    files = resolve_source(csv)
    return [
        SourceFile(path=str(path), **facts)
        for path, facts in zip(files, fingerprint(files), strict=True)
    ]


def find_objects(csv: str) -> list[SourceFile]:
    """Objects of a bucket, which are not read for that."""
    objects = list_objects(csv)
    names = names_of([Path(one.url.removeprefix(SCHEME)) for one in objects])
    return [
        SourceFile(path=one.url, name=name, bytes=one.size, e_tag=one.e_tag)
        for one, name in zip(objects, names, strict=True)
    ]


@contextmanager
def at_hand(file: SourceFile, folder: Path) -> Iterator[Path]:
    """The file on this machine: an object is fetched into *folder* and removed again.

    Raises:
        SourceError: If it was changed since it was found.
        StoreError: If an object was, or its bucket does not give it.
    """
    if not file.is_object:
        yield Path(file.path)
        refuse_changed(Path(file.path), file.bytes, file.modified_ns)
        return
    copy = folder / PurePosixPath(file.name).name
    download(file.path, copy, file.e_tag or "")
    yield copy
    copy.unlink()


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
    with at_hand(file, draft) as path, progress("ingest", "byte") as advance:
        facts = ingest_file(path, file.name, draft, settings, advance)
    log.info("file=%s read=%d quarantined=%d", file.name, facts.read, facts.quarantined)


@stage("songs", libraries=["numpy", "polars", "pyarrow"], timeout_s=3600)
def fold(
    draft: Path, store: Store, *, shards: Sequence[ArtifactRef], top_categories: int
) -> Linked:
    """Put the tables of all files together, each song where it stands first, and describe them."""
    folders = [shard_folder(store, ref) for ref in shards]
    merged = merge_shards(folders, draft, top_categories)
    log.info("%s", merged.counts)
    known = {
        folder / name: facts
        for folder, ref in zip(folders, shards, strict=True)
        for name, facts in store.manifest(ref).files.items()
    }
    return {
        part.relative_to(draft).as_posix(): known[source] for part, source in merged.sources.items()
    }


def shard_folder(store: Store, shard: ArtifactRef) -> Path:
    """Where the tables of a file lie."""
    (folder,) = {store.folder(shard, name).parent for name in FOLDERS}
    return folder
