from typing import Any

import numpy as np
import polars as pl
import pytest

from songspace.aligned import ALIGNMENT
from songspace.inputs import Inputs, network_inputs
from songspace.schemas import FEATURES, NUMERIC


def test_features_become_arrays_row_by_row() -> None:
    """Unknown numbers are NaN, and of more than four tags the first four are read."""
    features = pl.DataFrame(
        {
            "song_id": [1, 2, 3],
            **{name: [0.0, 1.0, 0.0] for name in NUMERIC},
            NUMERIC[0]: [0.5, None, -2.0],
            NUMERIC[16]: [2, 1, None],
            "artist_id": [4, 0, 9],
            "genre_ids": [[3, 1], [], [5, 6, 7, 8, 9]],
            "emotion_id": [2, 0, 1],
        },
        strict=False,
    ).select(
        pl.col(name).cast(dtype) if name != "genre_ids" else pl.col(name).cast(pl.List(pl.Int16))
        for name, dtype in FEATURES.items()
    )

    inputs = network_inputs(features)

    nan = float("nan")
    assert np.array_equal(inputs.numeric[:, 0], [0.5, nan, -2.0], equal_nan=True)
    assert np.array_equal(inputs.numeric[:, 16], [2, 1, nan], equal_nan=True)
    assert inputs.numeric[:, 1:16].tolist() == [[0.0] * 15, [1.0] * 15, [0.0] * 15]
    assert inputs.artist.tolist() == [4, 0, 9]
    assert inputs.genre.tolist() == [[3, 1, 0, 0], [0, 0, 0, 0], [5, 6, 7, 8]]
    assert inputs.emotion.tolist() == [2, 0, 1]
    assert {array.dtype.name for array in inputs.as_dict().values()} == {"float32", "int32"}


def two_songs() -> Inputs:
    """Two songs of which everything is known."""
    return Inputs(
        numeric=np.arange(34, dtype=np.float32).reshape(2, 17),
        artist=np.array([4, 9], np.int32),
        genre=np.array([[3, 1, 0, 0], [5, 0, 0, 0]], np.int32),
        emotion=np.array([2, 1], np.int32),
    )


def same(one: Inputs, other: Inputs) -> bool:
    return all(
        np.array_equal(array, other.as_dict()[name], equal_nan=True)
        and array.dtype == other.as_dict()[name].dtype
        for name, array in one.as_dict().items()
    )


@pytest.mark.parametrize("rows", [np.array([1, 0, 1]), slice(1, None), np.array([False, True])])
def test_songs_are_taken_with_all_their_fields(rows: Any) -> None:
    taken = two_songs().take(rows)

    assert taken.artist.tolist() == np.array([4, 9])[rows].tolist()
    assert taken.genre[0].tolist() == [5, 0, 0, 0]
    assert (len(taken), taken.numeric[0, 0], taken.emotion[0]) == (len(taken.artist), 17, 1)


@pytest.mark.parametrize("field", ["artist", "genre", "emotion"])
def test_a_hidden_category_is_unknown_and_nothing_else_changes(field: str) -> None:
    songs = two_songs()

    hidden = songs.hiding(field)

    assert not hidden.as_dict()[field].any()
    assert hidden.as_dict()[field].dtype == np.int32
    others = [name for name in songs.as_dict() if name != field]
    assert all(hidden.as_dict()[name].tolist() == songs.as_dict()[name].tolist() for name in others)


def test_numbers_are_hidden_together_or_one_by_one() -> None:
    songs = two_songs()

    assert np.isnan(songs.hiding("numeric").numeric).all()
    alone = songs.hiding("energy", NUMERIC[16])
    places = [NUMERIC.index("energy"), 16]
    assert np.isnan(alone.numeric[:, places]).all()
    assert np.isnan(alone.numeric).sum() == 4
    assert alone.artist.tolist() == [4, 9]


def test_fields_hidden_together_are_those_hidden_one_after_another() -> None:
    songs = two_songs()

    assert same(songs.hiding("genre", "tempo"), songs.hiding("tempo").hiding("genre"))
    assert same(songs.hiding(), songs)


def test_hiding_leaves_the_songs_themselves_as_they_are() -> None:
    songs = two_songs()

    songs.hiding("numeric", "artist", "genre", "emotion")

    assert same(songs, two_songs())


def test_a_field_that_there_is_not_cannot_be_hidden() -> None:
    with pytest.raises(ValueError, match=r"Received: \('artist', 'genres'\)"):
        two_songs().hiding("artist", "genres")


@pytest.mark.parametrize("songs", [1, 7, 1000])
def test_room_for_songs_starts_where_libraries_can_work_on_it(songs: int) -> None:
    room = Inputs.empty(songs)

    assert [array.shape for array in room.as_dict().values()] == [
        (songs, 17),
        (songs,),
        (songs, 4),
        (songs,),
    ]
    assert [array.dtype for array in room.as_dict().values()] == ["f4", "i4", "i4", "i4"]
    assert all(array.ctypes.data % ALIGNMENT == 0 for array in room.as_dict().values())
