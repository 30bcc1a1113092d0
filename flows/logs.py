"""What the stages say, in the terminal and in the Prefect UI."""

from __future__ import annotations

import logging

from prefect.exceptions import CancelledRun

from flows.server import server_is_away
from songspace.errors import SongspaceError
from tasks.ingest.check import ContractError
from tasks.ingest.source import SourceError

OURS = ("flows", "tasks", "models", "storage", "songspace")
"""Our loggers; `logging.extra_loggers` in pyproject.toml has the same names, for the way to the UI."""

EXPLAINED = (SongspaceError, SourceError, ContractError, CancelledRun)
"""Errors whose message says it all: where in the code they came up would only bury it."""


def hear_our_loggers() -> None:
    """Let information through, where Prefect has only its own speak."""
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("prefect.engine", "prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(without_traceback)  # the same one is added only once


def without_traceback(record: logging.LogRecord) -> bool:
    """Let every record pass, one about an error that explains itself without its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, EXPLAINED) or server_is_away(error):
        record.exc_info = None
    return True
