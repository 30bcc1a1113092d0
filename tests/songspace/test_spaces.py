"""Latents of two spaces are never put side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

import songspace
from songspace import Damaged, MixedSpaces, NotFound, Release
from songspace.schemas import LATENTS, SPACE_ID
from storage.store import Store

OpenRelease = Callable[[str, int], Release]
Encode = Callable[..., Path]


@pytest.fixture
def open_release(tmp_path: Path) -> Iterator[OpenRelease]:
    """A function that publishes two songs from that id on, placed in that space, and opens the release."""
    with ExitStack() as opened:

        def publish(space_id: str, song_id: int) -> Release:
            store = Store.open(tmp_path / f"store-{space_id}-{song_id}")
            with store.draft() as draft:
                (draft / "latents").mkdir()
                songs(song_id, song_id + 1).write_parquet(draft / "latents" / "part-0.parquet")
                (draft / "model").mkdir()
                (draft / "model" / "space.json").write_text(json.dumps({"space_id": space_id}))
                ref = store.commit(draft, "run", recipe={})
            parts = {name: (ref, name) for name in ("latents", "model")}
            store.promote(store.build_release(parts, meta={}), expected=None)
            return opened.enter_context(songspace.open(store.root))

        yield publish


def songs(*song_ids: int) -> pl.DataFrame:
    """LATENTS of songs that lie at their own id."""
    rows = [{"song_id": number, "latent": [float(number)] * 20} for number in song_ids]
    return pl.DataFrame(rows, schema=LATENTS)


@pytest.fixture
def encode(tmp_path: Path) -> Encode:
    """A function that writes one song, placed in that space, as a file; it knows less of it than a release."""

    def write(space_id: str | None, song_id: int) -> Path:
        path = tmp_path / f"songs [{space_id}] {song_id}*.parquet"
        metadata = None if space_id is None else {SPACE_ID: space_id}
        songs(song_id).select("song_id", "latent").write_parquet(path, metadata=metadata)
        return path

    return write


def test_releases_and_files_of_one_space_stand_under_one_another(
    open_release: OpenRelease, encode: Encode
) -> None:
    sources = (open_release("s1", 1), encode("s1", 7), str(encode("s1", 8)), open_release("s1", 3))

    table = songspace.read_latents(*sources).collect()

    assert table.schema == LATENTS
    assert table["song_id"].to_list() == [1, 2, 7, 8, 3, 4]
    assert [latent[0] for latent in table["latent"]] == [1, 2, 7, 8, 3, 4]
    assert songspace.require_same_space(*sources) == "s1"


def test_releases_of_two_spaces_are_refused_by_name(open_release: OpenRelease) -> None:
    one, other = open_release("s1", 1), open_release("s2", 1)

    with pytest.raises(MixedSpaces, match=rf"{one.id} is of the space s1, .*{other.id} of s2"):
        songspace.read_latents(one, other)


def test_one_strange_file_among_many_is_refused_by_name(
    open_release: OpenRelease, encode: Encode
) -> None:
    release, strange = open_release("s1", 1), encode("s2", 9)

    with pytest.raises(MixedSpaces) as refusal:
        songspace.require_same_space(release, encode("s1", 7), strange, encode("s1", 8))

    assert f"{release.id} is of the space s1" in str(refusal.value)
    assert f"{strange} of s2" in str(refusal.value)


def test_files_of_two_spaces_are_refused_without_a_release(encode: Encode) -> None:
    with pytest.raises(MixedSpaces, match=r"s1.*s2"):
        songspace.read_latents(encode("s1", 1), encode("s2", 2))


def test_a_file_that_names_no_space_is_refused_even_alone(encode: Encode) -> None:
    with pytest.raises(NotFound, match="space_id"):
        songspace.read_latents(encode(None, 1))


def test_what_is_no_parquet_file_is_refused(tmp_path: Path, open_release: OpenRelease) -> None:
    text = tmp_path / "songs.csv"
    text.write_text("song_id,latent\n1,0.5\n")

    with pytest.raises(NotFound, match="absent"):
        songspace.read_latents(tmp_path / "absent.parquet")
    for path in (text, open_release("s1", 1).path):
        with pytest.raises(Damaged, match="open release or a Parquet file"):
            songspace.read_latents(path)


def test_of_nothing_there_is_no_space() -> None:
    with pytest.raises(ValueError, match="at least"):
        songspace.read_latents()
