"""A small catalogue to be served: some hundred songs, a few of them with names that mean harm."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from songspace.encoder import SongEncoder
from songspace.features import FeatureEncoder, Scaler
from songspace.network import Dense, Network
from songspace.schemas import CONTINUOUS, LATENTS, MAP, SONGS
from songspace.vocabulary import Vocabulary
from storage import Store

SONGS_MADE: Final = 600
ON_THE_MAP: Final = 300

ARTISTS: Final = tuple(f"{name} {number}" for name in ("Ann", "Bob", "Cleo") for number in range(9))
UNPLACED: Final = "Zacharias Quill"
"""Has songs here, but is not among the artists that the network knows."""

DUET: Final = ("Ann 1", "Bob 1")
"""Made the last song together."""

GENRES: Final = ("pop", "rock", "jazz", "hip hop", "folk", "metal", "ambient")
EMOTIONS: Final = ("joy", "sadness", "anger", "fear", "love")

HOSTILE: Final = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"',
    "'; DROP TABLE songs; --",
    "🎉 fête",
    "שיר ערב",
    "\u202eright to left",
    "a\nb\tc",
    "{{7*7}} ${7*7}",
    "!!!",
)
"""Titles that a page or a search could stumble over."""

ENCODER: Final = FeatureEncoder(
    artist=Vocabulary(tuple(artist.lower() for artist in ARTISTS)),
    genre=Vocabulary(GENRES),
    emotion=Vocabulary(EMOTIONS),
    scaler=Scaler((120.0, *(50.0,) * 8), (30.0, *(25.0,) * 8)),
)


def make_songs(seed: int) -> pl.DataFrame:
    """SONGS_MADE rows of SONGS; one in ten numbers and one in twenty names is not known."""
    drawn = np.random.default_rng(seed)
    rows = SONGS_MADE
    titles = [*HOSTILE, *(f"Song number {row}" for row in range(len(HOSTILE), rows))]
    artists = [[artist] for artist in (UNPLACED, *drawn.choice(ARTISTS, rows - 1).tolist())]
    artists[-1] = [*DUET]
    genres = [drawn.choice(GENRES, 1 + row % 3, replace=False).tolist() for row in range(rows)]

    def holed(values: list[Any], share: float) -> list[Any]:
        gone = drawn.random(rows) < share
        return [None if hole else value for value, hole in zip(values, gone, strict=True)]

    ids = drawn.integers(-(2**63), 2**63 - 1, rows).tolist()
    columns: dict[str, list[Any]] = {
        "song_id": ids,
        "artist": [",".join(names) for names in artists],
        "artists": artists,
        "song": titles,
        "length_s": holed(drawn.integers(30, 4000, rows).tolist(), 0.05),
        "emotion": holed(drawn.choice(EMOTIONS, rows).tolist(), 0.05),
        "genre": [",".join(tags) for tags in genres],
        "genres": genres,
        "album": holed([f"Album {row % 50}" for row in range(rows)], 0.05),
        "release_date": holed(
            [date(1960, 1, 1) + timedelta(days=30 * row) for row in range(rows)], 0.05
        ),
        "explicit": holed((drawn.random(rows) < 0.3).tolist(), 0.05),
        "tempo": holed(drawn.integers(50, 201, rows).tolist(), 0.1),
        "clone_group": ids,
        "duplicates": [0] * rows,
        "file": ["songs.csv"] * rows,
        "line": [*range(2, rows + 2)],
    }
    for name in CONTINUOUS[1:]:
        columns[name] = holed(drawn.integers(0, 101, rows).tolist(), 0.1)
    for name in SONGS:
        if name.startswith("good_for_"):
            columns[name] = holed((drawn.random(rows) < 0.4).tolist(), 0.05)
    return pl.DataFrame({name: columns.get(name, [None] * rows) for name in SONGS}, schema=SONGS)


def make_network(seed: int) -> Network:
    """A network that nobody trained, for the names in ENCODER."""
    drawn = np.random.default_rng(seed)

    def weights(*shape: int) -> Any:
        return drawn.standard_normal(shape, np.float32)

    return Network(
        artist=weights(ENCODER.artist.size, 6),
        genre=weights(ENCODER.genre.size, 5),
        emotion=weights(ENCODER.emotion.size, 4),
        hidden=(Dense(weights(34 + 15, 32), weights(32)),),
        latent=Dense(weights(32, 20), weights(20)),
    )


def build(store: Store, seed: int = 1) -> str:
    """A release of a catalogue and a network of that seed; its id."""
    songs, network = make_songs(seed), make_network(seed)
    places = pl.Series("latent", SongEncoder(ENCODER, network)(songs), LATENTS["latent"])
    latents = songs.select(name for name in LATENTS if name != "latent").with_columns(places)
    drawn = np.random.default_rng(seed)
    xy = drawn.standard_normal((ON_THE_MAP, 2)).astype(np.float32)
    map_ = (
        songs.head(ON_THE_MAP)
        .select("song_id")
        .with_columns(x=pl.Series(xy[:, 0]), y=pl.Series(xy[:, 1]))
    )
    with store.draft() as draft:
        write_table(draft / "songs", songs)
        write_table(draft / "latents", latents.select(list(LATENTS)))
        write_table(draft / "map", map_.select(list(MAP)))
        (draft / "encoder").mkdir()
        ENCODER.save(draft / "encoder")
        (draft / "model").mkdir()
        network.save(draft / "model" / "encoder.safetensors")
        (draft / "model" / "space.json").write_text(json.dumps({"space_id": f"s-{seed}"}))
        ref = store.commit(draft, "run", recipe={"seed": seed})
    folders = ("songs", "latents", "map", "encoder", "model")
    return store.build_release({name: (ref, name) for name in folders}, meta={"seed": seed})


def write_table(folder: Path, table: pl.DataFrame) -> None:
    """A table in two parts."""
    folder.mkdir()
    half = len(table) // 2
    table[:half].write_parquet(folder / "part-0.parquet")
    table[half:].write_parquet(folder / "part-1.parquet")
