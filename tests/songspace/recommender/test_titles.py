"""Songs by their names, as they are typed."""

from __future__ import annotations

import polars as pl
import pytest

from songspace.errors import NotFound
from songspace.recommender.titles import LONGEST_QUERY, TitleSearch

LONG = "Symphony No. 40 in G minor, " * 12

SONGS = (
    ("Abba", ["Abba"], "Dancing Queen", 90),
    ("Queen", ["Queen"], "Bohemian Rhapsody", 85),
    ("Björk", ["Björk"], "Jóga", 60),
    ("AC/DC", ["AC/DC"], "T.N.T.", 80),
    ("Sam", ["Sam"], "Queen", 10),
    ("Mary", ["Mary"], "The Queen", 100),
    ("Queens of the Stone Age", ["Queens of the Stone Age"], "No One Knows", 95),
    ("!!!", ["!!!"], "Hello? Is This Thing On?", 30),
    ("XXXTENTACION", ["XXXTENTACION"], "???", 70),
    ("Cher,Abba", ["Cher", "Abba"], "Believe", 50),
    ("Cher", ["Cher"], "Believe", 40),
    ("Cher", ["Cher"], "Strong - Enough", None),
    ("Line", ["Line"], "Up\nand\n\nDown", 5),
    ("!!!", ["!!!"], "???", 1),
    ("Mozart", ["Mozart"], LONG, 3),
    (None, None, None, None),
    ("A - B", ["A - B"], "C", 2),
    ("Solo", ["Solo"], None, 4),
)
NAMES = ("artist", "artists", "song", "popularity")


@pytest.fixture(scope="module")
def titles() -> TitleSearch:
    return TitleSearch(pl.DataFrame(list(SONGS), schema=NAMES, orient="row"))


def found(titles: TitleSearch, query: str, limit: int = 10) -> list[str | None]:
    """Titles of the songs found."""
    return [SONGS[row][2] for row in titles.find(query, limit)]


@pytest.mark.parametrize(
    "query",
    [
        "Dancing Queen",
        "dancing queen",
        "danc que",
        "queen danc",
        "abba dancing",
        "dancing ab",
        "ABBA - Dancing Queen",
        "  dancing,   queen!  ",
        "Dáncing Quëen",
        "dancing queen danc",
    ],
)
def test_the_beginnings_of_words_find_a_song_in_any_order(titles: TitleSearch, query: str) -> None:
    assert found(titles, query) == ["Dancing Queen"]


@pytest.mark.parametrize("query", ["ancing", "dancing kween", "dancingqueen", "dancing queen live"])
def test_every_word_must_begin_a_word(titles: TitleSearch, query: str) -> None:
    assert found(titles, query) == []


@pytest.mark.parametrize(
    ("query", "title"),
    [("bjork", "Jóga"), ("BJÖRK joga", "Jóga"), ("ac dc", "T.N.T."), ("t-n-t ac", "T.N.T.")],
)
def test_case_accents_and_punctuation_do_not_count(
    titles: TitleSearch, query: str, title: str
) -> None:
    assert found(titles, query) == [title]


def test_titles_come_before_artists_before_beginnings_before_the_rest_then_by_popularity(
    titles: TitleSearch,
) -> None:
    assert found(titles, "queen") == [
        "Queen",  # called so
        "Bohemian Rhapsody",  # by an artist called so
        "No One Knows",  # by one who begins so
        "The Queen",  # of popularity 100
        "Dancing Queen",  # of popularity 90
    ]


def test_no_more_songs_than_asked_for_are_found(titles: TitleSearch) -> None:
    assert found(titles, "queen", 2) == ["Queen", "Bohemian Rhapsody"]


def test_a_song_of_unknown_popularity_comes_last(titles: TitleSearch) -> None:
    assert found(titles, "che") == ["Believe", "Believe", "Strong - Enough"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("!!!", ["Hello? Is This Thing On?", "???"]),
        ("???", ["???", "???"]),
        ("??? !!!", ["???"]),
        ("!!! - ???", []),
    ],
)
def test_names_of_nothing_but_punctuation_are_found(
    titles: TitleSearch, query: str, expected: list[str]
) -> None:
    assert found(titles, query) == expected


def test_a_song_without_a_title_is_found_by_its_artist(titles: TitleSearch) -> None:
    assert found(titles, "solo") == [None]


@pytest.mark.parametrize("query", ["", "   ", "\n", "\t\r\n"])
def test_a_query_of_nothing_finds_nothing(titles: TitleSearch, query: str) -> None:
    assert found(titles, query) == []


@pytest.mark.parametrize(
    "query", [".*", "q.een", "[bd]ohemian", "bjork|mozart", r"\w+ mozart", "\0"]
)
def test_what_means_something_in_a_pattern_means_nothing_here(
    titles: TitleSearch, query: str
) -> None:
    assert found(titles, query) == []


@pytest.mark.parametrize("query", ["a" * 100_000, "a " * 5_000, "\n" * 5_000])
def test_a_query_without_end_finds_nothing(titles: TitleSearch, query: str) -> None:
    with pytest.raises(NotFound):
        titles.resolve(query)


def test_line_ends_count_as_spaces(titles: TitleSearch) -> None:
    assert found(titles, "queen\ndancing") == ["Dancing Queen"]
    assert found(titles, "up and down") == ["Up\nand\n\nDown"]


@pytest.mark.parametrize(
    "number", [*range(10), *range(11, 15), 16]
)  # 10 is not the first called so
def test_every_song_is_found_by_its_artist_and_its_title(titles: TitleSearch, number: int) -> None:
    assert titles.resolve(titles.name(number)) == number


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("ABBA - dancing queen", 0),
        ("abba dancing queen", 0),
        ("bjork - joga", 2),
        ("Dancing Queen", 0),
        ("bohemian rhapsody", 1),
        ("Abba - Believe", 9),
        ("Queen", 4),
    ],
)
def test_a_song_is_found_by_any_of_its_artists_or_by_a_title_that_is_its_alone(
    titles: TitleSearch, name: str, row: int
) -> None:
    assert titles.resolve(name) == row


def test_of_namesakes_the_one_credited_so_is_meant(titles: TitleSearch) -> None:
    assert titles.resolve("Cher - Believe") == 10
    assert titles.resolve("Cher,Abba - Believe") == 9
    assert titles.resolve("Abba - Believe") == 9


def test_a_title_of_several_songs_is_not_enough(titles: TitleSearch) -> None:
    with pytest.raises(NotFound, match="Did you mean: Cher,Abba - Believe; Cher - Believe"):
        titles.resolve("Believe")


def test_a_name_is_longer_than_what_is_read_of_a_query() -> None:
    assert len(LONG) > LONGEST_QUERY


def test_a_song_named_as_a_list_writes_it_is_that_song_however_popular_others_are() -> None:
    songs = [("A", ["A"], f"A A {number}", 90) for number in range(300)]
    songs += [("A,B", ["A", "B"], "A", 80), ("A", ["A"], "A", 1)]
    titles = TitleSearch(pl.DataFrame(songs, schema=NAMES, orient="row"))

    assert titles.resolve("a - A") == 301
    assert titles.resolve("A,B - A") == 300
