"""Tells of a run that did not end well: a line in the store's log, and a call of the webhook."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import httpx
from prefect import Flow
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ParameterTypeError, PrefectException
from prefect.utilities.asyncutils import run_coro_as_sync

from flows.alert_log import add_alert, alert
from songspace.errors import SongspaceError
from storage.store import Store

WEBHOOK: Final = "songspace-alerts"
"""Name of the Prefect block that holds the address to call; `flows deploy` makes it."""

PATIENCE: Final = 30.0
"""Seconds for Prefect's server to answer; the same for it and the webhook together."""

log = logging.getLogger(__name__)


async def tell(flow: Flow[..., Any], flow_run: FlowRun, state: State) -> None:
    """Write one line on a run that failed, crashed or is cancelled, and send it to the webhook.

    A hook of our flows. What goes wrong here is an error in the log, never a second failure.
    """
    name = flow_run.name if state.is_failed() else await present_name(flow_run)
    line = alert(f"{state.name} {flow.name} {name}: {reason(state)}")
    try:
        root = store_of(flow, flow_run)
    except (ParameterTypeError, ValueError) as error:
        log.error("Not in any alerts.log: %s (%s)", line, error)  # noqa: TRY400 - it explains itself
    else:
        keep(root, line)
    await send_if_possible(line)


def tell_of_skipped(flow: str, source: str, root: str, why: str) -> None:
    """The same of a run that did nothing: Prefect calls no hook for one that cancels itself."""
    line = alert(f"Cancelled {flow} {source}: {why}")
    keep(root, line)
    run_coro_as_sync(send_if_possible(line))


def keep(root: str, line: str) -> None:
    """Add a line to the log of the store at *root*; what cannot be kept there is an error in the log."""
    try:
        add_alert(Store.existing(root), line)
    except SongspaceError as error:
        log.error("Not in any alerts.log: %s (%s)", line, error)  # noqa: TRY400 - it explains itself


async def send_if_possible(line: str) -> None:
    """Send a line to the webhook, if there is one; a failure is an error in the log."""
    try:
        await asyncio.wait_for(send(line), PATIENCE)
    except Exception:  # whatever a server, a network or a receiver can do
        log.exception("Not sent to the webhook %s: %s", WEBHOOK, line)


async def present_name(flow_run: FlowRun) -> str:
    """What a run is called: a worker that buries one knows only what it was called when it was planned."""

    async def ask() -> str:
        async with get_client() as client:
            return (await client.read_flow_run(flow_run.id)).name

    try:
        return await asyncio.wait_for(ask(), PATIENCE)
    except (httpx.HTTPError, PrefectException, TimeoutError):  # that the server is away, say
        return flow_run.name


def reason(state: State) -> str:
    """Why a run is in *state*."""
    told = state.message or "no reason given"
    return told.removeprefix("Flow run encountered an exception: ")


def store_of(flow: Flow[..., Any], flow_run: FlowRun) -> str:
    """The store that a run of one of our flows works in, as its settings name it.

    Raises:
        ParameterTypeError: If the settings are none.
    """
    return str(flow.validate_parameters(flow_run.parameters)["settings"].store)


async def send(line: str) -> None:
    """Call the webhook, if there is one, with the body that Slack, Mattermost and Teams take.

    Raises:
        RuntimeError: If the receiver does not take it.
    """
    try:
        webhook: Webhook = await Webhook.aload(WEBHOOK, validate=False)
    except ValueError:  # that no such block is there
        return
    response = await webhook.call({"text": line})
    if not response.is_success:
        raise RuntimeError(f"It answered {response.status_code} {response.reason_phrase}.")
