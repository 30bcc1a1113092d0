"""The candidate's space beside all others: how near what is asked for it comes, and what its neighbours share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.gate import BASELINES, number
from tasks.report.facts import Grid, Text
from tasks.report.inputs import Metrics

SPACES: Final = {
    "candidate": "this release",
    "live": "live release",
    "original": "first objective",
    **BASELINES,
    "popularity": "most popular",
    "random": "random songs",
    "bound": "supervised bound",
}
"""What people read for the spaces of metrics.json, in the order in which they are shown."""

GAPS: Final = {
    "decade": "decade",
    "loudness_db": "loudness",
    "length_s": "length",
    "key": "key",
    "mode": "mode",
    "explicit": "explicit",
}
"""Columns that no space has seen."""

SHARED: Final = {
    "genre": "same first genre",
    "any_tag": "a genre in common",
    "emotion": "same emotion",
    "artist": "same artist",
}
"""Shares of the neighbours; each must stay below MOST_SHARED."""

MOST_SHARED: Final = 0.95
FARTHEST: Final = 0.6
"""Largest distance of the 17 numbers, as a share of that of random songs."""


def measured(value: float | None, form: str = ".3f") -> str:
    """A value as people read it, or that there is none."""
    return "not measured" if value is None else f"{value:{form}}"


def row_of(metrics: Metrics, space: str) -> Mapping[str, Any]:
    """What metrics.json has on a space; nothing if that was not asked."""
    return next((row for row in metrics.get("spaces") or () if row.get("space") == space), {})


def interval(facts: Mapping[str, Any], low: str, high: str) -> str:
    """Both ends of an interval."""
    ends = number(facts, low), number(facts, high)
    return "not measured" if None in ends else f"{ends[0]:.3f} to {ends[1]:.3f}"


def headline(metrics: Metrics) -> str:
    """The one number that releases are compared by, how sure it is, and how much of what can be reached."""
    facts = metrics.get("headline") or {}
    name, value = facts.get("name", "masked genre nDCG"), number(facts, "value")
    if value is None:
        return f"{name}: not measured"
    share, bound = number(facts, "of_bound"), number(facts, "bound")
    reached = (
        f", {100 * share:.0f} % of the supervised bound {bound:.3f}" if share and bound else ""
    )
    return f"{name}: {value:.3f} ({interval(facts, 'low', 'high')}){reached}"


def table_of_spaces(metrics: Metrics) -> Grid:
    """A row for every space: genre with its interval, emotion, and the gaps in the columns that none has seen."""
    columns = [
        "space",
        "genre",
        "95 % interval",
        "emotion",
        *(f"{gap} gap" for gap in GAPS.values()),
    ]
    rows = []
    for space, words in SPACES.items():
        row = row_of(metrics, space)
        gaps = row.get("gaps")  # the bound has none
        told = [
            measured(number(row, "genre")),
            interval(row, "genre_low", "genre_high") if row else "",
            measured(number(row, "emotion")) if row else "",
            *(measured(number(gaps, gap), ".2f") if gaps else "" for gap in GAPS),
        ]
        rows.append([Text(words), *(Text(text, numeric=True) for text in told)])
    return Grid(columns, rows)


def not_above(metrics: Metrics) -> list[str]:
    """A sentence that names the untrained spaces and the first objective where they are as good; none if not."""
    ours = number(row_of(metrics, "candidate"), "genre")
    if ours is None:
        return []
    others = (space for space in SPACES if space not in ("candidate", "live", "bound"))
    values = {SPACES[space]: number(row_of(metrics, space), "genre") for space in others}
    ahead = [words for words, value in values.items() if value is not None and value >= ours]
    artists = measured(number(metrics, "protocol", "held_out_artists"), ",.0f")
    doubt = f"as far as {artists} held-out artists tell"
    return [f"In genre this release is not above {', '.join(ahead)}, {doubt}."] if ahead else []


def table_of_balance(metrics: Metrics) -> Grid:
    """A row for every field: its limit, and its share among the neighbours in each space; what is over it is marked."""
    others = [space for space in SPACES if row_of(metrics, space).get("balance")]
    spaces = ["candidate", *(space for space in others if space != "candidate")]
    limits = dict.fromkeys(SHARED, f"below {MOST_SHARED}") | {"audio": f"to {FARTHEST}"}
    words = SHARED | {"audio": "audio distance"}
    rows = []
    for field, limit in limits.items():
        shares = [number(row_of(metrics, space), "balance", field) for space in spaces]
        cells = [Text(measured(share), numeric=True) for share in shares]
        if shares[0] is not None and beyond(field, shares[0]):
            cells[0] = Text(f"⚠ {cells[0].text}", numeric=True, marked=True)
        rows.append([Text(words[field]), Text(limit, numeric=True), *cells])
    return Grid(["", "limit", *(SPACES[space] for space in spaces)], rows)


def beyond(field: str, share: float) -> bool:
    """Whether a field dominates the neighbours, or these are too far apart in the numbers."""
    return share > FARTHEST if field == "audio" else share >= MOST_SHARED


def out_of_balance(metrics: Metrics) -> list[str]:
    """A sentence for everything in which the candidate is out of balance."""
    sentences = []
    for field in (*SHARED, "audio"):
        share = number(row_of(metrics, "candidate"), "balance", field)
        if share is not None and beyond(field, share):
            sentences.append(
                f"The neighbours are {share:.3f} times as far apart in the 17 numbers as random "
                f"songs, more than {FARTHEST}."
                if field == "audio"
                else f"One field dominates: {SHARED[field]} in {100 * share:.1f} % of the neighbours."
            )
    return sentences
