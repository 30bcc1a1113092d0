"""What nobody could tell of but the server: runs that died with their machine, and runs that did not happen."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
)
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Running

from flows.automations import Patience, automations, upsert
from flows.deploying import NIGHTLY, ROOT, deploy
from flows.lost_runs import look_for_runs
from tests.deployments.conftest import Server, nothing_begins_by_itself, wait_for
from tests.flows.small_runs import AS_OPTIONS
from tests.webhook import Receiver

SOON: Final = Patience(
    heartbeat=timedelta(seconds=15), start=timedelta(seconds=10), completion=timedelta(seconds=20)
)

pytestmark = [pytest.mark.usefixtures("watched"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def watched(server: Server, receiver: Receiver) -> Iterator[None]:
    """The server, deployed to with little patience."""
    with temporary_settings({PREFECT_API_URL: server.url}):
        deploy({"SONGSPACE_WEBHOOK": receiver.url}, SOON)
        with get_client(sync_client=True) as client, nothing_begins_by_itself(client):
            yield


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


def test_a_run_that_died_with_its_machine_is_set_to_crashed_and_told_once(
    server: Server, receiver: Receiver, client: SyncPrefectClient, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "flows",
        "run",
        "--demo",
        "777",
        "--store",
        str(tmp_path / "s"),
    ]
    ours = FlowRunFilter(name=FlowRunFilterName(any_=["demo of 777 songs"]))

    def state(name: str) -> bool:
        runs = client.read_flow_runs(flow_run_filter=ours)
        return bool(runs) and runs[0].state_name == name

    with subprocess.Popen(
        [*command, *AS_OPTIONS], cwd=ROOT, env=server.environment, stderr=subprocess.DEVNULL
    ) as dying:
        wait_for(lambda: state("Running"))
        dying.kill()
    wait_for(lambda: state("Crashed"))

    (run,) = client.read_flow_runs(flow_run_filter=ours)
    assert run.state
    assert run.state.message == "No sign of life for 15 s: its machine or its worker died."
    wait_for(lambda: bool(told(receiver, "Crashed")))
    assert told(receiver, "Crashed") == [f"Crashed pipeline {run.name}: {run.state.message}"]


def test_a_nightly_run_that_no_worker_takes_up_is_told_once(
    receiver: Receiver, client: SyncPrefectClient
) -> None:
    nightly = client.read_deployment_by_name(NIGHTLY)
    run = client.create_flow_run_from_deployment(nightly.id, name='the "3 am" run')

    wait_for(lambda: bool(told(receiver, "Late")))

    assert client.read_flow_run(run.id).state_name == "Late"
    (text,) = told(receiver, "Late")
    assert text.startswith('Late pipeline the "3 am" run: not begun for 0 minutes.')
    client.delete_flow_run(run.id)


def test_too_long_a_time_since_the_last_completed_nightly_run_is_told(
    receiver: Receiver, client: SyncPrefectClient
) -> None:
    nightly = client.read_deployment_by_name(NIGHTLY)
    run = client.create_flow_run_from_deployment(nightly.id)
    before = len(told(receiver, "Overdue"))
    completed = time.monotonic()
    client.set_flow_run_state(run.id, Completed(), force=True)

    wait_for(lambda: len(told(receiver, "Overdue")) > before)

    assert time.monotonic() - completed > SOON.completion.total_seconds() - 1
    assert told(receiver, "Overdue")[-1] == (
        "Overdue pipeline nightly: none was completed for 0 hours."
    )


def test_another_deployment_leaves_the_clocks_of_automations_alone(
    client: SyncPrefectClient,
) -> None:
    nightly, webhook = client.read_deployment_by_name(NIGHTLY), block(client)

    again = upsert(client, automations(nightly.id, webhook, SOON))
    changed = upsert(client, automations(nightly.id, None, SOON))
    back = upsert(client, automations(nightly.id, webhook, SOON))

    assert set(again.values()) == {"unchanged"}
    tells_nobody = "songspace: a run died"
    for done in (changed, back):
        assert done.pop(tells_nobody) == "unchanged"
        assert set(done.values()) == {"changed"}
    assert len(client.read_automations()) == len(again)


@pytest.mark.fault
def test_a_run_that_the_server_forgot_while_it_was_down_is_looked_for(
    client: SyncPrefectClient,
) -> None:
    run = client.create_flow_run_from_deployment(
        client.read_deployment_by_name("pipeline/on-demand").id
    )
    client.set_flow_run_state(run.id, Running(), force=True)
    nightly, webhook = client.read_deployment_by_name(NIGHTLY), block(client)
    hasty = SOON.model_copy(update={"heartbeat": timedelta(seconds=10)})
    upsert(
        client, automations(nightly.id, webhook, hasty)
    )  # a changed one forgets all it waited for

    assert look_for_runs(client) == 1

    wait_for(lambda: client.read_flow_run(run.id).state_name == "Crashed")


def test_a_lost_sign_of_life_is_no_death() -> None:
    beat = PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value()

    assert beat == 30
    assert Patience().heartbeat.total_seconds() > 2 * beat


def told(receiver: Receiver, what: str) -> list[str]:
    return [text for text in receiver.texts if text.startswith(what)]


def block(client: SyncPrefectClient) -> UUID:
    return client.read_block_document_by_name("songspace-alerts", "webhook").id
