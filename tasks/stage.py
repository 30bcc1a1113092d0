"""A stage: a plain function that fills a folder, run by Prefect as a cached and retried task."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prefect import Task
from prefect.cache_policies import CacheKeyFnPolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.serializers import Serializer
from pydantic import BaseModel, Field

from storage.artifacts import ArtifactRef
from storage.errors import StoreError
from storage.store import Store
from tasks.code import code_digests

log = logging.getLogger(__name__)

RETRY_DELAYS_S: list[float] = [2, 8, 32]
"""Pauses before a task is tried again: a disk or a network comes back within a minute, or not at all."""

STUMBLES = frozenset(
    {
        errno.EIO,
        errno.EAGAIN,
        errno.EBUSY,
        errno.ESTALE,
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.ETIMEDOUT,
    }
)
"""Errors of the operating system that may be gone a moment later; a full disk is not one of them."""

Recipe = dict[str, Any]
Inputs = Mapping[str, object]


class ArtifactRefSerializer(Serializer):
    """A reference read back must still point at a whole artifact: Prefect takes an error here for a cache miss."""

    type: str = Field(default="artifact-ref", frozen=True)
    # Prefect's server keeps nothing of a serializer but its type: so the root stands in each record.
    root: str = Field(default="", exclude=True)

    def dumps(self, obj: object) -> bytes:
        """The reference as JSON; Prefect also hands over the error of a failed task, which is only described."""
        if isinstance(obj, ArtifactRef):
            return json.dumps({"store": self.root, "reference": obj.model_dump()}).encode()
        return json.dumps({"not a reference": repr(obj)}).encode()

    def loads(self, blob: bytes) -> ArtifactRef:
        """The reference, verified."""
        try:
            record = json.loads(blob)
            ref = ArtifactRef.model_validate(record["reference"])
            return Store(Path(record["store"])).verify(ref)
        except Exception as error:
            log.warning("not reused: %r", error)
            raise


class Stage:
    """A step of the pipeline: called with a store and its inputs, it gives the reference of what it wrote.

    The same inputs, settings, code and libraries give what was written before, if that still verifies.
    """

    def __init__(
        self,
        write: Callable[..., None],
        kind: str,
        libraries: Sequence[str],
        timeout_s: float,
        builds_on: str | None,
    ) -> None:
        self.write = write
        self.kind = kind
        self.libraries = tuple(libraries)
        self.name = write.__name__
        self.timeout_s = timeout_s
        self.builds_on = builds_on

    def __call__(self, store: Store, *, fresh: bool = False, **inputs: object) -> ArtifactRef:
        """Run as a Prefect task; *fresh* writes again what was written before."""
        ref = self.task(store, fresh=fresh)(store, inputs)
        if not store.holds(
            ref
        ):  # its record came with a copied store, and was true of the original
            ref = self.task(store, fresh=True)(store, inputs)
        return ref

    def task(self, store: Store, *, fresh: bool = False) -> Task[[Store, Inputs], ArtifactRef]:
        """The Prefect task that keeps its results beside the artifacts of *store*."""
        return Task(
            self.run,
            name=self.name,
            task_run_name=self.name,
            tags=[self.kind],
            cache_policy=CacheKeyFnPolicy(cache_key_fn=self.cache_key),
            result_storage=results_folder(store),
            result_serializer=ArtifactRefSerializer(root=str(store.root)),
            refresh_cache=fresh,
            retries=len(RETRY_DELAYS_S),
            retry_delay_seconds=RETRY_DELAYS_S,
            retry_jitter_factor=0.5,
            retry_condition_fn=may_pass,
            timeout_seconds=self.timeout_s,
        )

    def run(self, store: Store, inputs: Inputs) -> ArtifactRef:
        """Do the work and commit it, without Prefect."""
        with store.draft() as draft:
            self.write(draft, store, **inputs)
            return store.commit(draft, self.kind, recipe=self.recipe(inputs))

    def recipe(self, inputs: Inputs) -> Recipe:
        """All that shapes the result: the task, its inputs, its code and the versions of its libraries."""
        return {
            "task": self.name,
            "inputs": {name: plain(value) for name, value in inputs.items()},
            "code": code_digests(self.write.__module__),
            "libraries": {
                "python": platform.python_version().rpartition(".")[0],
                **{name: version(name) for name in self.libraries},
            },
        }

    def cache_key(self, _context: TaskRunContext, parameters: dict[str, Any]) -> str:
        """Prefect's cache key: the digest of the recipe."""
        return f"{self.name}-{recipe_digest(self.recipe(parameters['inputs']))}"


def results_folder(store: Store) -> Path:
    """Where Prefect keeps its records of the tasks of *store*.

    Closed to others: a forged record could name a serializer that runs code.
    """
    folder = store.root / "results"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def stage(
    kind: str, *, libraries: Sequence[str], timeout_s: float = 1800, builds_on: str | None = None
) -> Callable[[Callable[..., None]], Stage]:
    """Make a function `(draft, store, **inputs)` that fills the folder *draft* a Stage.

    Args:
        kind: What it writes, such as "songs".
        libraries: Distributions whose version shapes what it writes.
        timeout_s: Seconds after which Prefect gives a run up.
        builds_on: Kind of the live release's artifact that it wants as its input `base`.
    """

    def decorate(write: Callable[..., None]) -> Stage:
        return Stage(write, kind, libraries, timeout_s, builds_on)

    return decorate


def recipe_digest(recipe: Recipe) -> str:
    """The sha256 of a recipe, shortened."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:20]


def plain(value: object) -> Any:
    """An input as JSON: what a cache key is made of."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case list() | tuple():
            return [plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(
        f"A stage takes references, settings and plain values. Received: {type(value).__name__}."
    )


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again can help: for a disk or a network that stumbled, never for wrong data."""
    error = state.result(raise_on_failure=False)
    cause = error.__cause__ if isinstance(error, StoreError) else error
    return isinstance(cause, OSError) and cause.errno in STUMBLES
