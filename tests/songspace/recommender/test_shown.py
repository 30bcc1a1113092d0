"""Lists of songs as a table and as JSON."""

from __future__ import annotations

import json
from datetime import date

import pytest

from songspace import Recommendations
from songspace.recommender import Reason, Recommendation, Song
from songspace.shown import as_json, as_table


def listed(title: str | None, tag: str = "pop") -> Recommendations:
    """A list of one song."""
    song = Song(
        7, "Abba", ("Abba",), title, None, tag, (tag,), "joy", None, date(1974, 3, 4), None, None
    )
    reasons = (Reason("genre", 0.5, (tag,)),)
    return Recommendations((Recommendation(song, 0.98765, 99.5, reasons),), ("A note.",))


def test_a_table_has_a_row_a_song_and_the_notes_below() -> None:
    head, row, note = as_table(listed("Waterloo")).splitlines()

    assert head.split() == ["song", "genre", "year", "cosine", "closer", "than", "why"]
    assert row.split() == [
        *("Abba", "-", "Waterloo", "pop", "1974", "0.988", "99.50", "%", "genre", "50%", "(pop)")
    ]
    assert note == "A note."


@pytest.mark.parametrize(
    "between", ["\n", "\r\n", "\x1b[2J", "\t", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LINE SEPARATOR}"]
)
def test_a_name_neither_breaks_the_table_nor_steers_the_terminal(between: str) -> None:
    table = as_table(listed(f"One{between}two", f"po{between}p"))

    assert len(table.split("\n")) == 3
    assert table.count("\n") == 2
    assert not set(between) & set(table) - {"\n", *"[2J"}


def test_a_name_in_any_writing_stays_as_it_is() -> None:
    assert "Abba - Жар 火 été \N{FIRE}" in as_table(listed("Жар 火 été \N{FIRE}"))


@pytest.mark.parametrize("width", ["60", "500"])
def test_nothing_of_a_long_name_is_left_out(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    title = " ".join(f"word{number}" for number in range(20))

    table = as_table(listed(title))

    assert set(title.split()) <= set(table.split())
    assert len(max(table.splitlines(), key=len)) <= int(width)


def test_json_has_dates_as_text_and_names_as_they_are_written() -> None:
    said = as_json(listed("Жар\n\x1b[2J"))

    (item,) = json.loads(said)["songs"]
    assert "Жар" in said
    assert item["song"]["song"] == "Жар\n\x1b[2J"
    assert item["song"]["release_date"] == "1974-03-04"
    assert item["reasons"] == [{"kind": "genre", "share": 0.5, "shared": ["pop"], "agreements": []}]
    assert item["near"] is None
    assert json.loads(said)["notes"] == ["A note."]
