"""What the Prefect UI calls a run: by its source, then by what came out of it."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.settings import PipelineSettings
from tasks.progress import only_shown


def tag_run(settings: PipelineSettings) -> None:
    """Mark the present flow run, so that the UI can be asked for all runs of a kind and of a source.

    Not the tasks: each tag of a task costs its every run a request about concurrency, to which a
    busy server answers late.
    """
    if flow_run.id:
        kind = "demo" if settings.csv is None else "csv"
        with only_shown("the tags"), get_client(sync_client=True) as client:
            tags = {*flow_run.tags, "songspace", kind, settings.source}
            client.update_flow_run(flow_run.id, tags=sorted(tags))


def rename_run(name: str) -> None:
    """Give the present flow run a name that says what came out."""
    if flow_run.id:
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, name=name)


def run_name() -> str:
    """What a run is called while it works: its source."""
    settings = flow_run.parameters["settings"]
    if not isinstance(settings, PipelineSettings):
        settings = PipelineSettings.model_validate(settings)
    return settings.source
