"""What the stages say, in the terminal and in the Prefect UI."""

from __future__ import annotations

import logging

OURS = ("flows", "tasks", "models", "storage", "songspace")
"""Our loggers; `logging.extra_loggers` in pyproject.toml has the same names, for the way to the UI."""


def hear_our_loggers() -> None:
    """Let information through, where Prefect has only its own speak."""
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
