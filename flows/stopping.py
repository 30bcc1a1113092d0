"""Signals that ask a command to stop: it ends in order, and says so."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEFT_TO_PYTHON = (signal.SIG_DFL, signal.default_int_handler)

AGAIN_S = 0.1
"""After this a signal is sent once more whose interrupt was lost."""


class Interrupted(Exception):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number  # what a shell would say of it
        super().__init__("interrupted")


class Stop(KeyboardInterrupt):
    """Ctrl-C, to whoever looks for it.

    After a KeyboardInterrupt itself has passed `exec`, by which dataclasses are made, `python -m` ends by SIGINT
    whatever its exit status.
    """


@contextmanager
def stoppable() -> Iterator[None]:
    """Let each of SIGNALS end the block in order, as Ctrl-C does.

    SIGTERM and a closed terminal would else kill Python where it stands, and what it has started
    would live on. A signal that is ignored, as under nohup, stays so. One that came where Python can pass on no
    exception, in a finaliser or a callback of C code, is sent once more.

    Raises:
        Interrupted: If a signal came, whatever the interrupted call has made of it.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        raise Stop

    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number in SIGNALS if before[number] in LEFT_TO_PYTHON]
    for number in ours:
        signal.signal(number, interrupt)
    try:
        with sent_again(came):
            yield
    except BaseException as error:
        if came:
            release_watchers()
            raise Interrupted(came[0]) from error
        raise
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextmanager
def sent_again(came: list[int]) -> Iterator[None]:
    """Send the first signal that *came* once more where its interrupt could be passed on to nobody."""
    timers: list[threading.Timer] = []
    before = sys.unraisablehook

    def lost(told: UnraisableHookArgs) -> None:
        if came and isinstance(told.exc_value, Stop):
            main = threading.main_thread().ident
            timers.append(threading.Timer(AGAIN_S, signal.pthread_kill, (main, came[0])))
            timers[-1].start()
        else:
            before(told)

    sys.unraisablehook = lost
    try:
        yield
    finally:
        sys.unraisablehook = before
        for timer in timers:
            timer.cancel()
            timer.join()  # or what it was just sending would come when nobody takes it for a stop


def release_watchers() -> None:
    """End the threads in which Prefect waits for deadlines.

    One that was just being started when the signal came is known to nobody, and Python would not
    end before its deadline: half an hour for a task.
    """
    for thread in threading.enumerate():
        scope = getattr(getattr(thread, "_target", None), "__self__", None)
        released = getattr(scope, "_event", None)
        if thread.name.startswith("timeout-watcher") and isinstance(released, threading.Event):
            released.set()
