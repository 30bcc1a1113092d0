"""How good the space is, in the parts of a section: each with what it means, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from models.gate import Check, Judgement, number
from tasks.report.facts import Block, Grid, Pairs, Text, as_text
from tasks.report.inputs import Facts, Metrics
from tasks.report.spaces import (
    headline,
    measured,
    not_above,
    out_of_balance,
    table_of_balance,
    table_of_spaces,
)

PROXY: Final = (
    "There is no listening data, so every number here is a proxy: genre tags that were hidden from "
    "the query stand for what people would call alike."
)


@dataclass(frozen=True)
class Bars:
    """Names with a value, and with the share of 1 that a bar shows."""

    kind: ClassVar[str] = "bars"
    rows: list[tuple[str, str, float]]


@dataclass(frozen=True)
class Part:
    """One table, what its numbers mean, and what in them is wrong."""

    title: str
    meaning: str
    block: Block | Bars
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Quality:
    """The whole section."""

    verdict: Judgement
    checks: Grid
    headline: str
    asked: str
    parts: list[Part]


def quality_of(metrics: Metrics, verdict: Judgement, space: Facts) -> Quality:
    """What was measured of a candidate, as people read it."""
    return Quality(
        verdict,
        Grid(
            ["check", "outcome", "expected", "found"],
            [check_row(check) for check in verdict.checks],
        ),
        headline(metrics),
        asked(metrics),
        [
            part_of_spaces(metrics),
            part_of_balance(metrics),
            part_of_heads(metrics),
            part_of_lists(metrics),
            part_of_stability(metrics, space),
        ],
    )


def check_row(check: Check) -> list[Text]:
    """One check of the gate."""
    state = "not measured" if not check.measured else "passed" if check.passed else "FAILED"
    outcome = Text(state, marked=not check.passed)
    return [Text(check.name), outcome, Text(check.expected), Text(check.found)]


def asked(metrics: Metrics) -> str:
    """Who was held out, and what was asked of whom."""
    names = ("queries", "held_out_artists", "held_out_songs", "candidates", "k")
    queries, artists, songs, candidates, k = (
        measured(number(metrics, "protocol", name), ",.0f") for name in names
    )
    if not number(metrics, "protocol", "queries"):
        return f"No song could be asked about: {artists} artists with {songs} songs were held out."
    return (
        f"{queries} of the {songs} songs by {artists} held-out artists were asked for the {k} songs "
        f"nearest to them among {candidates}, each with its artist and what is judged hidden. A network "
        "that never met these artists answered; the released one is trained in the same way on all songs."
    )


def part_of_spaces(metrics: Metrics) -> Part:
    """This space beside all others."""
    return Part(
        "Beside other spaces",
        "Genre and emotion are nDCG: 1 if the listed songs are those of the catalogue that share most of what "
        "was hidden, the query's artist left out; the interval is by bootstrap over artists. A gap is how far the "
        "listed songs are apart in a column that no space has seen, as a share of random songs: "
        "below 1 is nearer than chance.",
        table_of_spaces(metrics),
        not_above(metrics),
    )


def part_of_balance(metrics: Metrics) -> Part:
    """What neighbours share."""
    return Part(
        "Balance",
        "What the neighbours of fully known songs share with them, since no single field may dominate; audio distance "
        "is that in the 17 numbers, as a share of random songs'.",
        table_of_balance(metrics),
        out_of_balance(metrics),
    )


def part_of_heads(metrics: Metrics) -> Part:
    """What the network says of a hidden field."""
    heads = metrics.get("heads") or {}
    values = {
        name: number(heads, group, name)
        for group in ("numbers", "categories")
        for name in heads.get(group) or {}
    }
    return Part(
        "Hidden fields",
        "Of songs by artists that the network never met: R² of each number, and of genre and emotion the share of "
        "information; of the artist that of songs it was taught. 1 is all of it, 0 is what the catalogue's average "
        "tells, and less is worse than that.",
        Bars(
            [
                (readable(name), measured(value), min(max(value or 0, 0), 1))
                for name, value in values.items()
            ]
        )
        if values
        else Text("not measured"),
    )


def part_of_lists(metrics: Metrics) -> Part:
    """The released lists themselves."""
    lists = metrics.get("lists") or {}
    k = measured(number(metrics, "protocol", "k"), ".0f")
    never = {
        "songs listed twice, or beside themselves": "duplicates",
        "clones in one list": "clones",
        "empty lists": "empty_lists",
    }
    facts = {
        f"lists shorter than {k}": "short_lists",
        "songs of an artist that is listed": "songs_per_artist",
        "songs that some list holds (coverage)": "coverage",
        "recordings that no list holds": "never_recommended",
        "skew of how often songs are listed (hubness)": "hubness_skew",
        "recall beside exact search": "recall",
    }
    rows: list[tuple[str, Block]] = [
        (words, told(lists, name, most=0)) for words, name in never.items()
    ]
    rows += [(words, told(lists, name)) for words, name in facts.items()]
    return Part(
        "Lists",
        f"The first {k} of every list of the release: the first three must be 0; the rest tells how evenly songs "
        "are recommended, where a skew of 0 is all equally often.",
        Pairs(rows),
    )


def told(facts: Mapping[str, Any], name: str, most: float | None = None) -> Text:
    """A number among *facts*, marked if it is above *most*."""
    value = number(facts, name)
    if value is None:
        return Text("not measured")
    text = as_text(facts[name]).text
    return Text(text, numeric=True, marked=most is not None and value > most)


def part_of_stability(metrics: Metrics, space: Facts) -> Part:
    """How much stays of the live release."""
    return Part(
        "Stability",
        "The share of ten neighbours that stay. Two trainings with other seeds, one of them without the held-out "
        "artists, share as much as chance leaves: a release that keeps that many has not moved by more. Latents can be "
        "compared within one space and never between two.",
        Pairs(
            [
                (words, Text(value))
                for words, value in (stability(metrics) | which_space(space)).items()
            ]
        ),
    )


def stability(metrics: Metrics) -> dict[str, str]:
    """How much of lists and headline stays from the live release to this one."""
    return {
        "neighbours kept of the live release": measured(number(metrics, "stability", "live")),
        "neighbours that two seeds share": measured(number(metrics, "stability", "two_seeds")),
        "headline as a share of the live release's": beside_live(metrics),
    }


def which_space(space: Facts) -> dict[str, str]:
    """The space by its id, and how near it came to the live one."""
    fit, songs = number(space, "fit"), number(space, "songs")
    found = "not measured" if fit is None else f"{fit:.3f} by {measured(songs, ',.0f')} songs"
    return {
        "space": f"{space['space_id']}, {'the live one' if space['continues'] else 'a new one'}",
        "fit to the live space": f"{found}; the space goes on from {space['limit']}",
    }


def beside_live(metrics: Metrics) -> str:
    """The candidate's headline over the live release's."""
    live = metrics.get("live")
    if live is None:
        return "not measured: no release was live"
    ratio = number(live, "ratio")
    if ratio is None:
        return "not measured: the two cannot be compared"
    low, high = measured(number(live, "low")), measured(number(live, "high"))
    return f"{ratio:.3f} ({low} to {high})"


def readable(name: str) -> str:
    """A field's name as people write it."""
    return name.removeprefix("good_for_").replace("_", " ")
