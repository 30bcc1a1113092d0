"""Rows that break the contract, as they stood in the file."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from songspace.schemas import QUARANTINE
from tasks.ingest.resync import Broken


def list_quarantined(file: str, broken: Sequence[Broken]) -> pl.DataFrame:
    """A QUARANTINE table of *broken* rows of *file*, by line."""
    rows = sorted(broken, key=lambda row: row.line)
    return pl.DataFrame(
        {
            "file": [file] * len(rows),
            "line": [row.line for row in rows],
            "reason": [row.reason for row in rows],
            "raw": [row.raw.decode("utf-8", "backslashreplace") for row in rows],
        },
        schema=QUARANTINE,
    )


def kind_of(reason: pl.Expr) -> pl.Expr:
    """What a reason is about, a column or the form of the row: "tempo" of "tempo: expected ..."."""
    return reason.str.extract("^([^:]+)")
