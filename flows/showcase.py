"""What the Prefect UI shows of a run: profile, training curve, map, neighbours, release, or why it failed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from prefect.artifacts import create_markdown_artifact

from flows.markdown import as_rows, as_table, cell, grid_rows
from flows.naming import rename_run
from flows.settings import PipelineSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from storage.turns import Busy
from tasks.progress import only_shown
from tasks.promotion import way_on
from tasks.publish import Published
from tasks.report.canvas import png_data_uri
from tasks.report.examples import Row
from tasks.report.quality import PROXY, asked, stability
from tasks.report.spaces import headline, out_of_balance, table_of_balance, table_of_spaces

log = logging.getLogger(__name__)


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
    """The headline of every space, the training curve and the map as pictures, and some songs with neighbours."""
    titles = {"headline": "How good is the space", "training": "Training", "map": "The map"}
    for key, title in titles.items():
        picture = png_data_uri(store.file(report, f"report/{key}.png"), max_width=1600)
        create_markdown_artifact(f"# {title}\n\n![{title}]({picture})", key=key, description=title)
    examples = store.read_json(report, "report/examples.json")
    create_markdown_artifact(
        "\n\n".join(map(as_example, examples)) or "No song has neighbours.",
        key="neighbours",
        description=f"The nearest songs of {len(examples)} examples",
    )


def as_example(song: Row) -> str:
    """A song and its nearest ones."""
    fields = ("song", "artist", "genre", "emotion")
    rows = [
        {
            "": near["rank"],
            "cosine": f"{near['score']:.3f}",
            **{field: near[field] for field in fields},
        }
        for near in song["neighbours"]  # type: ignore[attr-defined]
    ]
    title = f"### {cell(song['song'])} by {cell(song['artist'])}"
    return f"{title}\n\n{cell(song['genre'])}, {cell(song['emotion'])}\n\n{as_rows(rows)}"


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
    """Where the release and its report are, and the run's name with it."""
    folder = store.release_folder(published.release)
    facts = {
        "standing": published.standing,
        "ledger entry": published.sequence,
        "source": settings.source,
        "folder": folder,
        "report": folder / "report" / "index.html",
    }
    address = report_address(store, published.release)
    opening = f"[Open the report]({address})\n\n" if address else ""
    gate = f"{published.verdict}: {cell(published.reason)}"
    with only_shown("the release"):
        create_markdown_artifact(
            f"# {published.release}\n\n{opening}{gate}\n\n{as_table(facts)}",
            key="release",
            description=f"{published.release}: {published.standing}",
        )
        rename_run(f"{settings.source} -> {published.release}")


def report_address(store: Store, release: str) -> str | None:
    """Where a browser finds the report, if somebody said that it is served."""
    base = os.environ.get(REPORTS_URL)
    return f"{base.rstrip('/')}/{store.root.name}/{release}/" if base else None


def show_failure(settings: PipelineSettings, stage: str, error: BaseException) -> None:
    """Why the run failed, where people look first: in its name, and on a page of its own."""
    reason = str(error).strip() or type(error).__name__
    first, _, _ = reason.partition("\n")
    with only_shown("the failure"):
        create_markdown_artifact(
            f"# {stage} failed\n\n{as_quote(reason)}\n\n{type(error).__name__}, in a run on "
            f"{cell(settings.source)}. What was finished before is kept: the next run goes on from there.",
            key="failure",
            description=f"{stage}: {first}",
        )
        rename_run(shortened(f"{settings.source}: {stage} failed: {first}"))


def show_waiting(settings: PipelineSettings, busy: Busy) -> None:
    """That the run did nothing since another works in its store: the run's name says so."""
    log.warning("%s", busy)
    with only_shown("who works there"):
        rename_run(shortened(f"{settings.source}: {busy}"))


def shortened(name: str) -> str:
    """A name that a list of runs has room for."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3].rstrip()}..."


def as_quote(text: str) -> str:
    """Text of any kind, in lines of a Markdown quotation."""
    return "\n".join(f"> {cell(line)}" for line in text.splitlines())


REPORTS_URL = "SONGSPACE_REPORTS_URL"
"""The variable that says where `flows reports` serves the reports of stores, such as http://127.0.0.1:4201."""

LONGEST_NAME = 120

SHOWN: Mapping[str, Callable[[Store, ArtifactRef], None]] = {
    "songs": show_profile,
    "evaluation": show_evaluation,
    "gate": show_gate,
    "report": show_report,
}
