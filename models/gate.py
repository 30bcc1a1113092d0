"""Whether a candidate may go live: what was measured of it, held against what is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

BASELINES: Final = {"pca": "PCA-20", "cosine": "raw cosine"}
"""Spaces that need no training: a candidate that is not above them has learned nothing."""

NO_ROOM: Final = 0.95
"""Headline of random lists from which on no space can be told from another: nearly all songs share a genre."""

NOTHING_LIVE: Final = "not measured: no release was live to compare with"


class GateSettings(BaseModel):
    """What a candidate must reach to go live."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_recall: float = Field(0.99, ge=0, le=1, description="Least recall of the neighbour lists.")
    max_drop: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="Largest drop of the headline below the live release's, as a share of that.",
    )
    # Chance moves it by some 5 % from night to night; wrong genres of each tenth song cost 20 %.
    max_fall: float = Field(
        0.25, ge=0, lt=1, description="Largest fall of the live release's lead over random lists."
    )
    max_encoder_difference: float = Field(
        1e-5,
        gt=0,
        description="Largest difference between a song's latents by the NumPy and the Keras encoder.",
    )
    # With 100 the ratio of two headlines is known to 4 %; the baselines should lie 10 % below.
    min_artists: int = Field(
        100, ge=1, description="Held-out artists below which a headline is chance, and not judged."
    )


class Check(BaseModel):
    """One thing that is asked of a candidate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    passed: bool
    expected: str
    found: str
    measured: bool = Field(True, description="Whether it could be told at all.")
    may_be_forced: bool = Field(True, description="Whether a person may overrule it.")


class Verdict(BaseModel):
    """What the gate says of a candidate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["pass", "fail"]
    reason: str = Field(
        description="One sentence: what failed; or, if nothing did, what was not told."
    )
    may_be_forced: bool = Field(description="Whether all that failed may be overruled.")
    headline: float | None

    @property
    def passed(self) -> bool:
        """Whether the candidate may go live by itself."""
        return self.verdict == "pass"


class Judgement(Verdict):
    """A verdict with all that it follows from."""

    checks: tuple[Check, ...]


def give_verdict(checks: Sequence[Check], metrics: Mapping[str, Any]) -> Judgement:
    """The verdict that follows from *checks*, with the facts of *metrics* that it is listed with."""
    failed = [check for check in checks if not check.passed]
    return Judgement(
        verdict="fail" if failed else "pass",
        reason="; ".join(map(fault, failed)) if failed else praise(checks),
        may_be_forced=all(check.may_be_forced for check in failed),
        headline=number(metrics, "headline", "value"),
        checks=tuple(checks),
    )


def fault(check: Check) -> str:
    """What a failed check says."""
    return f"{check.name}: {check.found}, expected {check.expected}"


def praise(checks: Sequence[Check]) -> str:
    """What a candidate passed, and what could not be told of it."""
    untold: dict[str, list[str]] = {}
    for check in checks:
        if not check.measured:
            untold.setdefault(check.found, []).append(check.name)
    passed = f"passed {sum(check.measured for check in checks)} checks"
    return "; ".join([passed, *(f"{', '.join(names)}: {why}" for why, names in untold.items())])


def judge(metrics: Mapping[str, Any], settings: GateSettings) -> list[Check]:
    """Hold *metrics*, the content of evaluation/metrics.json, against *settings*.

    What is not measured although every catalogue allows it fails. So does a headline that is
    missing, unless the catalogue is too small or too uniform for one: then the checks say so.
    """
    return [*judge_lists(metrics, settings), *judge_headline(metrics, settings)]


def judge_lists(metrics: Mapping[str, Any], settings: GateSettings) -> Iterator[Check]:
    """What any catalogue must reach: sound lists, and two encoders that agree."""
    recall = number(metrics, "lists", "recall")
    yield Check(
        name="recall of the lists",
        passed=recall is not None and recall >= settings.min_recall,
        expected=f"{settings.min_recall:g} or more",
        **told(recall),
    )
    for name in ("duplicates", "clones", "empty_lists"):
        count = number(metrics, "lists", name)
        yield Check(name=name.replace("_", " "), passed=count == 0, expected="0", **told(count))
    compared = number(metrics, "encoders", "songs")
    difference = number(metrics, "encoders", "largest_difference") if compared else None
    yield Check(
        name="NumPy beside Keras encoder",
        passed=difference is not None and difference <= settings.max_encoder_difference,
        expected=f"{settings.max_encoder_difference:g} or less",
        **told(difference),
    )


def judge_headline(metrics: Mapping[str, Any], settings: GateSettings) -> list[Check]:
    """The headline beside those of the live release, of random lists and of the baselines."""
    checks = [
        beside_live(metrics, settings),
        above_chance(metrics),
        *(above(metrics, space) for space in BASELINES),
    ]
    untold = why_untold(metrics, settings)
    if untold is None:
        return checks
    why, excused = untold
    found = {"passed": excused, "measured": False, "found": f"not measured: {why}"}
    return [check.model_copy(update=found) for check in checks]


def why_untold(metrics: Mapping[str, Any], settings: GateSettings) -> tuple[str, bool] | None:
    """Why no headline can be told, and whether that excuses the candidate; None where it can be."""
    few = too_few_artists(metrics, settings)
    if few:
        return few, True
    queries, chance = number(metrics, "protocol", "queries"), genre_of(metrics, "random")
    if queries is not None and queries < settings.min_artists:  # no small catalogue: a broken one
        asked = f"{queries:,.0f} of the songs held out could be asked about"
        return f"{asked}, {least(settings)}", False
    if chance is not None and chance >= NO_ROOM:
        return f"random lists reach {chance:.3f} of 1, so nearly all songs share a genre", True
    return None


def too_few_artists(metrics: Mapping[str, Any], settings: GateSettings) -> str | None:
    """Why a catalogue is too small for a headline; None where it is not."""
    artists = number(metrics, "protocol", "held_out_artists")
    if artists is None or artists >= settings.min_artists:
        return None
    return f"{artists:,.0f} artists were held out, {least(settings)}"


def least(settings: GateSettings) -> str:
    """How many artists or songs a headline takes."""
    return f"{settings.min_artists:,} are needed to tell (gate.min_artists)"


def beside_live(metrics: Mapping[str, Any], settings: GateSettings) -> Check:
    """Whether the headline is not surely below what is left of the live release's after a drop."""
    least = 1 - settings.max_drop
    expected = f"{least:g} or more within the interval"
    name = "headline beside the live release"
    live = metrics.get("live", "missing")
    if live is None:
        return Check(name=name, passed=True, expected=expected, found=NOTHING_LIVE, measured=False)
    ratio, low, high = (number(metrics, "live", part) for part in ("ratio", "low", "high"))
    if ratio is None or low is None or high is None:
        return Check(name=name, passed=False, expected=expected, **told(None))
    # It is the upper bound that must reach the limit. Two seeds of one network on 12,877 real tracks
    # gave intervals of 4 % to either side with 100 held-out artists, 2 % with 460, .7 % with 4,000: by
    # the lower bound a demo would refuse every second candidate that equals the live release, and by
    # the ratio alone chance would decide. By the upper one an equal candidate is refused less than once
    # in forty times, and one that is worse by the drop and the interval's whole width passes as
    # rarely. Slow steps down within the interval are not seen here: the baselines stop those.
    doubt = "; lower, but by no more than chance" if ratio < least <= high else ""
    found = f"{ratio:.3f} of it, {low:.3f} to {high:.3f} by bootstrap over artists{doubt}"
    return Check(name=name, passed=high >= least, expected=expected, found=found)


def above_chance(metrics: Mapping[str, Any]) -> Check:
    """Whether the headline is surely higher than that of random lists."""
    # Where the genres tell nothing, all spaces are as good as chance, and one of them is the best: of four
    # candidates taught the shuffled genres of 12,877 real tracks three passed both baselines, and none this.
    low, chance = number(metrics, "headline", "low"), genre_of(metrics, "random")
    name, expected = "headline beside random lists", "surely more than they have"
    if low is None or chance is None:
        return Check(name=name, passed=False, expected=expected, **told(None))
    found = f"{low:.4f} or more by bootstrap over artists, beside {chance:.4f}"
    return Check(name=name, passed=low > chance, expected=expected, found=found)


def above(metrics: Mapping[str, Any], baseline: str) -> Check:
    """Whether the candidate's headline is higher than that of a baseline on the same queries."""
    ours, theirs = genre_of(metrics, "candidate"), genre_of(metrics, baseline)
    return Check(
        name=f"headline beside {BASELINES[baseline]}",
        passed=ours is not None and theirs is not None and ours > theirs,
        expected="more than it has" if theirs is None else f"more than {theirs:.4f}",
        **told(ours if theirs is not None else None),
    )


def genre_of(metrics: Mapping[str, Any], space: str) -> float | None:
    """The masked genre nDCG@10 of a space; None if it was not measured."""
    rows = metrics.get("spaces") or ()
    return next((number(row, "genre") for row in rows if row.get("space") == space), None)


def number(metrics: Mapping[str, Any], *path: str) -> float | None:
    """The finite number at *path*; None if there is none."""
    found: Any = metrics
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found)


def told(value: float | None) -> dict[str, Any]:
    """A value as a check tells it, or that there is none."""
    if value is None:
        return {"found": "not measured", "measured": False}
    return {"found": f"{value:.4g}"}
