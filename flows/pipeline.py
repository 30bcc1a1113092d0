"""From a catalogue to a live release."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import flow
from prefect.states import Cancelled

from flows.alerts import tell, tell_of_skipped
from flows.logs import hear_our_loggers
from flows.naming import run_name
from flows.run import Run
from flows.settings import PipelineSettings
from flows.showcase import show_waiting
from storage.artifacts import ArtifactRef
from storage.turns import Busy
from tasks.align import align
from tasks.encode import encode, fit, gather_features, summarise
from tasks.evaluate.task import evaluate
from tasks.gate import gate
from tasks.ingest.check import check_contract
from tasks.ingest.task import fold, ingest
from tasks.latents import gather_latents, latents
from tasks.map import draw_map
from tasks.neighbours import gather_neighbours, index, neighbours
from tasks.pieces import Piece, pieces_of
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

    songs = read_catalogue(run, settings)
    drift = run(check_contract, songs=songs, settings=settings.contract)
    pieces = pieces_of(run.store, songs, "songs")
    encoded, features = encode_songs(run, pieces, settings)

    network = run(train, features=features, settings=settings.train)
    model = run(align, features=features, network=network, settings=settings.align)
    placed = run.map(latents, {"songs": pieces, "encoded": encoded}, model=model)
    places = run(gather_latents, placed=placed)
    nearest = find_neighbours(run, placed, songs, places, settings)
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


def read_catalogue(run: Run, settings: PipelineSettings) -> ArtifactRef:
    """The songs of all files, each file read by itself."""
    shards = run.map(ingest, {"file": run.source()}, settings=settings.ingest)
    return run(fold, shards=shards, top_categories=settings.ingest.top_categories)


def encode_songs(
    run: Run, pieces: Sequence[Piece], settings: PipelineSettings
) -> tuple[list[ArtifactRef], ArtifactRef]:
    """Songs as numbers, piece by piece and gathered, by an encoder that was fitted to all of them."""
    summaries = run.map(summarise, {"songs": pieces})
    encoder = run(fit, summaries=summaries, settings=settings.encode)
    encoded = run.map(encode, {"songs": pieces}, encoder=encoder)
    return encoded, run(gather_features, encoder=encoder, encoded=encoded)


def find_neighbours(
    run: Run,
    placed: Sequence[ArtifactRef],
    songs: ArtifactRef,
    places: ArtifactRef,
    settings: PipelineSettings,
) -> ArtifactRef:
    """The lists of all songs, piece by piece in one index."""
    among = {"songs": songs, "latents": places, "settings": settings.neighbours}
    made = run(index, **among)
    nearest = run.map(neighbours, {"placed": placed}, index=made, **among)
    return run(gather_neighbours, index=made, nearest=nearest)
