"""What the benchmarks claim follows from what they measured, and outlives a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from benchmarks import records, render
from benchmarks.records import Comparison, Fact, Growth, Limit, Note, Results, Section, StageCost

Claim = Literal["at most", "at least", "none"]


def compared(claim: Claim, bound: float, unit: str = "s") -> Comparison:
    return Comparison("a", "ours", "theirs", unit, [4.0, 2.0], [5.0, 6.0], claim, bound)


@pytest.mark.parametrize(
    ("one", "ratio", "holds"),
    [
        (compared("at least", 2.5), 2.5, True),  # theirs takes so many times as long
        (compared("at least", 2.6), 2.5, False),
        (compared("at most", 0.4), 0.4, True),  # ours takes so many times as long
        (compared("at most", 0.3), 0.4, False),
        (compared("none", 0), 2.5, None),
        (compared("at least", 0.7, "songs/s"), 4 / 6, False),  # the best turn is the largest
    ],
)
def test_ratio_is_of_the_best_turns(one: Comparison, ratio: float, holds: bool | None) -> None:
    assert one.ratio == pytest.approx(ratio)
    assert one.holds is holds


def test_ratios_within_turns_are_told_where_both_sides_had_as_many() -> None:
    both = Comparison("a", "b", "c", "s", [2.0, 1.0], [6.0, 4.0], "at least", 2)
    once = Comparison("a", "b", "c", "s", [2.0, 1.0], [6.0], "at least", 2)

    assert both.ratios == [3.0, 4.0]
    assert once.ratios == []


def all_kinds() -> Results:
    found: list[records.Record] = [
        compared("at least", 9.0),
        Fact("recall", 0.5, "at least", 0.9),
        StageCost("encode", 10, 2.0, 1.0, 3.0, 100.0),
        Limit("encode", "one pass", 0.1),
        Growth("encode", 10, 1.0, 100.0),
        Note("a sentence"),
    ]
    machine = dict.fromkeys(("processor", "cores", "memory", "system", "Python"), "?")
    sections = {"stages": Section(10, records=found), "limits": Section(10)}
    return Results(machine, sections)


def test_results_are_the_same_after_a_restart(tmp_path: Path) -> None:
    records.save(all_kinds(), tmp_path / "results.json")
    assert records.load(tmp_path / "results.json") == all_kinds()
    assert records.load(tmp_path / "absent.json") == Results()


def test_page_tells_what_does_not_hold(tmp_path: Path) -> None:
    render.render(all_kinds(), tmp_path / "RESULTS.md")
    page = (tmp_path / "RESULTS.md").read_text()
    assert "| a: ours | 2 s | 5 s: theirs | 2.50 | 1.25 to 3.00 | ≥ 9 | **no** |" in page
    assert "| recall | 0.5 | ≥ 0.9 | **no** |" in page
    assert "| encode | one pass | 0.1 s | 1 s | 10 % |" in page
    assert "not finished" in page
    for plot in ("ratios", "stages", "limits", "growth"):
        assert (tmp_path / f"results-{plot}.png").stat().st_size


def test_limits_of_other_rows_are_held_against_nothing() -> None:
    results = all_kinds()
    results.sections["limits"].rows = 11
    assert results.taken() == {}
