"""What an evaluation writes, of a space that was measured and of one that could not be."""

from __future__ import annotations

from typing import Any

from songspace.schemas import NUMERIC

FIRST_SPACE = {
    "space_id": "s0123456789ab",
    "continues": False,
    "previous": None,
    "aligned_to": None,
    "fit": None,
    "limit": 0.9,
    "songs": 0,
}


def measured() -> dict[str, Any]:
    """What evaluation/metrics.json holds of a first release that is well above the baselines."""
    genre = {"candidate": 0.25, "original": 0.12, "random": 0.09, "popularity": 0.1}
    genre |= {"cosine": 0.21, "pca": 0.23}
    columns = ("decade", "loudness_db", "length_s", "key", "mode", "explicit")
    shares = {"genre": 0.5, "any_tag": 0.6, "emotion": 0.4, "artist": 0.1, "audio": 0.5}
    interval = {"low": 0.24, "high": 0.26}
    return {
        "protocol": {
            "salt": "songspace",
            "held_out_share": 0.1,
            "held_out_artists": 523,
            "held_out_songs": 1287,
            "queries": 1200,
            "known_queries": 2000,
            "candidates": 12877,
            "k": 10,
        },
        "headline": {
            "name": "masked genre nDCG@10",
            "value": 0.25,
            "bound": 0.32,
            "of_bound": 0.78125,
            **interval,
        },
        "spaces": [
            {
                "space": space,
                "genre": value,
                "genre_low": value - 0.01,
                "genre_high": value + 0.01,
                "emotion": 0.4,
                "gaps": dict.fromkeys(columns, 0.9),
                "balance": dict(shares),
            }
            for space, value in genre.items()
        ]
        + [
            {
                "space": "bound",
                "genre": 0.32,
                "genre_low": 0.31,
                "genre_high": 0.33,
                "emotion": None,
                "accuracy": 0.24,
            }
        ],
        "balance": dict(shares),
        "live": None,
        "heads": {
            "numbers": dict.fromkeys(NUMERIC, 0.4),
            "categories": {"genre": 0.2, "emotion": -0.1, "artist of fitted songs": 0.3},
        },
        "lists": {
            "recall": 0.9987,
            "k": 20,
            "duplicates": 0,
            "clones": 0,
            "empty_lists": 0,
            "short_lists": 2,
            "songs_per_artist": 1.2,
            "coverage": 0.9,
            "never_recommended": 0.05,
            "hubness_skew": 1.5,
        },
        "stability": {"live": None, "two_seeds": 0.48},
        "encoders": {"songs": 24, "largest_difference": 1e-7},
        "map": {"trustworthiness": 0.987},
    }


def nothing_measured() -> dict[str, Any]:
    """The same of a catalogue too small to hold an artist out: every number is None."""
    metrics: dict[str, Any] = without_numbers(measured())
    counts = {"held_out_artists": 0, "held_out_songs": 0, "queries": 0}
    metrics["protocol"] = measured()["protocol"] | counts
    return metrics


def without_numbers(facts: Any) -> Any:
    """Facts of the same shape, None for every number."""
    if isinstance(facts, dict):
        return {name: without_numbers(part) for name, part in facts.items()}
    if isinstance(facts, list):
        return [without_numbers(part) for part in facts]
    return None if isinstance(facts, int | float) else facts
