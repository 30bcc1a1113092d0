"""A catalogue of some four hundred songs, drawn with a fixed seed, and how it becomes a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from songspace.encoder import SongEncoder
from songspace.features import FeatureEncoder, Scaler
from songspace.inputs import Floats
from songspace.network import Dense, Network
from songspace.schemas import CONTINUOUS, LATENTS, MAP, SONGS
from songspace.vocabulary import Vocabulary
from storage import Store

ARTISTS: Final = (
    "Abba",
    "Beyoncé",
    "Cher",
    "Sigur Rós",
    "Motörhead",
    "!!!",
    "AC/DC",
    "Nina Simone",
    "The The",
    "Zaz",
    "Iron Maiden",
    "Kraftwerk",
)
FIRST: Final = ("Dark", "Golden", "Lonely", "Electric", "Silent", "Broken")
SECOND: Final = ("River", "Moon", "Street", "Heart", "Train")
GENRES: Final = ("pop", "disco", "rock", "metal", "jazz", "chanson", "electronic", "polka")
EMOTIONS: Final = ("joy", "sadness", "anger", "fear")

RARE_ARTIST: Final = "Hapax"
"""Has one song, too few for the vocabulary."""

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "'; DROP TABLE songs; --",
    ".*[(\\d+",
    "???",
    "Line one\nline two",
    "Blank\n\nbetween",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnos",
    "\N{FIRE}",
)
"""Titles of Kraftwerk's, one song each."""

ENCODER: Final = FeatureEncoder(
    artist=Vocabulary(tuple(name.lower() for name in ARTISTS)),
    genre=Vocabulary(GENRES),
    emotion=Vocabulary(EMOTIONS),
    scaler=Scaler((120.0, *(50.0,) * 8), (40.0, *(25.0,) * 8)),
)


def small_catalogue() -> pl.DataFrame:
    """SONGS: thirty songs of each of ARTISTS, then those that are hard to tell from others."""
    drawn = np.random.default_rng(7)
    songs = [
        song(drawn, artist, f"{first} {second}")
        for artist in ARTISTS
        for first in FIRST
        for second in SECOND
    ]
    songs += [song(drawn, "Kraftwerk", title) for title in HOSTILE]
    songs.append(song(drawn, RARE_ARTIST, "Legomenon"))
    songs += [
        {**song(drawn, "Cher", title), "artists": ["Cher", "Zaz"], "artist": "Cher,Zaz"}
        for title in ("Dark River", "Only Together")
    ]
    songs += [song(drawn, "Zaz", f"Golden Moon{mark}") for mark in (" - Live", " (Remix)")]
    songs += [{**songs[number], "artist": "Band", "artists": ["Band"]} for number in (0, 1, 31)]
    songs += [
        dict.fromkeys(SONGS) | {"artist": "Zaz", "artists": ["Zaz"], "song": "Blank", "genres": []}
    ]
    ids = drawn.integers(-(2**62), 2**62, len(songs))
    table = pl.DataFrame(songs, schema=SONGS).with_columns(song_id=pl.Series(ids))
    return table.with_columns(clone_group=pl.col("song_id").first().over("line", "popularity"))


def song(drawn: np.random.Generator, artist: str, title: str) -> dict[str, Any]:
    """A song of SONGS with values out of *drawn*; one in ten of them is unknown."""
    line = int(drawn.integers(1, 2**40))  # copied with the song, so that it tells clones
    tags = drawn.choice(GENRES[:-1], drawn.integers(1, 4), replace=False).tolist()
    if drawn.random() < 0.04:
        tags = ["polka"]
    values: dict[str, Any] = {
        "emotion": str(drawn.choice(EMOTIONS)),
        "release_date": date(int(drawn.integers(1960, 2024)), 1, 31),
        "explicit": bool(drawn.random() < 0.3),
        "length_s": int(drawn.integers(100, 400)),
        "tempo": int(drawn.integers(60, 200)),
        **{name: int(drawn.integers(0, 101)) for name in CONTINUOUS[1:]},
        **{name: bool(drawn.random() < 0.4) for name in SONGS if name.startswith("good_for_")},
    }
    known = {name: None if drawn.random() < 0.1 else value for name, value in values.items()}
    names = {"artist": artist, "artists": [artist], "song": title, "album": f"{artist} sings"}
    return {**names, "genre": ",".join(tags), "genres": tags, "line": line, **known}


def network() -> Network:
    """A network that nobody trained, for ENCODER."""
    drawn = np.random.default_rng(3)

    def weights(*shape: int) -> Any:
        return drawn.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[0]))

    return Network(
        artist=2 * weights(len(ARTISTS) + 1, 6),
        genre=2 * weights(len(GENRES) + 1, 5),
        emotion=2 * weights(len(EMOTIONS) + 1, 4),
        hidden=(Dense(weights(34 + 15, 32), weights(32)),),
        latent=Dense(weights(32, 20), weights(20)),
    )


def encoder() -> SongEncoder:
    """Places songs as the release does."""
    return SongEncoder(ENCODER, network())


def publish(
    folder: Path,
    songs: pl.DataFrame,
    points: Mapping[int, tuple[float, float]] | None = None,
    latents: Floats | None = None,
) -> Path:
    """A store in *folder* with one live release of *songs*; its root.

    *points* are the songs on the map, by song_id; without them there is no map. Without *latents* the songs
    lie where `encoder` places them.
    """
    store = Store.open(folder)
    places = encoder()(songs) if latents is None else latents
    placed = songs.with_columns(latent=pl.Series(places, dtype=pl.Array(pl.Float32, 20)))
    tables = {"songs": songs, "latents": placed.select(list(LATENTS))}
    if points is not None:
        tables["map"] = pl.DataFrame(
            [(song_id, *place) for song_id, place in points.items()], schema=MAP, orient="row"
        )
    with store.draft() as draft:
        for name, table in tables.items():
            (draft / name).mkdir()
            half = len(table) // 2
            table[:half].write_parquet(draft / name / "part-0.parquet")
            table[half:].write_parquet(draft / name / "part-1.parquet")
        (draft / "encoder").mkdir()
        ENCODER.save(draft / "encoder")
        (draft / "model").mkdir()
        network().save(draft / "model" / "encoder.safetensors")
        (draft / "model" / "space.json").write_text(json.dumps({"space_id": "s-1"}))
        ref = store.commit(draft, "run", recipe={})
    folders = {name: (ref, name) for name in (*tables, "encoder", "model")}
    store.promote(store.build_release(folders, meta={}), expected=None)
    return store.root
