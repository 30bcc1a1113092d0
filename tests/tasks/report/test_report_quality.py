"""What the report says of how good the space is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.evaluation.balance import Balance
from models.evaluation.lists import ListFacts
from models.gate import GateSettings, give_verdict, judge
from tasks.report.facts import Grid, Pairs, Text
from tasks.report.inputs import ReportInputs, ReportSettings
from tasks.report.page import write_report
from tasks.report.quality import (
    Bars,
    asked,
    part_of_heads,
    part_of_lists,
    part_of_spaces,
    quality_of,
    stability,
    which_space,
)
from tasks.report.spaces import SHARED, headline, out_of_balance, table_of_balance, table_of_spaces
from tests.tasks.report.measured_metrics import FIRST_SPACE, measured, nothing_measured

MakeInputs = Callable[..., ReportInputs]


def column(grid: Grid, name: str) -> list[str]:
    """The texts of a column."""
    place = grid.columns.index(name)
    return [row[place].text for row in grid.rows]


def marked(grid: Grid) -> list[str]:
    """The texts that are marked."""
    return [cell.text for row in grid.rows for cell in row if cell.marked]


def with_balance(**shares: float) -> dict[str, Any]:
    """Metrics of a candidate whose neighbours share that."""
    metrics = measured()
    metrics["spaces"][0]["balance"] |= shares
    return metrics


def page_of(inputs: ReportInputs, folder: Path) -> str:
    """The page as text."""
    write_report(folder, inputs, ReportSettings(dots_per_inch=50))
    return (folder / "index.html").read_text("utf-8")


def test_the_headline_tells_its_interval_and_how_much_can_be_reached() -> None:
    line = headline(measured())

    assert (
        line == "masked genre nDCG@10: 0.250 (0.240 to 0.260), 78 % of the supervised bound 0.320"
    )


def test_every_space_has_its_row_also_if_it_was_not_asked() -> None:
    table = table_of_spaces(measured())

    told = dict(zip(column(table, "space"), column(table, "genre"), strict=True))
    assert told == {
        "this release": "0.250",
        "live release": "not measured",
        "first objective": "0.120",
        "PCA-20": "0.230",
        "raw cosine": "0.210",
        "most popular": "0.100",
        "random songs": "0.090",
        "supervised bound": "0.320",
    }
    assert column(table, "95 % interval")[:2] == ["0.240 to 0.260", ""]
    assert column(table, "decade gap")[0] == "0.90"


@pytest.mark.parametrize(
    ("field", "share", "shown"),
    [("genre", 0.95, "⚠ 0.950"), ("artist", 0.98, "⚠ 0.980"), ("audio", 0.61, "⚠ 0.610")],
)
def test_what_dominates_the_neighbours_is_marked_and_said(
    field: str, share: float, shown: str
) -> None:
    metrics = with_balance(**{field: share})

    assert marked(table_of_balance(metrics)) == [shown]
    assert len(out_of_balance(metrics)) == 1


def test_what_is_in_balance_is_not_marked() -> None:
    metrics = with_balance(genre=0.949, audio=0.6)

    assert marked(table_of_balance(metrics)) == []
    assert out_of_balance(metrics) == []


def test_random_songs_are_far_apart_without_being_marked() -> None:
    metrics = measured()
    metrics["spaces"][2]["balance"]["audio"] = 1.0

    assert column(table_of_balance(metrics), "random songs")[-1] == "1.000"
    assert marked(table_of_balance(metrics)) == []


def test_spaces_that_are_as_good_without_training_are_named() -> None:
    metrics = measured()
    metrics["spaces"][-2]["genre"] = 0.25  # pca

    assert part_of_spaces(measured()).warnings == []
    assert part_of_spaces(metrics).warnings == [
        "In genre this release is not above PCA-20, as far as 523 held-out artists tell."
    ]


def test_a_bar_shows_nothing_where_a_head_is_worse_than_the_average() -> None:
    bars = part_of_heads(measured()).block

    assert isinstance(bars, Bars)
    assert ("tempo", "0.400", 0.4) in bars.rows
    assert ("emotion", "-0.100", 0) in bars.rows
    assert ("party", "0.400", 0.4) in bars.rows


def test_a_clone_in_a_list_is_marked_and_a_short_list_is_not() -> None:
    metrics = measured()
    metrics["lists"]["clones"] = 3

    block = part_of_lists(metrics).block

    assert isinstance(block, Pairs)
    told = dict(block.rows)
    assert told["clones in one list"] == Text("3", numeric=True, marked=True)
    assert told["lists shorter than 10"] == Text("2", numeric=True)


def test_a_later_release_is_told_beside_the_live_one() -> None:
    metrics = measured()
    metrics["stability"]["live"] = 0.61
    metrics["live"] = {"release": "rehearsal/abc", "ratio": 1.02, "low": 0.99, "high": 1.05}
    space = FIRST_SPACE | {"continues": True, "fit": 0.9512, "songs": 20_000}

    assert stability(metrics) == {
        "neighbours kept of the live release": "0.610",
        "neighbours that two seeds share": "0.480",
        "headline as a share of the live release's": "1.020 (0.990 to 1.050)",
    }
    assert which_space(space) == {
        "space": "s0123456789ab, the live one",
        "fit to the live space": "0.951 by 20,000 songs; the space goes on from 0.9",
    }


@pytest.mark.parametrize(
    ("live", "told"),
    [
        (None, "not measured: no release was live"),
        (
            {"release": "rehearsal/abc", "ratio": None, "low": None, "high": None},
            "not measured: the two cannot be compared",
        ),
    ],
)
def test_why_nothing_is_told_beside_the_live_release(
    live: dict[str, Any] | None, told: str
) -> None:
    metrics = measured() | {"live": live}

    assert stability(metrics)["headline as a share of the live release's"] == told


def test_a_catalogue_too_small_to_ask_about_says_so() -> None:
    told = asked(nothing_measured())

    assert told == "No song could be asked about: 0 artists with 0 songs were held out."


def test_numbers_that_nobody_could_measure_do_not_break_the_page(
    make_inputs: MakeInputs, tmp_path: Path
) -> None:
    metrics = nothing_measured()
    verdict = give_verdict(judge(metrics, GateSettings()), metrics)

    page = page_of(make_inputs(metrics=metrics, verdict=verdict), tmp_path)

    assert "masked genre nDCG@10: not measured" in page
    assert "<dt>tempo</dt><dd>not measured</dd>" in page
    assert "None" not in page.partition('id="quality"')[2].partition("</section>")[0]


def test_metrics_of_which_all_is_missing_do_not_break_the_section() -> None:
    verdict = give_verdict([], {})

    quality = quality_of({}, verdict, FIRST_SPACE)

    assert quality.headline == "masked genre nDCG: not measured"
    assert quality.parts[0].warnings == []


def test_a_refused_candidate_says_why_before_all_else(
    make_inputs: MakeInputs, tmp_path: Path
) -> None:
    metrics = measured()
    metrics["lists"]["clones"] = 3
    verdict = give_verdict(judge(metrics, GateSettings()), metrics)

    page = page_of(make_inputs(metrics=metrics, verdict=verdict), tmp_path)

    section = page.partition("<h2>How good is the space</h2>")[2].lstrip()
    assert section.startswith(
        '<p class="verdict fail"><strong>fail</strong> clones: 3, expected 0</p>'
    )
    assert "<details open>" in section
    assert '<td class="marked">FAILED</td>' in section


def test_the_checks_of_a_candidate_that_passed_are_folded(report_folder: Path) -> None:
    page = (report_folder / "index.html").read_text("utf-8")

    assert "<strong>pass</strong> passed 8 checks; headline beside the live release: not" in page
    assert "<details open>" not in page


def test_every_fact_of_lists_and_balance_is_told() -> None:
    metrics = measured() | {"lists": dict.fromkeys(ListFacts.__annotations__, 1) | {"recall": 1}}

    block = part_of_lists(metrics).block

    assert isinstance(block, Pairs)
    assert len(block.rows) == len(metrics["lists"])
    assert Text("not measured") not in [value for _, value in block.rows]
    assert {*Balance.__annotations__} == {*SHARED, "audio"}
