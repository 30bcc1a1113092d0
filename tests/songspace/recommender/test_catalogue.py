"""What a recommender keeps of the songs of a release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import songspace
from songspace.errors import Damaged, NotFound
from songspace.recommender.catalogue import TAGS, Catalogue, code_tags, title_key
from storage import Store
from tests.conftest import MakeSongs


@pytest.mark.parametrize(
    "version",
    [
        "Song",
        "SONG ",
        "Song - Live",
        "Song -Live",
        "Song (Remastered 2011)",
        "Song [Live at Home] (2012 Remaster)",
        "Song - 2009 Mix",
        "Song (feat. Cher) - Radio Edit",
        "Song - Live (feat. Cher) [Remix]",
    ],
)
def test_a_version_of_a_song_counts_as_the_song(version: str) -> None:
    assert keys("Song", version)[0] == keys("Song", version)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Song", "Song (Part 2)"),
        ("Song", "Song of Olive"),
        ("Song", "Song Live"),
        ("Be", "Be-Bop with Me"),
        ("(Stuck) With You", "(Alone) With You"),
        ("Song", "Song - Alivery"),
        ("Stay", "Stay (Don't Go Away) [feat. Raye]"),
        ("Sonata - I. Allegro (1992 Remaster)", "Sonata - II. Adagio (1992 Remaster)"),
        ("Part (1) [Live]", "Part (2) [Live]"),
    ],
)
def test_titles_that_differ_in_more_than_the_version_are_two_songs(one: str, other: str) -> None:
    assert keys(one, other)[0] != keys(one, other)[1]


def test_a_title_is_told_apart_by_the_first_artist_alone() -> None:
    table = pl.DataFrame({"artists": [["A"], ["a", "B"], ["B", "A"]], "song": ["Song"] * 3})

    first, again, other = table.select(title_key().alias("key"))["key"]

    assert first == again != other


def keys(*titles: str) -> list[str]:
    """The keys of songs of one artist."""
    table = pl.DataFrame({"artists": [["A"]] * len(titles), "song": titles})
    return table.select(title_key().alias("key"))["key"].to_list()


def test_tags_are_coded_the_most_frequent_first() -> None:
    tags = pl.Series("genres", [["b", "a"], [], None, ["a"], ["a", "b", "c"]])

    places, codes = code_tags(tags)

    assert places == {"a": 0, "b": 1, "c": 2}
    assert codes[:, :4].tolist() == [
        [1, 0, -1, -1],
        [-1, -1, -1, -1],
        [-1, -1, -1, -1],
        [0, -1, -1, -1],
        [0, 1, 2, -1],
    ]
    assert (codes[:, 4:] == -1).all()


def test_of_very_many_tags_the_first_are_kept() -> None:
    _, codes = code_tags(pl.Series("genres", [[f"tag {number}" for number in range(TAGS + 2)]]))

    assert codes.tolist() == [list(range(TAGS))]


def test_the_tags_of_songs_are_given_in_their_order(make_songs: MakeSongs) -> None:
    songs = make_songs(genres=[["pop", "disco"], [], None, ["disco", "rock"]])
    catalogue = Catalogue.read(songs.lazy())

    told = catalogue.tags_of(np.array([3, 0, 1, 2]))

    assert told == [("disco", "rock"), ("pop", "disco"), (), ()]


def test_songs_without_any_tags_have_none() -> None:
    places, codes = code_tags(pl.Series("genres", [None, []], dtype=pl.List(pl.String)))

    assert places == {}
    assert codes.tolist() == [[-1] * TAGS] * 2


def test_numbers_stand_as_in_the_catalogue_and_unknown_ones_below_nought(
    make_songs: MakeSongs,
) -> None:
    songs = make_songs(
        tempo=[91, None],
        good_for_relaxation_meditation=[True, None],
        good_for_yoga_stretching=[True, True],
        good_for_party=[None, True],
    )

    catalogue = Catalogue.read(songs.lazy())

    assert catalogue.raw("tempo").tolist() == [91, -1]
    assert catalogue.raw("good_for_party").tolist() == [-1, 1]
    assert catalogue.raw("good_for_meditation_stretching").tolist() == [2, -1]
    assert len(catalogue) == 2


def test_a_release_whose_latents_are_of_other_songs_is_refused(root: Path, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with store.draft() as draft, songspace.open(root) as release:
        for name in ("songs", "latents"):
            (draft / name).mkdir()
        release.songs.collect().write_parquet(draft / "songs" / "part-0.parquet")
        mixed = release.latents.collect().reverse()
        mixed.write_parquet(draft / "latents" / "part-0.parquet")
        for name in (*release.manifest.below("encoder"), *release.manifest.below("model")):
            (draft / name).parent.mkdir(exist_ok=True)
            (draft / name).write_bytes((release.path / name).read_bytes())
        ref = store.commit(draft, "run", recipe={})
    names = ("songs", "latents", "encoder", "model")
    store.promote(
        store.build_release({name: (ref, name) for name in names}, meta={}), expected=None
    )

    with (
        songspace.open(store.root) as release,
        pytest.raises(Damaged, match="are not those of its latents"),
    ):
        _ = release.recommender


def test_a_release_without_an_encoder_has_no_recommender(store: Store) -> None:
    with songspace.open(store.root) as release, pytest.raises(NotFound, match=r"has no model/enc"):
        _ = release.recommender
