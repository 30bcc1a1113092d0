"""What a worker's runs tell of themselves when they do not end well."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.automations import Patience
from flows.deploying import deploy
from flows.settings import read_settings
from flows.ui import running
from storage.store import Store
from tests.deployments.conftest import Server, nothing_begins_by_itself, wait_for
from tests.flows.small_runs import SMALL
from tests.webhook import Receiver

WATCHED_FOR = timedelta(seconds=30)  # no run here takes as long

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def client(server: Server, receiver: Receiver) -> Iterator[SyncPrefectClient]:
    """A client of the server, which was deployed to and has a worker."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "songspace"]
    with temporary_settings({PREFECT_API_URL: server.url}):
        deploy({"SONGSPACE_WEBHOOK": receiver.url}, Patience(heartbeat=WATCHED_FOR))
        with (
            get_client(sync_client=True) as client,
            nothing_begins_by_itself(client),
            running("worker", command, server.environment),
        ):
            yield client


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def ask_for_run(client: SyncPrefectClient, store: Store, **changes: Any) -> FlowRun:
    settings = read_settings(None, [*SMALL, "demo.rows=400"], store=str(store.root), **changes)
    nightly = client.read_deployment_by_name("pipeline/nightly")
    given = {"settings": settings.model_dump(mode="json")}
    return client.create_flow_run_from_deployment(nightly.id, parameters=given)


def is_in(client: SyncPrefectClient, run: FlowRun, state: str) -> bool:
    return client.read_flow_run(run.id).state_name == state


def told_once(store: Store, receiver: Receiver, what: str, seconds: float) -> str:
    """The one line in the store, after some time for another; the receiver was sent the same."""
    wait_for(lambda: bool(told(receiver, what)))
    time.sleep(seconds)
    (line,) = Path(store.root / "alerts.log").read_text().splitlines()
    assert told(receiver, what) == [line]
    receiver.texts.clear()
    return line


def told(receiver: Receiver, what: str) -> list[str]:
    return [text for text in receiver.texts if what in text]


def test_a_failed_run_tells_its_reason_once(
    client: SyncPrefectClient, store: Store, receiver: Receiver
) -> None:
    run = ask_for_run(client, store, csv=str(store.root.parent / "absent.csv"))
    wait_for(lambda: is_in(client, run, "Failed"))

    line = told_once(store, receiver, "Failed pipeline absent.csv: SourceError: ", 2)

    assert "absent.csv" in line.partition("SourceError")[2]


def test_a_run_whose_process_was_killed_tells_it_once(
    client: SyncPrefectClient, store: Store, receiver: Receiver
) -> None:
    run = ask_for_run(client, store)
    wait_for(lambda: is_in(client, run, "Running"))
    os.kill(process_of(run), signal.SIGKILL)
    wait_for(lambda: is_in(client, run, "Crashed"))

    until_the_server_would_miss_it = WATCHED_FOR.total_seconds() + 3
    line = told_once(
        store, receiver, "Crashed pipeline demo of 400 songs: ", until_the_server_would_miss_it
    )

    assert "-9" in line


@pytest.mark.fault
def test_a_run_that_meets_another_is_cancelled_and_tells_it(
    client: SyncPrefectClient, store: Store, receiver: Receiver
) -> None:
    with store.turn("a run on real.csv"):
        run = ask_for_run(client, store)
        wait_for(lambda: is_in(client, run, "Cancelled"))

    line = told_once(store, receiver, "Cancelled pipeline demo of 400 songs: Another run works", 2)

    assert "(a run on real.csv, process" in line
    assert client.read_flow_run(run.id).name.startswith("demo of 400 songs: Another run works in ")


def test_a_run_that_ends_well_tells_nothing_then_or_later(
    client: SyncPrefectClient, receiver: Receiver, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "empty")
    maintenance = client.read_deployment_by_name("maintenance/maintenance")
    given = {"settings": {"store": str(store.root)}}
    run = client.create_flow_run_from_deployment(maintenance.id, parameters=given)
    wait_for(lambda: is_in(client, run, "Completed"))

    time.sleep(WATCHED_FOR.total_seconds() + 5)

    assert receiver.texts == []
    assert client.read_flow_run(run.id).state_name == "Completed"
    assert not (store.root / "alerts.log").exists()


def process_of(run: FlowRun) -> int:
    """The process in which a worker runs a flow run: Prefect names the run in its environment."""
    name = f"PREFECT__FLOW_RUN_ID={run.id}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if name in environment.read_bytes().split(b"\0"):
                return int(environment.parent.name)
        except OSError:  # ended since, or of somebody else
            continue
    raise AssertionError(f"{run.name} has no process")
