"""Where the pieces of a run are worked on: threads, processes, or the workers of a Dask cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from prefect.context import FlowRunContext
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from flows.runner_names import known_runner
from flows.server import named_server


def task_runner(name: str) -> TaskRunner[Any]:
    """The task runner that *name* asks for.

    Raises:
        ValueError: If there is none of that name, or Dask is asked for and not installed.
    """
    known_runner(name)
    kind, _, which = name.partition("=")
    if kind == "dask":
        return dask_runner(which)
    workers = int(which) if which else None
    if kind == "processes":
        return ProcessPoolTaskRunner(max_workers=workers or os.cpu_count())
    # Polars, FAISS and BLAS use all cores for one piece: two at once would double the memory and win little.
    return ThreadPoolTaskRunner(max_workers=workers or max((os.cpu_count() or 1) // 4, 1))


def dask_runner(which: str) -> TaskRunner[Any]:
    """Dask on the scheduler at an address, or on *which* processes of this machine."""
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise ValueError(
            "The runner dask needs Prefect's task runner for it: pip install 'songspace[dask]'."
        ) from error
    logging.getLogger("distributed").setLevel(logging.WARNING)  # it tells of every connection
    if "://" in which:
        return DaskTaskRunner(address=which)
    workers = int(which) if which else os.cpu_count()
    local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs=local)


@contextmanager
def mapping_on(name: str) -> Iterator[None]:
    """Have what is mapped inside the block worked on by the runner *name*, whatever the flow was declared with."""
    flow_run = FlowRunContext.get()
    if flow_run is None:
        raise RuntimeError("Expected to be called in a flow run.")
    runner = task_runner(name)
    elsewhere = nullcontext() if isinstance(runner, ThreadPoolTaskRunner) else named_server()
    with elsewhere, runner, flow_run.model_copy(update={"task_runner": runner}):
        yield
