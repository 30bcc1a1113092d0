"""Tells a Prefect server what to run, when, and whom to call: `python -m flows deploy`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.types import SecretDict
from prefect.workers.process import ProcessWorker
from pydantic import SecretStr

from flows.alerts import WEBHOOK
from flows.automations import Patience, automations, upsert
from flows.lost_runs import look_for_runs
from flows.settings import PipelineSettings

ROOT: Final = Path(__file__).parents[1]
"""The checkout: workers run the flows from here."""

POOL: Final = "songspace"
NIGHTLY: Final = "pipeline/nightly"

PLANNED_WITHIN_S: Final = 90.0
"""The server plans the runs of a new schedule every few seconds or, where it overlooked one, once a minute."""


def deploy(environment: Mapping[str, str] | None = None, patience: Patience | None = None) -> None:
    """Bring the server of PREFECT_API_URL to what this checkout says; doing it again changes nothing.

    Args:
        environment: Names what is deployed: SONGSPACE_CSV, SONGSPACE_STORE and SONGSPACE_WEBHOOK;
            else the process's own.
        patience: How long the server waits before it calls something lost.

    Raises:
        RuntimeError: If no server answers or it refuses.
    """
    environment = os.environ if environment is None else environment
    url = server_url()
    require_server(url)
    with get_client(sync_client=True) as client:
        ensure_pool(client)
        send_deployments(url, environment)
        webhook = keep_webhook(client, environment.get("SONGSPACE_WEBHOOK"))
        nightly = client.read_deployment_by_name(NIGHTLY)
        watched = upsert(client, automations(nightly.id, webhook, patience))
        busy = look_for_runs(client)
        facts = {
            "catalogue": source(nightly),
            "nightly": next_run(client, nightly),
            "webhook": "is called" if webhook else "none; SONGSPACE_WEBHOOK names one",
            "automations": ", ".join(name.removeprefix("songspace: ") for name in watched),
            "busy runs": f"{busy}; one that stays silent is set to Crashed" if busy else "none",
        }
        print(f"deployed to {url}, work pool {POOL}: {', '.join(deployed(client))}")
        for name, fact in facts.items():
            print(f"  {name:<12} {fact}")


def server_url() -> str:
    """The server to deploy to.

    Raises:
        RuntimeError: If none is set.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise RuntimeError(
            "No Prefect server is named. Start one with `make ui`, which deploys too, or set "
            "PREFECT_API_URL, such as http://127.0.0.1:4200/api."
        )
    return str(url)


def require_server(url: str) -> None:
    """Ask the server whether it is there.

    Raises:
        RuntimeError: If it does not answer.
    """
    try:
        answer = httpx.get(f"{url.rstrip('/')}/health", timeout=10)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise RuntimeError(
            f"No Prefect server answers at {url} ({error}). Start it, for instance with `make ui`, "
            "or set PREFECT_API_URL to another."
        ) from error


def ensure_pool(client: SyncPrefectClient) -> None:
    """Have a work pool whose workers start runs as processes.

    Raises:
        RuntimeError: If there is one of that name but of another kind.
    """
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(
                name=POOL,
                type=ProcessWorker.type,
                description="Runs of Songspace, each a process beside its worker.",
                base_job_template=ProcessWorker.get_default_base_job_template(),
            )
        )
        return
    if pool.type != ProcessWorker.type:
        raise RuntimeError(
            f"The work pool {POOL!r} is of type {pool.type!r}, but runs of Songspace are "
            "processes: remove it, then deploy again."
        )


def send_deployments(url: str, environment: Mapping[str, str]) -> None:
    """Let Prefect's own command read deployments/prefect.yaml.

    Raises:
        RuntimeError: If it fails; with what it said.
    """
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    command += ["--prefect-file", "deployments/prefect.yaml"]
    done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        command,
        cwd=ROOT,
        env={**os.environ, **named(environment), "PREFECT_API_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"prefect deploy failed:\n{done.stdout}{done.stderr}")


def named(environment: Mapping[str, str]) -> dict[str, str]:
    """What deployments/prefect.yaml asks for, given or not."""
    csv, store = environment.get("SONGSPACE_CSV", ""), environment.get("SONGSPACE_STORE", "")
    return {
        "SONGSPACE_CSV": csv,
        "SONGSPACE_STORE": store,
        "SONGSPACE_DEFAULT_STORE": store or ("store" if csv else "demo"),
    }


def keep_webhook(client: SyncPrefectClient, address: str | None) -> UUID | None:
    """Keep the address to call on the server, as a secret, and give the id of its block.

    Args:
        client: Of the server.
        address: None leaves it as it is, empty text removes it.
    """
    if address:
        headers = SecretDict({"Content-Type": "application/json"})
        kept = Webhook(url=SecretStr(address), headers=headers).save(WEBHOOK, overwrite=True)
        return UUID(str(kept))
    try:
        block = client.read_block_document_by_name(WEBHOOK, "webhook")
    except ObjectNotFound:
        return None
    if address is None:
        return block.id
    client.delete_block_document(block.id)
    return None


def deployed(client: SyncPrefectClient) -> list[str]:
    """The names under which runs of ours can be started."""
    flows = {flow.id: flow.name for flow in client.read_flows()}
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=["songspace"]))
    found = client.read_deployments(deployment_filter=tagged)
    return sorted(f"{flows[deployment.flow_id]}/{deployment.name}" for deployment in found)


def source(deployment: DeploymentResponse) -> str:
    """What a deployment of the pipeline reads, and the store it works in."""
    settings = PipelineSettings.model_validate(deployment.parameters["settings"])
    return f"{settings.csv or 'the built-in one'}, in the store {settings.store}"


def next_run(client: SyncPrefectClient, deployment: DeploymentResponse) -> str:
    """When the server will run a deployment next, as soon as it has planned that."""
    ours = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    scheduled = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime(after_=datetime.now(UTC)),
    )
    until = time.monotonic() + PLANNED_WITHIN_S
    while time.monotonic() < until:
        runs = client.read_flow_runs(
            flow_run_filter=scheduled,
            deployment_filter=ours,
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=1,
        )
        if runs and runs[0].expected_start_time:
            schedule = deployment.schedules[0].schedule
            zone = ZoneInfo(getattr(schedule, "timezone", None) or "UTC")
            return f"next on {runs[0].expected_start_time.astimezone(zone):%A, %d %B, %H:%M %Z}"
        time.sleep(0.5)
    return "not planned yet: is the server's scheduler running, is the deployment paused?"
