"""How a runner is asked for: apart from runners, since they import Prefect."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

PATTERN: Final = re.compile(r"(threads|processes|dask)(=[1-9][0-9]{0,3})?|dask=[a-z]+://\S+")


def known_runner(name: str) -> str:
    """*name*, if it is one of a runner.

    Raises:
        ValueError: If it is not.
    """
    if not PATTERN.fullmatch(name):
        raise ValueError(
            "Expected threads, processes or dask as the runner, with =N for so many workers, or "
            f"dask=tcp://HOST:PORT. Received: {name!r}."
        )
    return name


Runner = Annotated[str, AfterValidator(known_runner)]
"""threads, processes or dask, each with =N for so many workers; or dask=tcp://HOST:PORT, a cluster's scheduler."""
