"""A candidate must lead random lists nearly as the live release did on its own catalogue."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.gate import Check, GateSettings
from models.lead import beside_before


def metrics(value: float | None, random: float | None = 0.1, artists: int = 5000) -> dict[str, Any]:
    """What was measured of a space with that headline, where random lists reach *random*."""
    return {
        "protocol": {"held_out_artists": artists, "queries": 9000},
        "headline": {"value": value},
        "spaces": [{"space": "random", "genre": random}],
    }


LIVE = metrics(0.3)


def held(found: Mapping[str, Any], before: Mapping[str, Any] | None = LIVE) -> Check:
    return beside_before(found, before, GateSettings())


@pytest.mark.parametrize(("value", "passed"), [(0.26, True), (0.24, False), (0.101, False)])
def test_a_lead_that_fell_by_more_than_a_quarter_fails(value: float, passed: bool) -> None:
    check = held(metrics(value))

    assert check.passed == passed
    assert check.measured
    assert check.may_be_forced


def test_a_fall_says_from_what_to_what() -> None:
    check = held(metrics(0.101))

    assert check.expected == "0.75 or more of the live release's, 0.2000 when it was built"
    assert check.found == "0.001"


def test_how_far_it_may_fall_is_a_setting() -> None:
    assert beside_before(metrics(0.15), LIVE, GateSettings(max_fall=0.8)).passed


def test_a_catalogue_in_which_random_lists_do_better_is_led_by_less() -> None:
    assert not held(metrics(0.3, random=0.2)).passed


@pytest.mark.parametrize("found", [metrics(None), metrics(0.3, random=None), {}])
def test_what_has_no_headline_fails_where_the_live_release_has_one(found: dict[str, Any]) -> None:
    check = held(found)

    assert not check.passed
    assert check.found == "not measured"


def test_a_catalogue_that_has_become_uniform_is_no_excuse() -> None:
    assert not held(metrics(0.999, random=0.99)).passed


@pytest.mark.parametrize(
    ("found", "before", "why"),
    [
        (LIVE, None, "no release was live to compare with"),
        (LIVE, metrics(None), "the live release has no headline"),
        (LIVE, metrics(0.3, artists=12), "of the live release's catalogue, 12 artists were held"),
        (LIVE, metrics(0.99, random=0.97), "of the live release's catalogue, random lists reach"),
        (metrics(0.1, artists=12), LIVE, "12 artists were held out, 100 are needed to tell"),
    ],
)
def test_a_lead_that_cannot_be_compared_passes_and_says_why(
    found: dict[str, Any], before: dict[str, Any] | None, why: str
) -> None:
    check = held(found, before)

    assert check.passed
    assert not check.measured
    assert check.found.startswith(f"not measured: {why}")


def test_after_a_live_release_that_led_by_nothing_anything_will_do() -> None:
    assert held(metrics(0.11), metrics(0.098)).passed
