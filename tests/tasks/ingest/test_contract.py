"""What of a new catalogue is worth a line, and what breaks the contract with the live one."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.ingest.contract import ContractSettings, Drift, compare_profiles
from tests.tasks.ingest.conftest import Ingest
from tests.tasks.ingest.csv_rows import as_csv, make_rows

SETTINGS = ContractSettings()


def profile_of(ingest: Ingest, rows: list[dict[str, str]]) -> dict[str, Any]:
    return ingest(as_csv(rows)).profile


def test_an_unchanged_catalogue_has_nothing_to_tell(ingest: Ingest) -> None:
    live = profile_of(ingest, make_rows(100))

    drift = compare_profiles(live, live, SETTINGS)

    assert drift == Drift(notes=(), broken=())


def test_moved_means_categories_and_rows_are_told(ingest: Ingest) -> None:
    live = profile_of(ingest, make_rows(100))
    rows = make_rows(110)
    for row in rows:
        row["Tempo"] = str(int(row["Tempo"]) + 30)
    for row in rows[:55]:
        row["emotion"] = "anger"

    drift = compare_profiles(live, profile_of(ingest, rows), SETTINGS)

    assert not drift.broken
    assert "songs: 100 -> 110" in drift.notes
    assert "tempo: mean 109.5 -> 144.5 (+1.21 sd)" in drift.notes
    assert "emotion: joy 100.0% -> 50.0% of the songs" in drift.notes
    assert "emotion: anger 0.0% -> 50.0% of the songs" in drift.notes


def test_fewer_than_four_fifths_of_the_live_songs_break_the_contract(ingest: Ingest) -> None:
    live = profile_of(ingest, make_rows(100))

    enough = compare_profiles(live, profile_of(ingest, make_rows(80)), SETTINGS)
    fewer = compare_profiles(live, profile_of(ingest, make_rows(79)), SETTINGS)

    assert not enough.broken
    assert fewer.broken == ("79 songs, expected at least 80: 80% of the live 100",)


def test_a_column_that_became_empty_breaks_the_contract(ingest: Ingest) -> None:
    live = profile_of(ingest, make_rows(100))
    new = profile_of(ingest, make_rows(100, Album="", text=""))

    drift = compare_profiles(live, new, SETTINGS)

    assert drift.broken == (
        "album is filled in 0.0% of the songs, expected at least 50.0%",
        "lyrics is filled in 0.0% of the songs, expected at least 50.0%",
    )


def test_a_column_that_lost_most_of_its_cells_breaks_it_too_and_some_are_told(
    ingest: Ingest,
) -> None:
    live = profile_of(ingest, make_rows(100))
    rows = make_rows(100)
    for row in rows[:51]:
        row["Explicit"] = ""
    for row in rows[:3]:
        row["Album"] = ""
    for row in rows[:1]:
        row["Key"] = ""

    drift = compare_profiles(live, profile_of(ingest, rows), SETTINGS)

    assert drift.broken == ("explicit is filled in 49.0% of the songs, expected at least 50.0%",)
    assert "album: empty in 0.0% -> 3.0% of the songs" in drift.notes
    assert not [note for note in drift.notes if note.startswith("key: empty")]


def test_moved_ends_of_numbers_and_dates_are_told(ingest: Ingest) -> None:
    live = profile_of(ingest, make_rows(100))
    rows = make_rows(100)
    rows[0]["Tempo"] = "250"
    rows[1]["Release Date"] = "1st January 1900"

    drift = compare_profiles(live, profile_of(ingest, rows), SETTINGS)

    assert not drift.broken
    assert "release_date: 2013-04-29 to 2013-04-29 -> 1900-01-01 to 2013-04-29" in drift.notes
    assert "tempo: max 159 -> 250 (+3.14 sd)" in drift.notes
    assert not [note for note in drift.notes if note.startswith("tempo: min")]


def test_more_than_one_row_in_a_hundred_quarantined_breaks_it_with_no_live_catalogue(
    ingest: Ingest,
) -> None:
    rows = make_rows(100)
    rows[3]["Key"] = "?"
    one = profile_of(ingest, rows)
    rows[4]["Tempo"] = "?"
    two = profile_of(ingest, rows)

    assert not compare_profiles(None, one, SETTINGS).broken
    assert compare_profiles(None, two, SETTINGS).broken == (
        "2 of 100 rows are quarantined (key 1, tempo 1), expected 1.0% at most",
    )


@pytest.mark.parametrize(
    ("allow", "rows"),
    [
        ("allow_fewer_rows", make_rows(10)),
        ("allow_lost_columns", make_rows(100, Album="")),
        ("allow_quarantined", [*make_rows(100), *make_rows(5, Key="?")]),
    ],
)
def test_each_break_can_be_allowed_and_is_still_told(
    ingest: Ingest, allow: str, rows: list[dict[str, str]]
) -> None:
    live = profile_of(ingest, make_rows(100))
    new = profile_of(ingest, rows)

    refused = compare_profiles(live, new, SETTINGS)
    allowed = compare_profiles(live, new, ContractSettings.model_validate({allow: True}))

    assert len(refused.broken) == 1
    assert not allowed.broken
    assert f"{refused.broken[0]} (allowed)" in allowed.notes
