"""From a catalogue to a live release."""

from __future__ import annotations

from prefect import flow
from prefect.states import Cancelled

from flows.alerts import tell, tell_of_skipped
from flows.logs import hear_our_loggers
from flows.naming import run_name
from flows.run import Run
from flows.settings import PipelineSettings
from flows.showcase import show_waiting
from storage.turns import Busy
from tasks.align import align
from tasks.encode import encode
from tasks.evaluate.task import evaluate
from tasks.gate import gate
from tasks.ingest.check import check_contract
from tasks.ingest.task import ingest
from tasks.latents import latents
from tasks.map import draw_map
from tasks.neighbours import neighbours
from tasks.publish import Published
from tasks.report.task import ReportFacts, report
from tasks.train import rehearse, rehearse_original, train

LONGEST_RUN_S = 12 * 3600
"""Seconds after which a run is given up: the next night's is to find the store free."""


@flow(
    flow_run_name=run_name,
    log_prints=True,
    timeout_seconds=LONGEST_RUN_S,
    on_failure=[tell],
    on_crashed=[tell],
    on_cancellation=[tell],
)
def pipeline(settings: PipelineSettings) -> Published:
    """Turn a catalogue into a release, and make it live; nothing is made twice.

    One run works in a store at a time: a second one is cancelled.
    """
    hear_our_loggers()
    try:
        with Run.begin(settings) as run:
            return make_release(run, settings)
    except Busy as busy:
        show_waiting(settings, busy)
        tell_of_skipped("pipeline", settings.source, settings.store, str(busy))
        return Cancelled(message=str(busy))  # type: ignore[return-value]  # Prefect takes a state for the outcome


def make_release(run: Run, settings: PipelineSettings) -> Published:
    """All stages, in their order."""
    facts = ReportFacts(
        source=settings.source, stages=settings.stages(), **settings.report.model_dump()
    )

    songs = run(ingest, files=run.source(), settings=settings.ingest)
    drift = run(check_contract, songs=songs, settings=settings.contract)
    features = run(encode, songs=songs, settings=settings.encode)

    network = run(train, features=features, settings=settings.train)
    model = run(align, features=features, network=network, settings=settings.align)
    places = run(latents, songs=songs, features=features, model=model)
    nearest = run(neighbours, songs=songs, latents=places, settings=settings.neighbours)
    flat = run(draw_map, latents=places, settings=settings.map)

    split = {"salt": settings.evaluate.salt, "share": settings.evaluate.held_out_share}
    trial = {"songs": songs, "features": features, **split}
    rehearsal = run(rehearse, **trial, settings=settings.train)
    original = run(rehearse_original, **trial, settings=settings.train.as_baseline())
    evaluation = run(
        evaluate,
        songs=songs,
        features=features,
        rehearsal=rehearsal,
        original=original,
        model=model,
        neighbours=nearest,
        flat=flat,
        settings=settings.evaluate,
    )
    tables = {"songs": songs, "latents": places, "neighbours": nearest, "flat": flat}
    verdict = run(gate, **tables, evaluation=evaluation, settings=settings.gate)
    run(
        report,
        songs=songs,
        drift=drift,
        model=model,
        rehearsal=rehearsal,
        original=original,
        neighbours=nearest,
        flat=flat,
        evaluation=evaluation,
        verdict=verdict,
        facts=facts,
    )
    return run.publish()
