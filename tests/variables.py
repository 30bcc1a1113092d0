"""The environment variables that tests change: all are there from the start, and no test adds or removes one.

Where one is added glibc (before 2.41) may move the whole table, and Polars' own threads read it all the time: the
process ends with a segmentation fault. A value that takes the place of another moves nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

KEYS: Final = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
}
"""What the S3 servers of tests are shown, whatever keys this machine has."""

UNSET: Final = (
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ALLOW_HTTP",
)

NOWHERE: Final = "http://127.0.0.1:9"
"""An address where nobody listens: no test reaches the S3 that this machine knows."""

DEFAULTS: Final = {
    "COLUMNS": "",
    "HTTPS_PROXY": "",
    "KAGGLEHUB_CACHE": str(Path.home() / ".cache" / "kagglehub"),
    "SONGSPACE_REPORTS_URL": "",
    "XDG_CACHE_HOME": str(Path.home() / ".cache"),
}


def settle() -> None:
    """Give each of them a value, and take away those of S3 that no test wants, before any thread is there."""
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update(KEYS)
    os.environ["AWS_ENDPOINT_URL"] = NOWHERE
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
