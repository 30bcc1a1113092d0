"""What an encoder is fitted to can be counted in pieces: however songs are cut, the same encoder comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.encoder import EncodeSettings, Moments, Summary, fit_encoder, fit_summaries
from songspace.features import FeatureEncoder
from songspace.schemas import CONTINUOUS

MakeSongs = Callable[..., pl.DataFrame]

KEEP_ALL = EncodeSettings(min_artist_songs=1, min_genre_songs=1, min_emotion_songs=1)
ROWS = 40

one_table = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def songs(make_songs: MakeSongs) -> pl.DataFrame:
    """Songs with names that repeat, cells that are empty, a constant and a column without a value."""
    drawn = random.Random(0)

    def some(*values: object) -> list[object]:
        return [drawn.choice([*values, None]) for _ in range(ROWS)]

    return make_songs(
        artists=[[drawn.choice(["Abba", "ABBA", "Cher", "Zappa", "Björk"])] for _ in range(ROWS)],
        genres=[drawn.choices(["pop", "rock", "jazz"], k=row % 4) for row in range(ROWS)],
        emotion=some("joy", "Joy", "fear", "pink"),
        tempo=some(60, 61, 63, 200),
        liveness=some(0, 1, 99, 100),
        energy=[70] * ROWS,
        popularity=[None] * ROWS,
    )


def cut(songs: pl.DataFrame, places: Sequence[int]) -> list[pl.DataFrame]:
    """*songs* in runs that end at *places*; some may be empty."""
    ends = [0, *sorted(places), len(songs)]
    return [songs[start:end] for start, end in pairwise(ends)]


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def saved(encoder: FeatureEncoder | Summary, folder: Path) -> dict[str, bytes]:
    """The files that *encoder* is saved as."""
    folder.mkdir(exist_ok=True)
    encoder.save(folder)
    return files_of(folder)


def same(one: Summary, other: Summary) -> bool:
    """Whether two summaries say the same."""
    return one.moments == other.moments and all(
        counts.equals(other.counts[name]) for name, counts in one.counts.items()
    )


CUTS = st.lists(st.integers(0, ROWS), max_size=6)


@one_table
@given(places=CUTS)
@example(places=[*range(ROWS)])
def test_summaries_of_the_parts_make_up_that_of_the_whole(
    songs: pl.DataFrame, places: list[int]
) -> None:
    parts = [Summary.of(part.lazy()) for part in cut(songs, places)]

    assert same(Summary.merged(parts), Summary.of(songs.lazy()))


def test_a_summary_counts_what_can_be_counted_by_hand(make_songs: MakeSongs) -> None:
    songs = make_songs(
        artists=[["Abba", "Cher"], ["ABBA"], ["Zappa"]],
        genres=[["pop", "pop"], ["rock", "pop"], []],
        emotion=["joy", None, "Joy"],
        tempo=[100, None, 140],
    )

    summary = Summary.of(songs.lazy())

    assert summary.counts["artist"].rows() == [("abba", 2), ("zappa", 1)]
    assert summary.counts["genre"].rows() == [("pop", 2), ("rock", 1)]
    assert summary.counts["emotion"].rows() == [("joy", 2)]
    assert summary.moments["tempo"] == Moments(2, 240, 29_600)


@one_table
@given(places=CUTS)
@example(places=[*range(ROWS)])
def test_the_encoder_of_any_parts_is_that_of_the_whole(
    songs: pl.DataFrame, places: list[int]
) -> None:
    parts = [Summary.of(part.lazy()) for part in cut(songs, places)]

    assert fit_summaries(parts, KEEP_ALL, None) == fit_encoder(songs.lazy(), KEEP_ALL, None)


@one_table
@given(places=CUTS, order=st.randoms(use_true_random=False))
def test_the_order_of_the_parts_gives_no_other_encoder(
    songs: pl.DataFrame, places: list[int], order: random.Random
) -> None:
    parts = [Summary.of(part.lazy()) for part in cut(songs, places)]
    order.shuffle(parts)

    assert fit_summaries(parts, KEEP_ALL, None) == fit_encoder(songs.lazy(), KEEP_ALL, None)


@one_table
@given(places=CUTS)
def test_parts_build_upon_a_base_as_the_whole_does(songs: pl.DataFrame, places: list[int]) -> None:
    base = fit_encoder(songs.lazy().head(3), KEEP_ALL, None)
    parts = [Summary.of(part.lazy()) for part in cut(songs, places)]

    assert fit_summaries(parts, KEEP_ALL, base) == fit_encoder(songs.lazy(), KEEP_ALL, base)


def test_a_name_is_frequent_enough_by_the_songs_of_all_parts(make_songs: MakeSongs) -> None:
    parts = [make_songs(artists=[["Abba"], [name]]) for name in ("Cher", "Zappa", "Zappa")]

    encoder = fit_summaries(
        [Summary.of(part.lazy()) for part in parts], EncodeSettings(min_artist_songs=3), None
    )

    assert encoder.artist.tokens == ("abba",)


def test_a_constant_of_all_parts_has_no_spread(make_songs: MakeSongs) -> None:
    parts = [make_songs(energy=[70] * rows) for rows in (1, 2, 300)]

    scaler = fit_summaries([Summary.of(part.lazy()) for part in parts], KEEP_ALL, None).scaler

    assert scaler.mean[CONTINUOUS.index("energy")] == 70.0
    assert scaler.sd[CONTINUOUS.index("energy")] == 1.0


def test_constants_that_differ_from_part_to_part_have_a_spread(make_songs: MakeSongs) -> None:
    parts = [make_songs(energy=[energy] * 2) for energy in (40, 60)]

    scaler = fit_summaries([Summary.of(part.lazy()) for part in parts], KEEP_ALL, None).scaler

    assert scaler.mean[CONTINUOUS.index("energy")] == 50.0
    assert scaler.sd[CONTINUOUS.index("energy")] == 10.0


def test_a_part_without_a_value_changes_nothing(make_songs: MakeSongs) -> None:
    known, unknown = make_songs(energy=[10, 20]), make_songs(energy=[None, None])

    merged = Summary.merged([Summary.of(unknown.lazy()), Summary.of(known.lazy())])

    assert merged.moments["energy"] == Moments(2, 30, 500)


def test_a_column_without_any_value_leaves_what_comes_as_it_is(make_songs: MakeSongs) -> None:
    parts = [make_songs(energy=[None] * rows) for rows in (1, 3)]

    scaler = fit_summaries([Summary.of(part.lazy()) for part in parts], KEEP_ALL, None).scaler

    assert scaler.mean[CONTINUOUS.index("energy")] == 0.0
    assert scaler.sd[CONTINUOUS.index("energy")] == 1.0


def test_no_songs_at_all_have_an_encoder_that_knows_no_name(make_songs: MakeSongs) -> None:
    nothing = Summary.of(make_songs(energy=[1]).clear().lazy())

    encoder = fit_summaries([nothing, nothing], KEEP_ALL, None)

    assert encoder.artist.tokens == encoder.genre.tokens == encoder.emotion.tokens == ()
    assert same(Summary.merged([nothing, nothing]), nothing)


def test_squares_do_not_run_over_the_eight_or_sixteen_bits_of_their_column(
    make_songs: MakeSongs,
) -> None:
    moments = Summary.of(make_songs(energy=[100] * 4, tempo=[300] * 4).lazy()).moments

    assert moments["energy"] == Moments(4, 400, 40_000)
    assert moments["tempo"] == Moments(4, 1_200, 360_000)


def test_a_summary_is_read_as_it_was_saved(songs: pl.DataFrame, tmp_path: Path) -> None:
    summary = Summary.of(songs.lazy())
    written = saved(summary, tmp_path / "one")

    loaded = Summary.load(tmp_path / "one")

    assert same(loaded, summary)
    assert saved(loaded, tmp_path / "other") == written


def test_equal_songs_give_equal_bytes(songs: pl.DataFrame, tmp_path: Path) -> None:
    turned = songs.sample(fraction=1.0, shuffle=True, seed=1)
    one, other = (Summary.of(table.lazy()) for table in (songs, turned))

    assert saved(one, tmp_path / "one") == saved(other, tmp_path / "other")


@one_table
@given(places=CUTS)
def test_an_encoder_of_summaries_that_were_saved_is_saved_as_the_same_bytes(
    songs: pl.DataFrame, places: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("summaries")
    parts = []
    for number, part in enumerate(cut(songs, places)):
        saved(Summary.of(part.lazy()), folder / str(number))
        parts.append(Summary.load(folder / str(number)))

    encoder = fit_summaries(parts, KEEP_ALL, None)

    whole = fit_encoder(songs.lazy(), KEEP_ALL, None)
    assert saved(encoder, folder / "encoder") == saved(whole, folder / "whole")
