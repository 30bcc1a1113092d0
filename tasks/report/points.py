"""The points of the map as JSON that is small and that no title can break out of."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.report.groups import Grouping

# Inside <script> only these can end the element or, as line ends, a string literal.
ESCAPES: Final = str.maketrans(
    {sign: f"\\u{ord(sign):04x}" for sign in ("<", ">", "&", "\u2028", "\u2029")}
)


def points_json(points: pl.DataFrame, by: Mapping[str, Grouping]) -> str:
    """Places, names and colours of all *points*, safe inside a script element.

    Numbers travel as base64 of little-endian arrays, repeated names as numbers into a table.
    """
    payload = {
        "xy": _packed(points.select("x", "y").to_numpy().astype("<f4")),
        "songs": points["song"].to_list(),
        "artist": _table(points["artist"]),
        "genre": _table(points["genre"]),
        "emotion": _table(points["emotion"]),
        "by": {name: _grouping(grouping) for name, grouping in by.items()},
    }
    return inert_json(payload)


def inert_json(payload: object) -> str:
    """JSON that stays data wherever in a page it stands."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(ESCAPES)


def _table(names: pl.Series) -> dict[str, object]:
    distinct = names.unique().sort()
    place = pl.int_range(len(distinct), dtype=pl.Int32, eager=True)
    codes = names.replace_strict(distinct, place, return_dtype=pl.Int32)
    return {"names": distinct.to_list(), "codes": _packed(codes.to_numpy().astype("<i4"))}


def _grouping(grouping: Grouping) -> dict[str, object]:
    return {
        "names": grouping.names,
        "counts": grouping.counts,
        "colours": grouping.colours,
        "others": grouping.others,
        "bottomUp": grouping.bottom_up,
        "codes": _packed(grouping.codes),
    }


def _packed(numbers: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")
