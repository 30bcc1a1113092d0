"""What Prefect's server itself watches: runs that died with their machine, and runs that did not happen.

No hook can tell of these, since no process of ours is there to call it. Of all else the hook tells: nothing is
told twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, CallWebhook, ChangeFlowRunState, DoNothing
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from pydantic import BaseModel, ConfigDict, Field

FLOWS: Final = ("pipeline", "encode-songs", "maintenance")

ENDED: Final = {
    f"prefect.flow-run.{state}"
    for state in ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled")
}
RUNNING: Final = "prefect.flow-run.Running"
HEARTBEAT: Final = "prefect.flow-run.heartbeat"
COMPLETED: Final = "prefect.flow-run.Completed"
LOOKED_FOR: Final = "songspace.flow-run.looked-for"
"""What `lost_runs` sends for a run that the server may have forgotten to wait for."""

BEGUN: Final = {"prefect.flow-run.Pending", RUNNING}

ANY_RUN: Final = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
OF_OUR_FLOWS: Final = ResourceSpecification(
    {"prefect.resource.role": "flow", "prefect.resource.name": list(FLOWS)}
)

FROZEN: Final = ConfigDict(frozen=True, extra="forbid")


class Patience(BaseModel):
    """How long the server waits before it takes something for lost; it looks every few seconds."""

    model_config = FROZEN

    heartbeat: timedelta = Field(
        timedelta(seconds=90),
        ge=timedelta(seconds=10),
        description="Without a sign of life; a run gives one every 30 seconds, so that one may get lost.",
    )
    start: timedelta = Field(
        timedelta(minutes=10),
        ge=timedelta(seconds=10),
        description="That a nightly run may be late; a worker takes it up within seconds.",
    )
    completion: timedelta = Field(
        timedelta(hours=26),
        ge=timedelta(seconds=10),
        description="From one completed nightly run to the next: a day, and two hours for the run.",
    )


def automations(
    nightly: UUID, webhook: UUID | None, patience: Patience | None = None
) -> list[AutomationCore]:
    """All that the server is to watch.

    Args:
        nightly: Id of the deployment that runs every night.
        webhook: Id of the block to call; None: what happened is seen in the UI's events alone.
        patience: How long to wait.
    """
    patience = patience or Patience()
    return [
        dead_run(patience.heartbeat),
        buried_run(webhook, patience.heartbeat),
        late_run(nightly, webhook, patience.start),
        missing_run(nightly, webhook, patience.completion),
    ]


def dead_run(within: timedelta) -> AutomationCore:
    """A run whose process died with its worker: without this it would be called Running for ever.

    The server may take this for due after a run has ended, when a last sign of life reaches it late. It then refuses
    the new state, and nothing comes of it.
    """
    return AutomationCore(
        name="songspace: a run died",
        description="Sets a run that gives no sign of life to Crashed.",
        trigger=EventTrigger(
            match=ANY_RUN,
            match_related=OF_OUR_FLOWS,
            for_each={"prefect.resource.id"},
            after={RUNNING, HEARTBEAT, LOOKED_FOR},  # it may die before its first heartbeat
            expect={HEARTBEAT, *ENDED},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=[
            ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message=no_sign(within))
        ],
    )


def buried_run(webhook: UUID | None, within: timedelta) -> AutomationCore:
    """A run that `dead_run` has really set to Crashed: told by its message from those that a hook tells of."""
    why = no_sign(within)
    return AutomationCore(
        name="songspace: a dead run was found",
        description="Tells of a run that was set to Crashed since it gave no sign of life.",
        trigger=EventTrigger(
            match=ResourceSpecification({**ANY_RUN.root, "prefect.state-message": why}),
            match_related=OF_OUR_FLOWS,
            for_each={"prefect.resource.id"},
            expect={"prefect.flow-run.Crashed"},
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=calls(webhook, f"Crashed {{{{ flow.name }}}} {{{{ flow_run.name }}}}: {why}")
        or [DoNothing()],
    )


def no_sign(within: timedelta) -> str:
    """Why a run is called dead."""
    return f"No sign of life for {within.total_seconds():.0f} s: its machine or its worker died."


def late_run(nightly: UUID, webhook: UUID | None, within: timedelta) -> AutomationCore:
    """A nightly run that no worker takes up."""
    minutes = within.total_seconds() / 60
    return AutomationCore(
        name="songspace: the nightly run does not begin",
        description="Tells that no worker takes up the nightly run.",
        trigger=EventTrigger(
            match=ANY_RUN,
            match_related=of_deployment(nightly),
            for_each={"prefect.resource.id"},
            after={"prefect.flow-run.Late"},
            expect=BEGUN | ENDED,
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=calls(
            webhook,
            f"Late {{{{ flow.name }}}} {{{{ flow_run.name }}}}: not begun for {minutes:.0f} minutes. Is there a "
            "worker? Start one: make ui, or prefect worker start --pool songspace.",
        )
        or [DoNothing()],
    )


def missing_run(nightly: UUID, webhook: UUID | None, within: timedelta) -> AutomationCore:
    """No nightly run was completed for too long, whatever the reason.

    The time counts from the last completed one; each starts it anew since it is both what the
    trigger waits for and what it starts after.
    """
    hours = within.total_seconds() / 3600
    return AutomationCore(
        name="songspace: no nightly run was completed",
        description="Tells that too much time has passed since a nightly run was completed.",
        trigger=EventTrigger(
            match=ANY_RUN,
            match_related=of_deployment(nightly),
            after={COMPLETED},
            expect={COMPLETED},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=calls(
            webhook, f"Overdue pipeline nightly: none was completed for {hours:.0f} hours."
        )
        or [DoNothing()],
    )


def of_deployment(deployment: UUID) -> ResourceSpecification:
    """That an event belongs to a run of *deployment*."""
    return ResourceSpecification(
        {
            "prefect.resource.role": "deployment",
            "prefect.resource.id": f"prefect.deployment.{deployment}",
        }
    )


def calls(webhook: UUID | None, text: str) -> list[ActionTypes]:
    """Send *text*, in which the names of the run are filled in, to the webhook if there is one."""
    if webhook is None:
        return []
    payload = f'{{% set text %}}{text}{{% endset %}}{{"text": {{{{ text | tojson }}}}}}'
    return [CallWebhook(block_document_id=webhook, payload=payload)]


def upsert(client: SyncPrefectClient, wanted: Sequence[AutomationCore]) -> dict[str, str]:
    """Make the server's automations what they should be; by name, what was done.

    One that is as it should be is left alone: a change would start its clocks anew.
    """
    return {automation.name: upsert_one(client, automation) for automation in wanted}


def upsert_one(
    client: SyncPrefectClient, wanted: AutomationCore
) -> Literal["created", "changed", "unchanged"]:
    """Make one automation what it should be."""
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
        return "created"
    first, *others = found
    for other in others:
        client.delete_automation(other.id)
    if AutomationCore.model_validate(first.model_dump()) == wanted:
        return "unchanged"
    client.update_automation(first.id, wanted)
    return "changed"
