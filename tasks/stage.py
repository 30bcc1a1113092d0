"""A stage: a plain function that fills a folder, run by Prefect as a cached and retried task."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Task, unmapped
from prefect.cache_policies import CacheKeyFnPolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from pydantic import BaseModel

from songspace.errors import SongspaceError
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store
from tasks.code import CodeEditedError, code_digests, refuse_edited
from tasks.heap import give_back
from tasks.records import remove_forged

log = logging.getLogger(__name__)

RETRY_DELAYS_S: list[float] = [2, 8, 32]
"""Pauses before a task is tried again: a disk or a network comes back within a minute, or not at all."""

STUMBLES = frozenset(
    {
        errno.EIO,
        errno.EAGAIN,
        errno.EBUSY,
        errno.EMFILE,
        errno.ENFILE,
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

P = ParamSpec("P")
R = TypeVar("R")

Recipe = dict[str, Any]
Writer = Callable[..., Linked | None]
Inputs = Mapping[str, object]


class Stage:
    """A step of the pipeline: called with a store and its inputs, it gives the reference of what it wrote.

    The same inputs, settings, code and libraries give what was written before, if that still verifies.
    """

    def __init__(
        self,
        write: Writer,
        kind: str,
        libraries: Sequence[str],
        timeout_s: float,
        builds_on: Mapping[str, str],
        *,
        resumes: bool,
    ) -> None:
        self.write = write
        self.kind = kind
        self.libraries = tuple(libraries)
        self.name = write.__name__
        self.timeout_s = timeout_s
        self.builds_on = dict(builds_on)
        self.resumes = resumes
        self.code = code_digests(write.__module__)  # as it is now, when it is imported

    def __call__(self, store: Store, *, fresh: bool = False, **inputs: object) -> ArtifactRef:
        """Run as a Prefect task; *fresh* writes again what was written before, from the beginning."""
        if fresh and self.resumes:
            store.forget_unfinished(self.work(inputs))
        task = self.as_task(store, self.name, timeout_s=self.timeout_s, fresh=fresh)
        return found_or_made(task, partial(self.check, store, inputs), store, inputs)

    def map(
        self,
        store: Store,
        over: Mapping[str, Sequence[object]],
        *,
        fresh: bool = False,
        **inputs: object,
    ) -> list[ArtifactRef]:
        """Run once for each of the values *over* which it goes, on the flow's task runner; results in their order.

        Args:
            store: Where all of it is kept; every worker must reach it under this name.
            over: Inputs that differ, all equally many.
            fresh: Write again what was written before.
            inputs: Those that are the same each time.
        """
        values = zip(*over.values(), strict=True)
        each = [{**inputs, **dict(zip(over, some, strict=True))} for some in values]
        labels = [f" {number} of {len(each)}" for number in range(1, len(each) + 1)]
        works = list(zip(each, labels, strict=True))
        # Prefect ends nothing in a thread, and warns of that each time: the run as a whole has its limit.
        task = self.as_task(store, f"{self.name}{{label}}", timeout_s=None, fresh=fresh)
        states = run_each(task, store, works)
        refs = [state.result() for state in states]
        refused = [
            place
            for place, (state, ref, given) in enumerate(zip(states, refs, each, strict=True))
            if not is_usable(state, ref, partial(self.check, store, given))
        ]
        again = task.with_options(refresh_cache=True)
        made = run_each(again, store, [works[place] for place in refused])
        for place, state in zip(refused, made, strict=True):
            refs[place] = state.result()
        return refs

    def as_task(
        self, store: Store, run_name: str, *, timeout_s: float | None, fresh: bool
    ) -> Task[..., ArtifactRef]:
        """The Prefect task, whose runs are called *run_name*."""
        return cached_task(
            self.run,
            store,
            ArtifactRef,
            name=self.name,
            run_name=run_name,
            key=self.cache_key,
            timeout_s=timeout_s,
            fresh=fresh,
        )

    def check(self, store: Store, inputs: Inputs, ref: ArtifactRef) -> None:
        """Refuse an artifact that is not whole, or that this stage did not make of *inputs*.

        Raises:
            SongspaceError: If it is so.
        """
        store.verify(ref)
        made_from = recipe_digest(dict(store.manifest(ref).recipe))
        if (ref.kind, made_from) != (self.kind, recipe_digest(self.recipe(inputs))):
            raise SongspaceError(f"{ref.kind}/{ref.version} was not made by this {self.name}.")

    def run(self, store: Store, inputs: Inputs, label: str = "") -> ArtifactRef:  # noqa: ARG002 - shown by Prefect
        """Do the work and commit it, without Prefect; *label* tells runs of one stage apart."""
        loaded = set(sys.modules)
        with store.draft() as draft, self._unfinished(store, inputs) as unfinished:
            linked = self.write(draft, store, **inputs, **unfinished)
            give_back()
            refuse_edited(self.code, loaded)
            return store.commit(draft, self.kind, recipe=self.recipe(inputs), linked=linked)

    @contextmanager
    def _unfinished(self, store: Store, inputs: Inputs) -> Iterator[dict[str, Path]]:
        """Where the work notes how far it has come, if it does: kept if it is stopped, not once it is done."""
        if not self.resumes:
            yield {}
            return
        try:
            yield {"unfinished": store.unfinished(self.work(inputs))}
        except CodeEditedError:  # nor what other code than the name says has begun
            store.forget_unfinished(self.work(inputs))
            raise
        store.forget_unfinished(self.work(inputs))

    def work(self, inputs: Inputs) -> str:
        """The name of the work on *inputs*: other settings, code or libraries make it another's."""
        return f"{self.kind}-{recipe_digest(self.recipe(inputs))}"

    def recipe(self, inputs: Inputs) -> Recipe:
        """All that shapes the result: the task, its inputs, its code and the versions of its libraries."""
        return {
            "task": self.name,
            "inputs": {name: plain(value) for name, value in inputs.items()},
            "builds_on": self.builds_on,  # tells the inputs that come from the live release
            "code": self.code,
            "libraries": {
                "python": platform.python_version().rpartition(".")[0],
                **{name: version(name) for name in self.libraries},
            },
        }

    def cache_key(self, _context: TaskRunContext, parameters: dict[str, Any]) -> str:
        """Prefect's cache key: the digest of the recipe."""
        return f"{self.name}-{recipe_digest(self.recipe(parameters['inputs']))}"


def cached_task(
    call: Callable[P, R],
    store: Store,
    gives: type[R],
    *,
    name: str,
    key: Callable[[TaskRunContext, dict[str, Any]], str],
    timeout_s: float | None,
    run_name: str | None = None,
    fresh: bool = False,
) -> Task[P, R]:
    """*call* as a Prefect task that keeps its results beside *store* and tries again what may pass."""
    store.records.mkdir(mode=0o700, exist_ok=True)  # closed to others: a record can be forged

    def key_of_whole_record(context: TaskRunContext, parameters: dict[str, Any]) -> str:
        found = key(context, parameters)
        remove_forged(store.records / found, gives)
        return found

    return Task(
        call,
        name=name,
        task_run_name=run_name or name,
        cache_policy=CacheKeyFnPolicy(cache_key_fn=key_of_whole_record),
        result_storage=store.records,
        result_serializer="json",
        refresh_cache=fresh,
        retries=len(RETRY_DELAYS_S),
        retry_delay_seconds=RETRY_DELAYS_S,
        retry_jitter_factor=0.5,
        retry_condition_fn=may_pass,
        timeout_seconds=timeout_s,
    )


def found_or_made(
    task: Task[P, R], check: Callable[[R], object], *arguments: P.args, **named: P.kwargs
) -> R:
    """What *task* gives; if it was found from before and *check* refuses it, the work is done again.

    Checked here, not where Prefect reads a record: its server keeps nothing of a serializer but
    the type, so that none can know the store.
    """
    state = task(*arguments, **named, return_state=True)
    result = state.result()
    if is_usable(state, result, check):
        return result
    return task.with_options(refresh_cache=True)(*arguments, **named)


def is_usable(state: State[R], result: R, check: Callable[[R], object]) -> bool:
    """Whether a task worked, or *check* takes what was found from before; a warning says why not."""
    if state.name != "Cached":
        return True
    try:
        check(result)
    except SongspaceError as error:
        log.warning("not reused: %s", error)
        return False
    return True


def run_each(
    task: Task[..., R], store: Store, works: Sequence[tuple[Inputs, str]]
) -> list[State[R]]:
    """The states of a task's runs on all inputs of *works*, side by side as the flow's runner has workers."""
    if not works:
        return []
    each, labels = (list(part) for part in zip(*works, strict=True))
    futures = task.map(unmapped(store), each, label=labels)
    for future in futures:
        future.wait()
    return [future.state for future in futures]


def stage(
    kind: str,
    *,
    libraries: Sequence[str],
    timeout_s: float = 1800,
    builds_on: Mapping[str, str] | None = None,
    resumes: bool = False,
) -> Callable[[Writer], Stage]:
    """Make a function `(draft, store, **inputs)` that fills the folder *draft* a Stage.

    What it put there as links to files of artifacts it may return, so that they are not hashed again.

    Args:
        kind: What it writes, such as "songs".
        libraries: Distributions whose version shapes what it writes.
        timeout_s: Seconds after which Prefect gives a run up.
        builds_on: Inputs that are artifacts of the live release, or None where it has none: their kinds by name.
        resumes: Whether it is called with a folder *unfinished* too, to go on from what it kept there if it is stopped.
    """

    def decorate(write: Writer) -> Stage:
        return Stage(write, kind, libraries, timeout_s, builds_on or {}, resumes=resumes)

    return decorate


def recipe_digest(recipe: Recipe) -> str:
    """The sha256 of a recipe, shortened."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:20]


def plain(value: object) -> Any:
    """An input as JSON: what a cache key is made of."""
    match value:
        case BaseModel():
            return _shaping(value.model_dump(mode="json"))
        case list() | tuple():
            return [plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(
        f"A stage takes references, settings and plain values. Received: {type(value).__name__}."
    )


def _shaping(settings: dict[str, Any]) -> dict[str, Any]:
    """*settings* without deadlines: those end a work or not, but never shape what it gives."""
    return {
        name: _shaping(value) if isinstance(value, dict) else value
        for name, value in settings.items()
        if name != "deadline_s"
    }


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again can help: for a disk or a network that stumbled, never for wrong data."""
    error = state.result(raise_on_failure=False)
    cause = error.__cause__ if isinstance(error, SongspaceError) else error
    return isinstance(cause, OSError) and cause.errno in STUMBLES
