"""Tables that are written in several parts hold what one part would hold, in the order of the songs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import tasks.latents
import tasks.neighbours
from models.neighbours import NeighbourSettings
from songspace.jsonfile import write_json
from songspace.network import Network
from songspace.schemas import LATENTS, NEIGHBOURS
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.clones import clone_groups
from tests.tasks.staged import encode_songs, list_neighbours, place_songs

SONGS = 250
MakeSongs = Callable[..., pl.DataFrame]
MakeNetwork = Callable[..., Network]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def songs(store: Store, make_songs: MakeSongs) -> ArtifactRef:
    """Songs in no order of their ids; every fifth is a clone of the one before it."""
    drawn = np.random.default_rng(0)
    rows = np.arange(SONGS)
    table = make_songs(
        song_id=drawn.permutation(SONGS).tolist(),
        clone_group=(rows - (rows % 5 == 4)).tolist(),
        energy=drawn.integers(0, 101, SONGS).tolist(),
        tempo=drawn.integers(60, 180, SONGS).tolist(),
        artists=[[f"Artist {row % 7}"] for row in rows],
    )
    return keep(store, "songs", table)


def keep(store: Store, name: str, *parts: pl.DataFrame) -> ArtifactRef:
    with store.draft() as draft:
        (draft / name).mkdir()
        for number, part in enumerate(parts):
            part.write_parquet(draft / name / f"part-{number:05d}.parquet")
        return store.commit(draft, name, recipe={})


@pytest.fixture
def features(store: Store, songs: ArtifactRef) -> ArtifactRef:
    return encode_songs(store, songs)


@pytest.fixture
def keep_model(store: Store, make_network: MakeNetwork) -> Callable[..., ArtifactRef]:
    """A function that keeps an encoder that nobody trained, wide enough for any id, and files of JSON beside it."""

    def keep(**files: object) -> ArtifactRef:
        with store.draft() as draft:
            (draft / "model").mkdir()
            make_network().save(draft / "model" / "encoder.safetensors")
            for name, content in files.items():
                write_json(draft / "model" / f"{name}.json", content)
            return store.commit(draft, "model", recipe={})

    return keep


@pytest.fixture
def model(keep_model: Callable[..., ArtifactRef]) -> ArtifactRef:
    return keep_model()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after which a part holds a hundred songs."""

    def shrink() -> None:
        for module in (tasks.latents, tasks.neighbours):
            monkeypatch.setattr(module, "SONGS_PER_PART", 100)

    return shrink


def rows_by_part(store: Store, ref: ArtifactRef, name: str) -> list[int]:
    parts = sorted(store.folder(ref, name).iterdir())
    assert [part.name for part in parts] == [
        f"part-{number:05d}.parquet" for number in range(len(parts))
    ]
    return [pl.read_parquet(part).height for part in parts]


def test_latents_in_parts_are_those_of_one_part(
    store: Store,
    songs: ArtifactRef,
    features: ArtifactRef,
    model: ArtifactRef,
    small_parts: Callable[[], None],
) -> None:
    whole = store.table(place_songs(store, songs, features, model), "latents").collect()
    small_parts()

    ref = place_songs(store, songs, features, model)

    table = store.table(ref, "latents").collect()
    told = store.table(songs, "songs").select("song_id", "artist", "song").collect()
    assert rows_by_part(store, ref, "latents") == [100, 100, 50]
    assert table.schema == LATENTS
    assert table.select("song_id", "artist", "song").equals(told)
    assert table["latent"].to_numpy() == pytest.approx(whole["latent"].to_numpy(), abs=1e-6)


def test_every_part_says_of_which_space_it_is(
    store: Store,
    songs: ArtifactRef,
    features: ArtifactRef,
    keep_model: Callable[..., ArtifactRef],
    small_parts: Callable[[], None],
) -> None:
    small_parts()
    model = keep_model(space={"space_id": "s-1"})

    ref = place_songs(store, songs, features, model)

    parts = sorted(store.folder(ref, "latents").iterdir())
    assert [pl.read_parquet_metadata(part)["space_id"] for part in parts] == ["s-1"] * 3
    assert pl.read_parquet(parts[0]).schema == LATENTS


def test_latents_of_a_model_that_was_never_aligned_name_no_space(
    store: Store, songs: ArtifactRef, features: ArtifactRef, model: ArtifactRef
) -> None:
    ref = place_songs(store, songs, features, model)

    (part,) = store.folder(ref, "latents").iterdir()
    assert "space_id" not in pl.read_parquet_metadata(part)


def latents_of(store: Store, song_id: pl.Series) -> ArtifactRef:
    """Places drawn at random, in two parts."""
    drawn = np.random.default_rng(1).standard_normal((len(song_id), 20))
    unit = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    latent = pl.Series("latent", unit, dtype=LATENTS["latent"])
    table = pl.DataFrame({"song_id": song_id, "latent": latent})
    return keep(store, "latents", table[:120], table[120:])


def test_neighbours_in_parts_are_those_of_one_part(
    store: Store, songs: ArtifactRef, small_parts: Callable[[], None]
) -> None:
    table = store.table(songs, "songs").select("song_id", "clone_group").collect()
    places, settings = latents_of(store, table["song_id"]), NeighbourSettings(k=8)
    whole = store.table(list_neighbours(store, songs, places, settings), "neighbours").collect()
    small_parts()

    ref = list_neighbours(store, songs, places, settings)

    found = store.table(ref, "neighbours").collect()
    assert rows_by_part(store, ref, "neighbours") == [800, 800, 400]
    assert found.schema == NEIGHBOURS
    assert found.equals(whole)
    assert found["song_id"].unique(maintain_order=True).equals(table["song_id"])
    group = dict(table.iter_rows())
    assert all(group[song] != group[near] for song, _, near, _ in found.iter_rows())


def test_lists_that_end_early_keep_their_songs(store: Store, make_songs: MakeSongs) -> None:
    """Three songs, two of them clones: their lists are one long, the third's too."""
    songs = keep(store, "songs", make_songs(song_id=[9, 4, 6], clone_group=[9, 4, 4]))
    places = latents_of(store, pl.Series("song_id", [9, 4, 6]))

    ref = list_neighbours(store, songs, places, NeighbourSettings(k=8))

    found = store.table(ref, "neighbours").collect()

    assert found.select("song_id", "rank").rows() == [(9, 1), (4, 1), (6, 1)]
    assert found["neighbour_id"].to_list()[1:] == [9, 9]


def test_latents_of_other_songs_are_refused(store: Store, songs: ArtifactRef) -> None:
    shuffled = store.table(songs, "songs").collect()["song_id"].reverse()
    places = latents_of(store, shuffled)

    with pytest.raises(ValueError, match="in their order"):
        list_neighbours(store, songs, places, NeighbourSettings())


def test_features_of_other_songs_are_refused(
    store: Store, songs: ArtifactRef, features: ArtifactRef, model: ArtifactRef
) -> None:
    other = keep(store, "songs", store.table(songs, "songs").collect().reverse())

    with pytest.raises(ValueError, match="differ in their order"):
        place_songs(store, other, features, model)


def test_neighbours_of_a_piece_are_those_it_has_among_all_songs(
    store: Store, songs: ArtifactRef
) -> None:
    table = store.table(songs, "songs").collect()
    places, settings = latents_of(store, table["song_id"]), NeighbourSettings(k=8)
    whole = store.table(list_neighbours(store, songs, places, settings), "neighbours").collect()
    among = {"songs": songs, "latents": places, "settings": settings}
    inputs = {"index": tasks.neighbours.index.run(store, among), **among}
    rows = store.table(places, "latents").collect()
    pieces = [keep(store, "latents", part) for part in (rows[:90], rows[90:120], rows[120:])]

    found = [
        store.table(
            tasks.neighbours.neighbours.run(store, {"placed": piece, **inputs}), "neighbours"
        )
        for piece in pieces
    ]

    assert pl.concat(found).collect().equals(whole)


def test_a_piece_that_is_no_run_of_the_songs_is_refused(store: Store, songs: ArtifactRef) -> None:
    table = store.table(songs, "songs").collect()
    places, settings = latents_of(store, table["song_id"]), NeighbourSettings(k=8)
    among = {"songs": songs, "latents": places, "settings": settings}
    inputs = {"index": tasks.neighbours.index.run(store, among), **among}
    every_other = keep(store, "latents", store.table(places, "latents").collect().gather_every(2))

    with pytest.raises(ValueError, match="Place the songs again"):
        tasks.neighbours.neighbours.run(store, {"placed": every_other, **inputs})


def test_clone_groups_stand_beside_their_songs(make_songs: MakeSongs) -> None:
    songs = make_songs(song_id=[3, 1, 2], clone_group=[3, 1, 1]).lazy()

    assert clone_groups(songs, pl.Series([3, 1, 2])).tolist() == [3, 1, 1]
    with pytest.raises(ValueError, match="3 songs"):
        clone_groups(songs, pl.Series([1, 2, 3]))
