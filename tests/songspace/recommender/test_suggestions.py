"""What is suggested to one who mistyped a name."""

from __future__ import annotations

import pytest

from songspace import NotFound, Recommender
from songspace.recommender.titles import SUGGESTIONS
from tests.songspace.recommender.small_catalogue import RARE_ARTIST


@pytest.mark.parametrize(
    "typed",
    [
        "Aba - Dark Train",
        "Abba - Drak Train",
        "Abba - Dark Trian",
        "abbba dark train",
        "ABBA - Dark Trainn",
    ],
)
def test_a_slip_in_an_artist_or_a_title_brings_up_the_song_first(
    recommender: Recommender, typed: str
) -> None:
    with pytest.raises(NotFound, match=r"Did you mean: Abba - Dark Train; ") as missed:
        recommender.row(typed)

    assert str(missed.value).count(";") == SUGGESTIONS - 1


def test_the_artist_counts_for_more_than_the_title(recommender: Recommender) -> None:
    """Twelve artists have a Dark Train."""
    rows = recommender.titles.suggest("Mottorhead - Derk Trein")

    assert recommender.titles.name(rows[0]) == "Motörhead - Dark Train"
    assert {recommender.song(row).artist for row in rows} == {"Motörhead"}


def test_what_is_half_typed_brings_up_what_begins_so(recommender: Recommender) -> None:
    with pytest.raises(NotFound, match="Did you mean: Hapax - Legomenon"):
        recommender.row("hap leg")


def test_what_is_like_nothing_brings_up_nothing(recommender: Recommender) -> None:
    with pytest.raises(NotFound, match=r"'0987654321', and none is called nearly so"):
        recommender.row("0987654321")


def test_a_message_shows_no_more_than_the_beginning_of_a_very_long_name(
    recommender: Recommender,
) -> None:
    with pytest.raises(NotFound) as missed:
        recommender.row("0" * 100_000)

    assert len(str(missed.value)) < 400


@pytest.mark.parametrize(
    ("typed", "written"),
    [("beyonce", "Beyoncé"), ("SIGUR ROS", "Sigur Rós"), ("ac dc", "AC/DC"), ("!!!", "!!!")],
)
def test_an_artist_is_known_without_case_accents_and_punctuation(
    recommender: Recommender, typed: str, written: str
) -> None:
    assert recommender.titles.artist(typed) == written


def test_nobody_is_called_by_half_a_name(recommender: Recommender) -> None:
    assert recommender.titles.artist("sigur") is None
    assert recommender.titles.artist("") is None


def test_artists_of_like_names_are_the_most_alike_first(recommender: Recommender) -> None:
    assert recommender.titles.similar_artists("Beyonse")[0] == "Beyoncé"
    assert recommender.titles.similar_artists("Hapaxx") == [RARE_ARTIST]
    assert recommender.titles.similar_artists("0987654321") == []
