"""Whether genres can still be told from a catalogue as they could from the live release's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.gate import (
    NOTHING_LIVE,
    Check,
    GateSettings,
    genre_of,
    number,
    told,
    too_few_artists,
    why_untold,
)


def beside_before(
    metrics: Mapping[str, Any], before: Mapping[str, Any] | None, settings: GateSettings
) -> Check:
    """Whether the headline leads random lists by nearly as much as the live release's did.

    Args:
        metrics: What was measured of the candidate.
        before: What was measured of the live release when that was the candidate; None where nothing is live.
        settings: How much less is allowed.
    """
    # All other checks measure by the genres of today's catalogue, so where those are wrong none of them sees it: the
    # live release answers as badly as the candidate, and so does every baseline. With all genres of 12,877 real
    # tracks shuffled the candidate came to 1.01 to 1.14 of the live release, with half of them to 1.02, and passed
    # both baselines four times of five. Its lead fell to 1 to 3 % and to 41 %.
    least, then = 1 - settings.max_fall, lead(before or {})
    name, expected = "lead over random lists", f"{least:g} or more of the live release's"
    unknown = why_unknown(metrics, before, settings)
    if unknown or then is None:
        found = unknown or "not measured: the live release has no headline"
        return Check(name=name, passed=True, expected=expected, found=found, measured=False)
    now = lead(metrics)
    return Check(
        name=name,
        passed=now is not None and now >= least * then,
        expected=f"{expected}, {then:.4f} when it was built",
        **told(now),
    )


def lead(metrics: Mapping[str, Any]) -> float | None:
    """How far the headline is above that of random lists; None if either was not measured."""
    ours, chance = number(metrics, "headline", "value"), genre_of(metrics, "random")
    return ours - chance if ours is not None and chance is not None else None


def why_unknown(
    metrics: Mapping[str, Any], before: Mapping[str, Any] | None, settings: GateSettings
) -> str | None:
    """Why the two leads cannot be compared, which excuses the candidate; None where they can."""
    if before is None:
        return NOTHING_LIVE
    few = too_few_artists(metrics, settings)
    if few:
        return f"not measured: {few}"
    # No such excuse for a catalogue that has become uniform: all songs of one genre are wrong genres too.
    untold = why_untold(before, settings)
    return f"not measured: of the live release's catalogue, {untold[0]}" if untold else None
