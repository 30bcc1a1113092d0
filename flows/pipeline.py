"""From a catalogue to a live release."""

from __future__ import annotations

from prefect import flow

from flows.logs import hear_our_loggers
from flows.run import Run
from flows.settings import PipelineSettings
from flows.showcase import run_name, tag_run
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


@flow(flow_run_name=run_name, log_prints=True)
def pipeline(settings: PipelineSettings) -> Published:
    """Turn a catalogue into a release, and make it live; nothing is made twice."""
    hear_our_loggers()
    tag_run(settings)
    run = Run(settings)
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
