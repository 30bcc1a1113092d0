"""The two revisions of the catalogue, told apart by their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from tasks.ingest import forms
from tasks.ingest.forms import Form
from tasks.ingest.source import SourceError

SHARE_OF_CELLS: Final = 0.5  # of a column's sample that must be of the revision's form


@dataclass(frozen=True)
class Revision:
    """How a revision writes the columns in which the revisions differ."""

    name: str
    forms: Mapping[str, Form]


BPM: Final = Revision(
    "bpm",
    {
        "tempo": forms.BEATS,
        "loudness_db": forms.DECIBELS,
        "release_date": forms.ORDINAL_DATE,
    },
)
"""Tempo in beats, loudness in decibels, dates in words."""

SCALED: Final = Revision(
    "scaled",
    {
        "tempo": forms.SCALED_TEMPO,
        "loudness_db": forms.SCALED_LOUDNESS,
        "release_date": forms.ISO_DATE,
    },
)
"""Tempo and loudness as 0 to 1, dates as ISO."""


def recognise_revision(file: Path, sample: pl.DataFrame) -> Revision:
    """The revision that most cells of the *sample*'s trimmed text rows follow.

    Raises:
        SourceError: If a column follows neither; shows one of its cells.
    """
    shares = {revision.name: _shares(sample, revision) for revision in (BPM, SCALED)}
    best = max((BPM, SCALED), key=lambda revision: sum(shares[revision.name].values()))
    for column, share in shares[best.name].items():
        if share < SHARE_OF_CELLS:
            wrong = sample.filter(best.forms[column].parse(pl.col(column)).is_null())
            raise SourceError(
                f"{file.name} is of no known revision: most cells of {column} are not "
                f"{BPM.forms[column].expected}, nor {SCALED.forms[column].expected}; "
                f"one is {wrong[column].drop_nulls()[0]!r}."
            )
    return best


def _shares(sample: pl.DataFrame, revision: Revision) -> dict[str, float]:
    """For each column, the share of its filled cells that are of the revision's form."""
    filled = {column: sample[column].drop_nulls() for column in revision.forms}
    return {
        column: (
            1
            - cells.to_frame().select(form.parse(pl.col(column))).to_series().null_count()
            / len(cells)
            if len(cells := filled[column])
            else 1.0
        )
        for column, form in revision.forms.items()
    }
