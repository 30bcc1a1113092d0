import numpy as np
import polars as pl

from models.inputs import network_inputs
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
