"""A run that is told to stop, with the temporary server that it started itself."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect._internal.concurrency.cancellation import WatcherThreadCancelScope

from flows import stopping
from flows.stopping import SIGNALS, Interrupted, stoppable
from tests.flows.attempts import ROOT, start_alone


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """No signal is ignored, as it would be of tests that run in the background or under nohup."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def to_all(run: subprocess.Popen[bytes]) -> None:
    """Ctrl-C: the terminal tells every process that it started."""
    os.killpg(run.pid, signal.SIGINT)


def to_one(run: subprocess.Popen[bytes]) -> None:
    """`kill`, or a machine that shuts down."""
    run.send_signal(signal.SIGTERM)


@pytest.mark.fault
@pytest.mark.parametrize(("stop", "status"), [(to_all, 130), (to_one, 143)])
def test_a_run_that_is_stopped_ends_in_order(
    tmp_path: Path, stop: Callable[[subprocess.Popen[bytes]], None], status: int
) -> None:
    log = tmp_path / "log"
    run = start_alone(log, "--demo", "3000", "--store", str(tmp_path / "store"))
    wait_for("Task run 'ingest 1 of 1' - Finished", log, run)

    stop(run)

    assert run.wait(timeout=200) == status
    said = log.read_text()
    assert "run: interrupted; the same command goes on from here" in said
    assert "Traceback" not in said
    assert not answers(int(re.findall(r"temporary server on http://127\.0\.0\.1:(\d+)", said)[0]))
    assert flow_states(tmp_path) == ["CRASHED"]
    assert list((tmp_path / "store" / "staging").iterdir()) == []


def wait_for(text: str, log: Path, run: subprocess.Popen[bytes]) -> None:
    while text not in log.read_text():
        assert run.poll() is None, log.read_text()
        time.sleep(0.1)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def flow_states(home: Path) -> list[str]:
    with sqlite3.connect(home / "prefect.db") as database:
        return [state for (state,) in database.execute("SELECT state_type FROM flow_run")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_known_whatever_the_interrupted_call_made_of_it(
    number: signal.Signals,
) -> None:
    with pytest.raises(Interrupted) as stopped, stoppable():
        call_that_takes_it_for_an_error(number)

    assert stopped.value.status == 128 + number


def call_that_takes_it_for_an_error(number: signal.Signals) -> None:
    try:
        signal.raise_signal(number)
    except KeyboardInterrupt as interrupt:
        raise ValueError("could not be serialised") from interrupt


STOPPED_IN_EXEC = """
import signal, sys
from flows.stopping import Interrupted, stoppable

try:
    with stoppable():
        exec("signal.raise_signal(signal.SIGTERM)")
except Interrupted as stop:
    sys.exit(stop.status)
"""


def test_the_status_is_kept_of_what_is_stopped_while_it_makes_a_dataclass(tmp_path: Path) -> None:
    (tmp_path / "stopped.py").write_text(STOPPED_IN_EXEC)
    path = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}

    ended = subprocess.run([sys.executable, "-m", "stopped"], env=os.environ | path)

    assert ended.returncode == 143


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_falls_into_a_finaliser_is_sent_again(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Interrupted) as stopped, stoppable():
        goes_on_after_a_lost_interrupt(number)

    assert stopped.value.status == 128 + number
    assert "Traceback" not in capsys.readouterr().err


def goes_on_after_a_lost_interrupt(number: signal.Signals) -> None:
    Finalised(number)
    time.sleep(60)


class Finalised:
    """Has no one who could catch what it raises."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


def test_a_block_that_ends_before_the_signal_is_sent_again_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "AGAIN_S", 5)

    with stoppable():
        Finalised(signal.SIGTERM)

    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_other_errors_of_finalisers_are_told_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda error: told.append(error.exc_type))

    with stoppable():
        Broken()

    assert told == [ZeroDivisionError]


class Broken:
    """Fails when nobody listens."""

    def __del__(self) -> None:
        _ = 1 / 0


@pytest.mark.fault
def test_a_deadline_that_was_just_being_set_does_not_keep_the_process_from_ending() -> None:
    with pytest.raises(Interrupted), stoppable():
        interrupted_while_it_sets_a_deadline()

    for thread in threading.enumerate():
        if thread.name.startswith("timeout-watcher"):
            thread.join(timeout=60)
            assert not thread.is_alive()


def interrupted_while_it_sets_a_deadline() -> None:
    WatcherThreadCancelScope(timeout=3600).__enter__()  # type: ignore[no-untyped-call]
    signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)

            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_as_before_once_the_block_has_ended() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with stoppable():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before
