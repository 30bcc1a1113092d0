"""A taste: any part of what describes a song, the rest unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, SupportsFloat, TypedDict

import numpy as np

from songspace.encoder import SongEncoder
from songspace.inputs import GENRES_PER_SONG, Floats, Inputs
from songspace.schemas import CONTINUOUS, MEDITATION, NUMERIC


class Taste(TypedDict, total=False):
    """What a listener may ask for; all that is left out or None is unknown, which is not nought."""

    tempo: float | None  # beats a minute
    popularity: float | None  # 0 to 100, like the next seven
    energy: float | None
    danceability: float | None
    positiveness: float | None
    speechiness: float | None
    liveness: float | None
    acousticness: float | None
    instrumentalness: float | None
    good_for_party: bool | None
    good_for_work_study: bool | None
    good_for_exercise: bool | None
    good_for_running: bool | None
    good_for_driving: bool | None
    good_for_social_gatherings: bool | None
    good_for_morning_routine: bool | None
    good_for_meditation_stretching: int | None  # 0 to 2
    artist: str | None
    genre: str | None  # one tag, or several with commas between
    emotion: str | None


FIELDS: Final = tuple(Taste.__annotations__)

WORDS: Final = ("artist", "genre", "emotion")
"""The fields that are names; the others are numbers."""

MOST: Final = {
    "tempo": 300.0,
    **dict.fromkeys(CONTINUOUS[1:], 100.0),
    MEDITATION: 2.0,
}
"""The highest value of each number; a switch's is 1, and the lowest is 0."""


@dataclass(frozen=True, eq=False)
class Profile:
    """What is known of a song or of a taste, as the network reads it and as people say it."""

    inputs: Inputs  # one row
    numbers: Floats  # [17], as in the catalogue, NaN where unknown
    artists: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    emotion: str | None = None
    unheard: tuple[str, ...] = ()  # fields whose name the network does not know

    @property
    def is_known(self) -> bool:
        """Whether the network knows anything of it."""
        ids = (self.inputs.artist, self.inputs.genre, self.inputs.emotion)
        return not np.isnan(self.numbers).all() or any(known.any() for known in ids)


class Reader:
    """Turns what describes a song into what the network reads, by the vocabularies and the scaler of a release."""

    def __init__(self, encoder: SongEncoder) -> None:
        features = encoder.features
        self._ids: dict[str, Mapping[str, int]] = {
            name: {token: place for place, token in enumerate(vocabulary.tokens, 1)}
            for name, vocabulary in (
                ("artist", features.artist),
                ("genre", features.genre),
                ("emotion", features.emotion),
            )
        }
        rest = len(NUMERIC) - len(CONTINUOUS)
        self._mean = np.array([*features.scaler.mean, *[0.0] * rest], np.float64)
        self._sd = np.array([*features.scaler.sd, *[1.0] * rest], np.float64)

    def taste(self, taste: Taste) -> Profile:
        """The profile of a taste.

        Raises:
            ValueError: If there is no such field, or a number is out of its range.
        """
        if strange := set(taste) - set(FIELDS):
            raise ValueError(f"Expected fields out of {FIELDS}. Received: {sorted(strange)}.")
        known: dict[str, Any] = {name: value for name, value in taste.items() if value is not None}
        numbers = np.array([number(name, known.get(name)) for name in NUMERIC], np.float32)
        words = {name: str(known[name]) for name in WORDS if name in known}
        return self.profile(
            numbers,
            artists=_split(words.get("artist", ""), separator=None),
            tags=_split(words.get("genre", "").lower(), separator=","),
            emotion=words.get("emotion", "").strip() or None,
        )

    def profile(
        self,
        numbers: Floats,
        artists: tuple[str, ...],
        tags: tuple[str, ...],
        emotion: str | None,
    ) -> Profile:
        """The profile of a song with these 17 numbers, NaN where unknown, and these names."""
        artist = self._ids["artist"].get(artists[0].lower(), 0) if artists else 0
        genre = [self._ids["genre"].get(tag.lower(), 0) for tag in tags]
        mood = self._ids["emotion"].get(emotion.strip().lower(), 0) if emotion else 0
        heard = [place for place in genre if place][:GENRES_PER_SONG]
        unheard = {
            "artist": bool(artists) and not artist,
            "genre": bool(tags) and not all(genre),
            "emotion": emotion is not None and not mood,
        }
        inputs = Inputs(
            numeric=((numbers - self._mean) / self._sd).astype(np.float32)[None],
            artist=np.array([artist], np.int32),
            genre=np.array([[*heard, *[0] * (GENRES_PER_SONG - len(heard))]], np.int32),
            emotion=np.array([mood], np.int32),
        )
        missing = tuple(name for name, is_missing in unheard.items() if is_missing)
        return Profile(inputs, numbers, artists, tags, emotion, missing)

    def names(self, kind: str) -> Iterable[str]:
        """All artists, genres or emotions that the network knows, in lower case."""
        return self._ids[kind].keys()

    def knows(self, kind: str, name: str) -> bool:
        """Whether the network knows an artist, a genre or an emotion of that name."""
        return name.strip().lower() in self._ids[kind]


def number(name: str, value: object) -> float:
    """The value of a numeric field, NaN for None.

    Raises:
        ValueError: If it is no number, or out of its range.
    """
    if value is None:
        return math.nan
    most = MOST.get(name, 1.0)
    known = float(value) if isinstance(value, SupportsFloat) else math.nan
    if not 0 <= known <= most:
        raise ValueError(f"Expected {name} from 0 to {most:g}. Received: {value!r}.")
    return known


def _split(text: str, separator: str | None) -> tuple[str, ...]:
    """The parts of a text that are not blank."""
    parts = text.split(separator) if separator else [text]
    return tuple(part.strip() for part in parts if part.strip())
