"""The run in key numbers and in sections of facts."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.gate import number
from tasks.report.facts import Block, arrange, as_text
from tasks.report.inputs import Facts, ReportInputs
from tasks.report.spaces import measured


def key_numbers(inputs: ReportInputs) -> list[tuple[str, str]]:
    """What a reader wants first; a dash where the run did not say."""
    counted = inputs.songs.select(
        songs=pl.len(), clones=pl.col("clone_group").is_duplicated().sum()
    ).collect()
    return [
        ("gate", inputs.verdict.verdict),
        ("genre nDCG", measured(number(inputs.metrics, "headline", "value"))),
        ("songs", f"{counted['songs'].item():,}"),
        ("rows folded", _number(inputs.counts, "folded")),
        ("rows quarantined", _number(inputs.counts, "quarantined")),
        ("clones", f"{counted['clones'].item():,}"),
        (f"recall@{inputs.recall.get('k', 'k')}", _number(inputs.recall, "recall")),
    ]


def sections(inputs: ReportInputs) -> list[tuple[str, Block]]:
    """Everything else that the run told about itself, in the order of the page."""
    return [
        ("Counts", arrange(inputs.counts)),
        ("Quality of the map", arrange(inputs.map_quality)),
        ("Drift since the release before", arrange(drift_told(inputs.drift))),
        ("The source", arrange(source_told(inputs.profile) or "Not profiled.")),
        ("The run", arrange(inputs.run)),
    ]


def drift_told(drift: Facts) -> Facts | str:
    """The drift, or that there was nothing to compare with."""
    if drift.get("compared_with") is None:
        return "This is a first release: there is none before it to compare with."
    return {
        "compared with songs": drift["compared_with"],
        "what changed": drift.get("notes") or "nothing worth a line",
    }


def source_told(profile: Facts) -> Facts:
    """The profile without its counts, which have a section of their own, and without columns that lack nothing."""
    told = {name: part for name, part in profile.items() if name != "counts"}
    nulls = told.get("nulls")
    if isinstance(nulls, Mapping):
        told["nulls"] = {column: songs for column, songs in nulls.items() if songs}
    return told


def _number(facts: Facts, name: str) -> str:
    return as_text(facts.get(name)).text
