"""What a candidate must reach, and what is said of what cannot be told."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from models.gate import Check, GateSettings, give_verdict, judge

SETTINGS = GateSettings()
LIVE = "20240131T000000Z-0123abcd"
HEADLINE = {
    "headline beside the live release",
    "headline beside random lists",
    "headline beside PCA-20",
    "headline beside raw cosine",
}
SHUFFLED = [
    {"space": space, "genre": value}
    for space, value in {
        "candidate": 0.0901,
        "pca": 0.0812,
        "cosine": 0.0831,
        "random": 0.0846,
    }.items()
]
"""What spaces came to on real tracks whose genres had changed places."""


def metrics(**changes: Any) -> dict[str, Any]:
    """What was measured of a good candidate; a change is named by its path, with __ between."""
    genre = {"candidate": 0.25, "pca": 0.23, "cosine": 0.21, "random": 0.09, "bound": 0.32}
    found: dict[str, Any] = {
        "protocol": {"held_out_artists": 5000, "queries": 9000, "k": 10},
        "headline": {"value": 0.25, "low": 0.24, "high": 0.26},
        "spaces": [{"space": space, "genre": value} for space, value in genre.items()],
        "live": {"release": LIVE, "ratio": 1.01, "low": 0.99, "high": 1.03},
        "lists": {"recall": 0.995, "duplicates": 0, "clones": 0, "empty_lists": 0},
        "encoders": {"songs": 1000, "largest_difference": 2e-7},
    }
    for path, value in changes.items():
        *above, last = path.split("__")
        place = found
        for name in above:
            place = place[name]
        place[last] = value
    return found


def with_genre(space: str, value: float | None) -> dict[str, Any]:
    found = metrics()
    rows = [row for row in found["spaces"] if row["space"] != space]
    return {**found, "spaces": [*rows, {"space": space, "genre": value}]}


def failed(found: Mapping[str, Any], settings: GateSettings = SETTINGS) -> list[str]:
    return [check.name for check in judge(found, settings) if not check.passed]


def check_of(found: Mapping[str, Any], name: str) -> Check:
    return next(check for check in judge(found, SETTINGS) if check.name == name)


def test_a_good_candidate_passes_all_that_is_asked() -> None:
    checks = judge(metrics(), SETTINGS)

    assert all(check.passed and check.measured for check in checks)
    assert {check.name for check in checks} == HEADLINE | {
        "recall of the lists",
        "duplicates",
        "clones",
        "empty lists",
        "NumPy beside Keras encoder",
    }


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (metrics(lists__recall=0.9899), "recall of the lists"),
        (metrics(lists__duplicates=1), "duplicates"),
        (metrics(lists__clones=1), "clones"),
        (metrics(lists__empty_lists=1), "empty lists"),
        (metrics(encoders__largest_difference=1.1e-5), "NumPy beside Keras encoder"),
        (metrics(live__high=0.979), "headline beside the live release"),
        (metrics(headline__low=0.09), "headline beside random lists"),
        (with_genre("pca", 0.25), "headline beside PCA-20"),
        (with_genre("cosine", 0.251), "headline beside raw cosine"),
    ],
)
def test_each_thing_asked_fails_by_itself_and_may_be_forced(
    found: dict[str, Any], name: str
) -> None:
    assert failed(found) == [name]
    assert check_of(found, name).may_be_forced


def test_limits_themselves_are_good_enough() -> None:
    found = metrics(lists__recall=0.99, encoders__largest_difference=1e-5, live__high=0.98)

    assert failed(found) == []


def test_limits_follow_the_settings() -> None:
    settings = GateSettings(min_recall=0.9, max_drop=0.1, max_encoder_difference=1e-3)
    found = metrics(lists__recall=0.9, encoders__largest_difference=1e-3, live__high=0.9)

    assert failed(found, settings) == []


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), "0", True, {}])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("lists__recall", "recall of the lists"),
        ("lists__duplicates", "duplicates"),
        ("encoders__largest_difference", "NumPy beside Keras encoder"),
        ("live__ratio", "headline beside the live release"),
        ("live__high", "headline beside the live release"),
        ("headline__low", "headline beside random lists"),
    ],
)
def test_what_every_catalogue_allows_to_measure_must_be_a_number(
    path: str, name: str, nothing: object
) -> None:
    found = metrics(**{path: nothing})

    assert failed(found) == [name]
    assert check_of(found, name).found == "not measured"


@pytest.mark.parametrize("nothing", [{}, {"spaces": {}, "live": {}, "protocol": 3}])
def test_metrics_of_which_nothing_is_known_pass_nothing(nothing: dict[str, Any]) -> None:
    assert len(failed(nothing)) == len(judge(nothing, SETTINGS))


def test_encoders_compared_on_no_song_are_not_compared() -> None:
    assert failed(metrics(encoders__songs=0)) == ["NumPy beside Keras encoder"]


def test_a_first_release_is_beside_nothing_and_says_so() -> None:
    found = metrics(live=None)

    assert failed(found) == []
    verdict = give_verdict(judge(found, SETTINGS), found)
    assert verdict.verdict == "pass"
    assert verdict.reason == (
        "passed 8 checks; headline beside the live release: "
        "not measured: no release was live to compare with"
    )


def test_a_baseline_that_was_not_measured_passes_nothing() -> None:
    assert failed(with_genre("pca", None)) == ["headline beside PCA-20"]
    assert failed(with_genre("random", None)) == ["headline beside random lists"]


@pytest.mark.parametrize("name", sorted(HEADLINE))
def test_a_catalogue_too_small_for_a_headline_is_let_through_in_plain_words(name: str) -> None:
    found = metrics(
        protocol={"held_out_artists": 12, "queries": 14}, spaces=None, headline=None, live=None
    )

    check = check_of(found, name)

    assert check.passed
    assert not check.measured
    assert check.found == (
        "not measured: 12 artists were held out, 100 are needed to tell (gate.min_artists)"
    )


def test_a_small_catalogue_must_have_sound_lists_all_the_same() -> None:
    found = metrics(protocol__held_out_artists=12, lists__recall=0.5, lists__duplicates=3)

    assert failed(found) == ["recall of the lists", "duplicates"]


def test_a_small_catalogue_is_judged_where_fewer_artists_are_asked_for() -> None:
    found = {**with_genre("candidate", 0.1), "protocol": {"held_out_artists": 12, "queries": 14}}

    assert failed(found) == []
    assert failed(found, GateSettings(min_artists=10)) == [
        "headline beside PCA-20",
        "headline beside raw cosine",
    ]


def test_a_large_catalogue_in_which_hardly_a_song_could_be_asked_about_is_no_small_one() -> None:
    found = metrics(protocol__queries=0, spaces=[], headline=None, live=None)

    assert set(failed(found)) == HEADLINE
    assert "0 of the songs held out could be asked about" in check_of(found, min(HEADLINE)).found


def test_a_catalogue_of_one_genre_is_let_through_since_any_list_is_right() -> None:
    found = with_genre("random", 0.97)

    assert failed({**found, "live": None}) == []
    assert "random lists reach 0.970 of 1" in check_of(found, "headline beside PCA-20").found


def test_a_candidate_above_all_others_by_chance_alone_fails() -> None:
    found = {**metrics(headline__value=0.0901, headline__low=0.0813), "spaces": SHUFFLED}

    check = check_of(found, "headline beside random lists")

    assert failed(found) == [check.name]
    assert check.found == "0.0813 or more by bootstrap over artists, beside 0.0846"


def test_a_drop_that_may_be_chance_passes_and_is_called_so() -> None:
    found = metrics(live__ratio=0.96, live__low=0.92, live__high=1.0)

    check = check_of(found, "headline beside the live release")

    assert check.passed
    assert check.found.endswith("lower, but by no more than chance")


@pytest.mark.parametrize("artists", [100, 460])
def test_an_equal_candidate_hardly_ever_fails_and_a_clearly_worse_one_hardly_ever_passes(
    artists: int,
) -> None:
    """Clearly worse is: by the drop that is allowed, and by the width of the interval."""
    rng = np.random.default_rng(artists)
    equal = [beside(rng, artists, share=1) for _ in range(100)]
    width = float(np.mean([night["high"] - night["low"] for night in equal]))
    worse = [beside(rng, artists, share=0.98 - width) for _ in range(100)]

    assert sum(bool(failed(metrics(live=night))) for night in equal) <= 3
    assert sum(bool(failed(metrics(live=night))) for night in worse) >= 95


def beside(rng: np.random.Generator, artists: int, share: float) -> dict[str, float]:
    """Two spaces by the nDCG of their artists, the second having that share of the first's."""
    easy = rng.beta(1, 3, artists)  # some artists are easy to place, for any space
    live, candidate = (easy * rng.uniform(0.75, 1.25, artists) for _ in range(2))
    drawn = rng.multinomial(artists, np.full(artists, 1 / artists), size=300)
    ratios = share * (drawn @ candidate) / (drawn @ live)
    low, high = np.quantile(ratios, [0.025, 0.975])
    ratio = share * candidate.sum() / live.sum()
    return {"ratio": float(ratio), "low": float(low), "high": float(high)}


def test_a_verdict_names_what_failed_and_nothing_else() -> None:
    found = metrics(lists__recall=0.97, lists__duplicates=2)

    verdict = give_verdict(judge(found, SETTINGS), found)

    assert (verdict.verdict, verdict.may_be_forced, verdict.headline) == ("fail", True, 0.25)
    assert verdict.reason == (
        "recall of the lists: 0.97, expected 0.99 or more; duplicates: 2, expected 0"
    )


def test_one_failed_check_that_may_not_be_forced_forbids_it_for_all() -> None:
    songs = Check(
        name="songs", passed=False, expected="once each", found="twice", may_be_forced=False
    )
    lists = Check(name="recall", passed=False, expected="1", found="0")

    assert give_verdict([lists], {}).may_be_forced
    assert not give_verdict([lists, songs], {}).may_be_forced


def test_what_could_not_be_told_is_said_once_for_all_that_it_concerns() -> None:
    found = metrics(protocol__held_out_artists=12)

    assert give_verdict(judge(found, SETTINGS), found).reason == (
        "passed 5 checks; headline beside the live release, headline beside random lists, "
        "headline beside PCA-20, headline beside raw cosine: not measured: "
        "12 artists were held out, 100 are needed to tell (gate.min_artists)"
    )
