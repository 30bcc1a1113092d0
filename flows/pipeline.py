"""From a catalogue to a live release."""

from __future__ import annotations

from prefect import flow

from flows.logs import hear_our_loggers
from flows.run import Run
from flows.settings import PipelineSettings
from flows.showcase import run_name, tag_run
from tasks.encode import encode
from tasks.ingest.check import check_contract
from tasks.ingest.task import ingest
from tasks.latents import latents
from tasks.map import draw_map
from tasks.neighbours import neighbours
from tasks.publish import Published
from tasks.report.task import ReportFacts, report
from tasks.train import train


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
    model = run(train, songs=songs, features=features, settings=settings.train)
    places = run(latents, songs=songs, features=features, model=model)
    nearest = run(neighbours, songs=songs, latents=places, settings=settings.neighbours)
    flat = run(draw_map, latents=places, settings=settings.map)
    run(report, songs=songs, drift=drift, model=model, neighbours=nearest, flat=flat, facts=facts)
    return run.publish()
