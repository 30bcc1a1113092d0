"""The commands that answer with songs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from songspace import Choice, Filters, Recommendations, Recommender
from songspace.cli import main

Captured = pytest.CaptureFixture[str]
Say = Callable[..., str]

FILTERS = ["--only-genre", "jazz", "--years", "1970-", "--popular=-90", "--no-explicit"]
FILTERED = Filters(genres=["jazz"], years=(1970, None), popularity=(None, 90), explicit=False)

ASKED: list[tuple[list[str], Callable[[Recommender], Recommendations]]] = [
    (
        ["similar", "abba - dark train", "--n", "3"],
        lambda songs: songs.similar("Abba - Dark Train", Choice(3)),
    ),
    (
        ["similar", "abba - dark train", "--per-artist", "1", "--diversity", "0.5", *FILTERS],
        lambda songs: songs.similar("Abba - Dark Train", Choice(10, 1, 0.5), FILTERED),
    ),
    (
        ["similar", "abba - dark train", "--per-artist", "any"],
        lambda songs: songs.similar("Abba - Dark Train", Choice(10, None)),
    ),
    (
        ["taste", "--energy", "0", "--no-good-for-party", "--genre", "pop,jazz", "--artist", "Zza"],
        lambda songs: songs.taste(energy=0.0, good_for_party=False, genre="pop,jazz", artist="Zza"),
    ),
    (
        ["taste", "--good-for-meditation-stretching", "2", "--good-for", "party"],
        lambda songs: songs.taste(
            filters=Filters(good_for=["party"]), good_for_meditation_stretching=2
        ),
    ),
    (
        ["blend", "Abba - Dark Train", "zaz - golden moon", "--not", "cher - dark moon"],
        lambda songs: songs.blend(["Abba - Dark Train", "Zaz - Golden Moon"], ["Cher - Dark Moon"]),
    ),
    (
        ["path", "abba - dark train", "zaz - golden moon", "--steps", "4", "--per-artist", "1"],
        lambda songs: songs.path("Abba - Dark Train", "Zaz - Golden Moon", 4, per_artist=1),
    ),
    (
        ["path", "abba - dark train", "zaz - golden moon", "--only-emotion", "thirst"],
        lambda songs: songs.path(
            "Abba - Dark Train", "Zaz - Golden Moon", filters=Filters(emotions=["thirst"])
        ),
    ),
]


@pytest.fixture
def say(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> Say:
    """A function that runs a command on the small release and returns what it prints."""
    monkeypatch.setenv("COLUMNS", "400")

    def run(*arguments: str) -> str:
        assert main([arguments[0], "--release", str(root), *arguments[1:]]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        return said.out

    return run


@pytest.mark.parametrize(("arguments", "answer"), ASKED, ids=[" ".join(one[0]) for one in ASKED])
def test_programs_get_all_that_is_known_of_each_song_in_json(
    say: Say,
    recommender: Recommender,
    arguments: list[str],
    answer: Callable[[Recommender], Recommendations],
) -> None:
    said = json.loads(say(*arguments, "--json"))

    found = answer(recommender)
    assert said["notes"] == list(found.notes)
    assert [item["song"]["song_id"] for item in said["songs"]] == [
        str(item.song.song_id) for item in found
    ]
    for item, written in zip(found, said["songs"], strict=True):
        assert written["cosine"] == item.cosine
        assert [one["kind"] for one in written["reasons"]] == [one.kind for one in item.reasons]
        assert written["song"]["release_date"] == date_of(item.song.release_date)


def date_of(value: Any) -> str | None:
    return None if value is None else str(value)


@pytest.mark.parametrize(("arguments", "answer"), ASKED, ids=[" ".join(one[0]) for one in ASKED])
def test_people_get_a_line_a_song_with_its_reasons_and_the_notes_below(
    say: Say,
    recommender: Recommender,
    arguments: list[str],
    answer: Callable[[Recommender], Recommendations],
) -> None:
    lines = say(*arguments).splitlines()

    found = answer(recommender)
    assert lines[len(lines) - len(found.notes) :] == list(found.notes)
    songs = lines[1 : len(lines) - len(found.notes)]
    assert len(songs) == len(found)
    for item, line in zip(found, songs, strict=True):
        assert line.strip().startswith(" ".join(item.song.name.split()))
        assert f" {item.cosine:.3f} " in line
        assert line.rstrip().endswith(item.why)


def test_no_song_is_told_in_words_with_the_reason(say: Say) -> None:
    said = say("similar", "abba - dark train", "--only-genre", "zydeco")

    assert said.splitlines() == [
        "No song meets the conditions.",
        "No song has the genre 'zydeco'.",
    ]


def test_a_song_may_be_asked_for_by_its_id(
    say: Say, recommender: Recommender, songs: pl.DataFrame
) -> None:
    below = songs.filter(pl.col("song_id") < 0)["song_id"][0]
    above = songs.filter(pl.col("song_id") > 0)["song_id"][0]

    for song_id in (below, above):
        by_id = json.loads(say("similar", str(song_id), "--json"))
        assert by_id == json.loads(say("similar", "--json", "--", str(song_id)))
        assert [item["song"]["song_id"] for item in by_id["songs"]] == [
            str(item.song.song_id) for item in recommender.similar(song_id)
        ]
    assert say("blend", str(below), "--not", str(below)) == say("similar", str(below))


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("1980-1989", (1980, 1989)),
        ("1980", (1980, 1980)),
        ("1980-", (1980, None)),
        ("-1980", (None, 1980)),
        ("-", (None, None)),
    ],
)
def test_years_are_a_range_that_may_be_open(
    say: Say, recommender: Recommender, written: str, years: tuple[int | None, int | None]
) -> None:
    found = recommender.similar("Abba - Dark Train", Choice(100, None), Filters(years=years))

    for option in (["--years", written], [f"--years={written}"]):
        said = say(
            "similar", "abba - dark train", "--n=100", "--per-artist=9999", "--json", *option
        )
        names = [item["song"]["song_id"] for item in json.loads(said)["songs"]]
        assert names == [str(item.song.song_id) for item in found]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["similar", "aba - dark train"], "Did you mean: Abba - Dark Train;"),
        (["similar", "12"], "no song with the song_id 12"),
        (["similar", "-12"], "no song with the song_id -12"),
        (["similar", "9" * 30], "no song with the song_id 999"),
        (["similar", "9" * 5000], "songspace: "),
        (["similar", "dark train"], "Did you mean: "),
        (["similar", "a\nb"], "'a\\nb'"),
        (["similar", "abba - dark train", "--n", "0"], "Expected n from 1 to 100"),
        (["similar", "abba - dark train", "--years", "1990-1980"], "years from low to high"),
        (["taste", "--energy", "101"], "Expected energy from 0 to 100. Received: 101.0"),
        (["taste", "--energy", "nan"], "Expected energy from 0 to 100. Received: nan"),
        (["blend", "abba - dark train", "--not", "zaz - golden mon"], "Zaz - Golden Moon"),
        (["path", "abba - dark train", "Abba - Dark Train"], "Received one song twice"),
        (["path", "abba - dark train", "zaz - golden moon", "--steps", "0"], "1 to 50 steps"),
    ],
)
def test_a_miss_is_one_line_on_stderr_and_exit_code_one(
    root: Path, capsys: Captured, arguments: list[str], told: str
) -> None:
    assert main([*arguments, "--release", str(root)]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("songspace: ")
    assert said.err.count("\n") == 1
    assert told in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["similar"],
        ["similar", "a", "--years", "soon"],
        ["similar", "a", "--good-for", "sleeping"],
        ["taste", "--energy", "loud"],
        ["taste", "--loudness", "3"],
        ["path", "a"],
        ["blend"],
    ],
)
def test_an_option_that_cannot_be_read_is_refused_with_the_usage(
    capsys: Captured, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    assert "usage: songspace" in capsys.readouterr().err


def test_the_release_is_the_current_folder_unless_it_is_named(
    root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)

    assert main(["similar", "abba - dark train", "--json"]) == 0

    assert len(json.loads(capsys.readouterr().out)["songs"]) == 10
