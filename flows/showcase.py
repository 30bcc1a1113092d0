"""What the Prefect UI shows of a run: profile, training curve, map and release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.settings import PipelineSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.progress import only_shown
from tasks.promotion import way_on
from tasks.publish import Published
from tasks.report.canvas import png_data_uri
from tasks.report.facts import Grid
from tasks.report.quality import PROXY, asked, stability
from tasks.report.spaces import headline, out_of_balance, table_of_balance, table_of_spaces


def show(store: Store, ref: ArtifactRef) -> None:
    """Make the artifact of the UI that belongs to *ref*, if it is one that people look at."""
    if ref.kind in SHOWN:
        with only_shown(f"the {ref.kind}"):
            SHOWN[ref.kind](store, ref)


def show_profile(store: Store, songs: ArtifactRef) -> None:
    """How many rows came in, and what became of them."""
    profile = store.read_json(songs, "profile/profile.json")
    genres = dict(list(profile["categories"]["genres"]["top"].items())[:10])
    parts = {
        "The catalogue": profile["counts"],
        "Clones": profile["clones"],
        "Features: mean, sd, quartiles": {
            name: f"{facts['mean']}, {facts['sd']}, {facts['quartiles']}"
            for name, facts in profile["numbers"].items()
        },
        "Genres": genres,
    }
    create_markdown_artifact(
        "\n\n".join(f"## {title}\n\n{as_table(facts)}" for title, facts in parts.items()),
        key="profile",
        description="What the source looks like",
    )


def show_report(store: Store, report: ArtifactRef) -> None:
    """The headline of every space, the training curve and the map, as pictures."""
    titles = {"headline": "How good is the space", "training": "Training", "map": "The map"}
    for key, title in titles.items():
        picture = png_data_uri(store.file(report, f"report/{key}.png"), max_width=1600)
        create_markdown_artifact(f"# {title}\n\n![{title}]({picture})", key=key, description=title)


def show_evaluation(store: Store, evaluation: ArtifactRef) -> None:
    """How good the space is: the headline, this space beside all others, balance and stability."""
    metrics = store.read_json(evaluation, "evaluation/metrics.json")
    parts = {
        "Beside other spaces": as_rows(grid_rows(table_of_spaces(metrics))),
        "Balance": "\n\n".join(
            [
                *(f"**{cell(warning)}**" for warning in out_of_balance(metrics)),
                as_rows(grid_rows(table_of_balance(metrics))),
            ]
        ),
        "Stability": as_table(stability(metrics)),
    }
    create_markdown_artifact(
        f"# {cell(headline(metrics))}\n\n{PROXY} {asked(metrics)}\n\n"
        + "\n\n".join(f"## {title}\n\n{text}" for title, text in parts.items()),
        key="evaluation",
        description=headline(metrics),
    )


def show_gate(store: Store, gate: ArtifactRef) -> None:
    """What was asked of the candidate, and what it reached."""
    judgement = store.read_json(gate, "gate/gate.json")
    rows = [
        {
            "check": check["name"],
            "": "passed" if check["passed"] else "FAILED",
            "expected": check["expected"],
            "found": check["found"],
        }
        for check in judgement["checks"]
    ]
    create_markdown_artifact(
        f"# The gate: {judgement['verdict']}\n\n{cell(judgement['reason'])}\n\n{as_rows(rows)}",
        key="gate",
        description=f"{judgement['verdict']}: {judgement['reason']}",
    )


def refusal(store: Store, published: Published) -> str:
    """What a run that the gate refused says of itself, in one line."""
    way = way_on(store, published.release, may_be_forced=published.may_be_forced)
    return f"{published.verdict}: {published.reason}. {published.release} is not live. {way}"


def show_release(store: Store, settings: PipelineSettings, published: Published) -> None:
    """Where the release is, and the run's name with it."""
    folder = store.release_folder(published.release)
    facts = {
        "release": published.release,
        "live": published.standing,
        "gate": f"{published.verdict}: {published.reason}",
        "ledger entry": published.sequence,
        "source": settings.source,
        "folder": folder,
        "report": folder / "report" / "index.html",
    }
    with only_shown("the release"):
        create_markdown_artifact(
            f"# {published.release}\n\n{as_table(facts)}",
            key="release",
            description=published.release,
        )
        rename_run(f"{settings.source} -> {published.release}")


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


def as_table(facts: Mapping[str, object]) -> str:
    """Names and values as a Markdown table."""
    rows = "\n".join(f"| {name} | {cell(value)} |" for name, value in facts.items())
    return f"| | |\n|---|---|\n{rows}"


def as_rows(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of the same fields as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(map(cell, row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def grid_rows(grid: Grid) -> list[dict[str, str]]:
    """A table of the report as rows of the same fields."""
    return [dict(zip(grid.columns, (part.text for part in row), strict=True)) for row in grid.rows]


def cell(value: object) -> str:
    """A value that cannot break out of a Markdown cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {cell(item)}" for name, item in value.items())
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


SHOWN: Mapping[str, Callable[[Store, ArtifactRef], None]] = {
    "songs": show_profile,
    "evaluation": show_evaluation,
    "gate": show_gate,
    "report": show_report,
}
