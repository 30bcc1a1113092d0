"""Runs that the server takes for running, though they may have died with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.events.clients import get_events_client
from prefect.events.schemas.events import Event, RelatedResource, Resource

from flows.automations import FLOWS, LOOKED_FOR

BUSY: Final = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def look_for_runs(client: SyncPrefectClient) -> int:
    """Begin to wait for a sign of life of every run that is said to be busy; gives their number.

    A server that dies with its runs forgets, when it is up again, that it waited for them. Each that
    stays silent is now set to Crashed, see `automations.dead_run`; one that lives loses nothing.
    """
    flows = client.read_flows(flow_filter=FlowFilter(name=FlowFilterName(any_=list(FLOWS))))
    events = [event for flow in flows for event in looked_for(client, flow.name)]
    asyncio.run(emit(events))
    return len(events)


def looked_for(client: SyncPrefectClient, flow: str) -> list[Event]:
    """An event for every busy run of a flow, from which its time counts."""
    runs = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=BUSY))
        ),
    )
    return [
        Event(
            event=LOOKED_FOR,
            resource=Resource({"prefect.resource.id": f"prefect.flow-run.{run.id}"}),
            related=[
                RelatedResource(
                    {
                        "prefect.resource.id": f"prefect.flow.{run.flow_id}",
                        "prefect.resource.role": "flow",
                        "prefect.resource.name": flow,
                    }
                )
            ],
        )
        for run in runs
    ]


async def emit(events: Sequence[Event]) -> None:
    """Send events to the server; they have arrived when it returns."""
    async with get_events_client() as client:
        for event in events:
            await client.emit(event)
