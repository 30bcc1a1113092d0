"""A bar in the terminal and a progress artifact in the Prefect UI, fed by one call."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

log = logging.getLogger(__name__)

Advance = Callable[[int, int], None]

SECONDS_BETWEEN_UPDATES = 2.0


@contextmanager
def progress(stage: str, unit: str) -> Iterator[Advance]:
    """Give a function that is told (done, total); the UI hears of it every two seconds."""
    with (
        tqdm(desc=stage, unit=unit, unit_scale=True, leave=False, disable=None) as bar,
        # Or what is logged would continue the line of the bar.
        nullcontext() if bar.disable else logging_redirect_tqdm(),
    ):
        ui = UiProgress(stage)

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            ui.show(done, total)

        yield advance


class UiProgress:
    """A progress artifact of the present task run; nothing outside of one, or once the UI refused it."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.artifact: Any = None
        self.shown_at = time.monotonic()
        if TaskRunContext.get():
            with only_shown(f"the progress of {stage}"):
                # Called outside of a coroutine it gives the id itself.
                self.artifact = create_progress_artifact(
                    0.0, key=f"{stage}-progress", description=f"Progress of {stage}"
                )

    def show(self, done: int, total: int) -> None:
        """Update the artifact, unless that was done just now."""
        due = time.monotonic() - self.shown_at >= SECONDS_BETWEEN_UPDATES or done >= total
        if not (self.artifact and due):
            return
        artifact, self.artifact = self.artifact, None  # until the update went well
        with only_shown(f"the progress of {self.stage}"):
            update_progress_artifact(artifact, progress=100.0 * done / max(total, 1))
            self.artifact = artifact
            self.shown_at = time.monotonic()


@contextmanager
def only_shown(what: str) -> Iterator[None]:
    """Send something to the Prefect UI; if its server does not take it, say so and go on.

    Work is never lost for a picture of it. Prefect would try six times, for more than a minute: here twice.
    """
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):
            yield
    except (httpx.HTTPError, PrefectException) as error:
        log.warning("the Prefect UI will not show %s (%s: %s)", what, type(error).__name__, error)
