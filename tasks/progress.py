"""A bar in the terminal and a progress artifact in the Prefect UI, fed by one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from tqdm import tqdm

Advance = Callable[[int, int], None]

SECONDS_BETWEEN_UPDATES = 2.0


@contextmanager
def progress(stage: str, unit: str) -> Iterator[Advance]:
    """Give a function that is told (done, total); the UI hears of it every two seconds."""
    with tqdm(desc=stage, unit=unit, unit_scale=True, leave=False, disable=None) as bar:
        ui = UiProgress(stage)

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            ui.show(done, total)

        yield advance


class UiProgress:
    """A progress artifact of the present task run; nothing outside of one."""

    def __init__(self, stage: str) -> None:
        # Called outside of a coroutine it gives the id itself.
        self.artifact: Any = (
            create_progress_artifact(
                0.0, key=f"{stage}-progress", description=f"Progress of {stage}"
            )
            if TaskRunContext.get()
            else None
        )
        self.shown_at = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Update the artifact, unless that was done just now."""
        due = time.monotonic() - self.shown_at >= SECONDS_BETWEEN_UPDATES or done >= total
        if self.artifact and due:
            update_progress_artifact(self.artifact, progress=100.0 * done / max(total, 1))
            self.shown_at = time.monotonic()
