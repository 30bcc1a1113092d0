"""Lists of songs as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from datetime import date
from typing import Final

import polars as pl

from songspace.recommender import Recommendations

WIDTH: Final = 120
"""Characters of a table where there is no terminal."""

CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def as_json(found: Recommendations) -> str:
    """All that is known of each recommendation."""
    items = [asdict(item) for item in found]
    for item in items:
        for song in filter(None, (item["song"], item["near"])):
            song["song_id"] = str(song["song_id"])  # jq and JavaScript would round the number
    return json.dumps(
        {"songs": items, "notes": found.notes}, indent=2, ensure_ascii=False, default=_as_text
    )


def as_table(found: Recommendations) -> str:
    """One row a song, its reasons in the last column, and the notes below."""
    table = pl.DataFrame(
        {
            "song": [one_line(item.song.name) for item in found],
            "genre": [one_line(item.song.genre or "") for item in found],
            "year": [str(item.song.release_date or "")[:4] for item in found],
            "cosine": [f"{item.cosine:.3f}" for item in found],
            "closer than": [f"{item.percentile:.2f} %" for item in found],
            "why": [one_line(item.why) for item in found],
        },
        schema=dict.fromkeys(("song", "genre", "year", "cosine", "closer than", "why"), pl.String),
    )
    with pl.Config(
        tbl_rows=-1,
        tbl_width_chars=shutil.get_terminal_size((WIDTH, 24)).columns,
        fmt_str_lengths=200,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_formatting="NOTHING",
    ):
        lines = [str(table) if len(found) else "No song meets the conditions."]
    return "\n".join([*lines, *found.notes])


def one_line(text: str) -> str:
    """*text* without what would break a line, steer a terminal or turn the direction of writing."""
    return " ".join(CONTROLS.sub(" ", text).split())


def _as_text(value: object) -> str:
    """What JSON has no form for."""
    if not isinstance(value, date):
        raise TypeError(f"Expected a date. Received: {value!r}.")
    return value.isoformat()
