"""A chunk of a catalogue: what stands in every column of its rows, before anything is copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tasks.ingest.synthetic.artists import Artists
from tasks.ingest.synthetic.features import EMOTIONS, ERA, MAJOR_LEANS, SONG_SD, FeatureModel
from tasks.ingest.synthetic.lyrics import Lyricist
from tasks.ingest.synthetic.marginals import LENGTH_CURVE, at
from tasks.ingest.synthetic.special import (
    ALBUM,
    JUNK,
    JUNK_EMOTIONS,
    SHARED_ALBUM,
    SIGNATURE,
    Special,
)
from tasks.ingest.synthetic.styles import FACTORS
from tasks.ingest.synthetic.words import Namer

NOTES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NOTE_SHARES: Final = (0.11, 0.1, 0.11, 0.035, 0.08, 0.08, 0.065, 0.12, 0.065, 0.105, 0.06, 0.07)
SIGNATURES: Final = ("4/4", "3/4", "5/4", "1/4")
SIGNATURE_SHARES: Final = (0.905, 0.075, 0.014, 0.006)
LARGEST_ALBUM: Final = "Greatest Hits"
SONGS_PER_ALBUM: Final = 7
JUNK_YEAR_SHARE: Final = 0.002  # of the albums are dated 1900
FIRST_OF_JANUARY: Final = 0.11  # of the albums: the day of those whose day nobody knew
_ALBUM_CODES: Final = 1_000_000  # more than any artist has albums


@dataclass(frozen=True)
class Sources:
    """All that the rows of every chunk are drawn from."""

    artists: Artists
    special: Special
    model: FeatureModel
    namer: Namer
    lyricist: Lyricist


def draw_songs(
    sources: Sources, owner: np.ndarray, rng: np.random.Generator
) -> tuple[pl.DataFrame, np.ndarray]:
    """A song for each place in *owner*, which names its artist, and the songs' factors."""
    size, model, special = len(owner), sources.model, sources.special
    album, album_of = _albums(owner, sources.artists, rng)
    noise = SONG_SD * rng.standard_normal((size, len(FACTORS)))
    noise[:, ERA] = SONG_SD * rng.standard_normal(len(album))[album_of]
    factors = model.standard(sources.artists.factors[owner] + noise)

    emotion = _emotions(sources, owner, factors, rng)
    features = model.measure(factors, rng)
    years = np.zeros(len(album))
    years[album_of] = model.release_years(factors)  # alike within an album, as its era is
    seconds = at(LENGTH_CURVE, rng.random(size)).round().astype(np.int64)
    titles = sources.namer.titles(len(album), rng).gather(album_of)
    columns = {
        "Artist(s)": sources.artists.names.gather(owner),
        "song": sources.namer.titles(size, rng),
        "text": pl.Series(sources.lyricist.write(size, rng)),
        "Length": _clock(seconds),
        "emotion": emotion,
        "Genre": sources.artists.genres.gather(owner),
        "Album": _albums_named(titles, special, owner),
        "Release Date": _dates(years, rng).gather(album_of),
        "Key": _keys(factors, rng),
        "Tempo": features.pop("tempo"),
        "Loudness (db)": features.pop("loudness"),
        "Time signature": _emptied(
            pl.Series(rng.choice(SIGNATURES, size=size, p=SIGNATURE_SHARES)),
            special.of(owner, SIGNATURE),
        ),
        "Explicit": pl.Series(["No", "Yes"]).gather(model.explicit(factors, rng).astype(np.int64)),
        **{name.capitalize(): values for name, values in features.items()},
    }
    return pl.DataFrame(columns), factors


def _albums(
    owner: np.ndarray, artists: Artists, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The albums of these rows, and the place among them of each row's own."""
    available = np.ceil(artists.rows[owner] / SONGS_PER_ALBUM)
    code = owner * _ALBUM_CODES + (available * rng.random(len(owner))).astype(np.int64)
    album, album_of = np.unique(code, return_inverse=True)
    return album, album_of


def _albums_named(titles: pl.Series, special: Special, owner: np.ndarray) -> pl.Series:
    """The albums' *titles*, but for those that have none and those of the largest album."""
    largest = pl.Series([LARGEST_ALBUM]).new_from_index(0, len(titles))
    named = largest.zip_with(pl.Series(special.of(owner, SHARED_ALBUM)), titles)
    return _emptied(named, special.of(owner, ALBUM))


def _emotions(
    sources: Sources, owner: np.ndarray, factors: np.ndarray, rng: np.random.Generator
) -> pl.Series:
    """An emotion for every song, a junk word for a few."""
    junk = sources.special.codes[owner].astype(np.int64) - JUNK
    is_junk = (junk >= 0) & (junk < len(JUNK_EMOTIONS))
    drawn = np.where(is_junk, len(EMOTIONS) + junk, sources.model.emotions(factors, rng))
    return pl.Series([*EMOTIONS, *JUNK_EMOTIONS]).gather(drawn)


def _emptied(values: pl.Series, where: np.ndarray) -> pl.Series:
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    return nothing.zip_with(pl.Series(where), values)


def _clock(seconds: np.ndarray) -> pl.Series:
    """``mm:ss``."""
    minutes, rest = (pl.Series(part).cast(pl.String).str.zfill(2) for part in divmod(seconds, 60))
    return minutes + ":" + rest


def _keys(factors: np.ndarray, rng: np.random.Generator) -> pl.Series:
    """A note and a mode; the mode follows the mood."""
    note = pl.Series(rng.choice(NOTES, size=len(factors), p=NOTE_SHARES))
    major = rng.logistic(size=len(factors)) < 0.5 + factors @ MAJOR_LEANS
    return note + pl.Series([" min", " Maj"]).gather(major.astype(np.int64))


def _dates(years: np.ndarray, rng: np.random.Generator) -> pl.Series:
    """A date for every album."""
    junk = rng.random(len(years)) < JUNK_YEAR_SHARE
    rough = rng.random(len(years)) < FIRST_OF_JANUARY
    first = (np.floor(np.where(junk, 1900, years)) - 1970).astype("datetime64[Y]")
    day = np.where(junk | rough, 0, np.floor(years % 1 * 365)).astype("timedelta64[D]")
    return pl.Series(first.astype("datetime64[D]") + day)
