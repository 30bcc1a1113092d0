from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from songspace.schemas import NUMERIC
from tasks.report.canvas import drawable
from tasks.report.examples import example_songs
from tasks.report.facts import Grid, Pairs, Text, arrange
from tasks.report.feature_pictures import correlations, count_scores
from tasks.report.groups import group_points
from tasks.report.points import inert_json
from tasks.report.summary import drift_told, source_told


def test_records_that_share_columns_become_a_grid() -> None:
    block = arrange({"tempo": {"mean": 120.5, "top": [1, 2]}, "energy": {"mean": 60}})

    assert block == Grid(
        ["", "mean", "top"],
        [
            [Text("tempo"), Text("120.5", numeric=True), Text("1, 2")],
            [Text("energy"), Text("60", numeric=True), Text("-")],
        ],
    )


def test_records_with_little_in_common_stay_pairs() -> None:
    block = arrange({"train": {"epochs": 30}, "map": {"points": 50_000}})

    assert block == Pairs(
        [
            ("train", Pairs([("epochs", Text("30", numeric=True))])),
            ("map", Pairs([("points", Text("50,000", numeric=True))])),
        ]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (551443, "551,443"),
        (0.99871234, "0.9987"),
        (None, "-"),
        (True, "yes"),
        ([], "none"),
        ({}, "none"),
        ("x" * 500, "x" * 399 + "…"),
    ],
)
def test_values_read_as_people_write_them(value: object, text: str) -> None:
    block = arrange(value)

    assert isinstance(block, Text)
    assert block.text == text


def test_what_does_not_fit_is_counted() -> None:
    block = arrange({str(place): place for place in range(75)})

    assert isinstance(block, Pairs)
    assert (len(block.rows), block.left_out) == (60, 15)


def test_frequent_names_get_a_colour_and_the_rest_is_other() -> None:
    names = pl.Series("genre", ["pop", "folk", "pop", "jazz", "other", "other"])

    grouping = group_points(names, most=2)

    assert grouping.names == ["other", "pop", "other"]
    assert grouping.counts == [2, 2, 2]
    assert grouping.codes.tolist() == [1, 2, 1, 2, 0, 0]
    assert grouping.bottom_up == [2, 0, 1]


def test_json_in_a_script_cannot_end_it() -> None:
    text = inert_json(["</script>", "<!--", "a & b", "line \u2028 end"])

    assert not set("<>&\u2028") & set(text)


def test_a_legend_draws_what_the_font_has() -> None:
    assert drawable("曲 A$AP\n") == "□ A$AP□"
    assert drawable("x" * 40) == "x" * 25 + "…"


def test_a_constant_feature_correlates_with_nothing() -> None:
    features = pl.DataFrame({name: [1.0, 1.0, 1.0] for name in NUMERIC}).with_columns(
        tempo=pl.Series([1.0, 2.0, 3.0]), energy=pl.Series([6.0, 4.0, 2.0])
    )

    matrix = correlations(features.lazy())

    tempo, energy = NUMERIC.index("tempo"), NUMERIC.index("energy")
    assert matrix[tempo, energy] == matrix[energy, tempo] == pytest.approx(-1)
    assert np.isnan(matrix[tempo, NUMERIC.index("liveness")])


def test_scores_are_counted_for_the_nearest_and_the_last() -> None:
    neighbours = pl.DataFrame(
        {"song_id": [1, 1, 2, 2], "rank": [1, 2, 1, 2], "score": [0.955, 0.405, 0.951, 0.5]}
    )

    scores = count_scores(neighbours.lazy())

    assert scores.select("score", "nearest", "farthest").rows() == [
        (40, 0, 1),
        (50, 0, 1),
        (95, 2, 0),
    ]


def test_the_last_of_a_short_list_is_its_last() -> None:
    neighbours = pl.DataFrame(
        {"song_id": [1, 1, 1, 2], "rank": [1, 2, 3, 1], "score": [0.9, 0.8, 0.7, 0.6]}
    )

    scores = count_scores(neighbours.lazy())

    assert scores.select("score", "nearest", "farthest").rows() == [
        (60, 1, 1),
        (70, 0, 1),
        (90, 1, 0),
    ]


def test_popularity_that_nobody_knows_stays_unknown_and_comes_last(
    make_songs: Callable[..., pl.DataFrame],
) -> None:
    songs = make_songs(
        popularity=[None, 0, None], genres=[["pop"]] * 2 + [["folk"]], artists=[["A"], ["B"], ["C"]]
    )
    neighbours = pl.DataFrame({"song_id": [1, 2, 3]}, schema={"song_id": pl.Int64})

    examples = example_songs(songs.lazy(), neighbours.lazy(), 5)

    assert examples.select("song_id", "popularity").rows() == [(2, 0), (3, None)]


def test_the_source_is_told_without_its_counts_and_columns_that_lack_nothing() -> None:
    profile = {"counts": {"read": 9}, "nulls": {"tempo": 0, "album": 3}, "first_date": "1999"}

    assert source_told(profile) == {"nulls": {"album": 3}, "first_date": "1999"}


def test_drift_names_what_was_compared_or_says_that_nothing_could_be() -> None:
    before = {"compared_with": "c0ffee", "notes": ["songs: 9 -> 10"], "broken": []}

    assert drift_told(before) == {
        "compared with songs": "c0ffee",
        "what changed": ["songs: 9 -> 10"],
    }
    assert "first release" in str(drift_told({"compared_with": None, "notes": []}))
