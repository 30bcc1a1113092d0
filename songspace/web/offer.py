"""What one release has to offer over HTTP: its recommender, its map and the choices of a form."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from songspace.once import once
from songspace.recommender import Recommendations, Recommender
from songspace.recommender.catalogue import UNKNOWN, Raw
from songspace.schemas import CONTINUOUS, NUMERIC
from songspace.web.answers import (
    Answer,
    Feature,
    MapAnswer,
    Option,
    Options,
    Place,
    SongPage,
    item,
    song_answer,
)

COLOURS: Final = 11
"""Groups that the map tells apart; the eye does not tell more."""

DIGITS: Final = 3


class Offer:
    """Everything that is answered out of one release."""

    def __init__(self, recommender: Recommender) -> None:
        self.recommender = recommender
        self.release = recommender.release_id
        self.songs = len(self.recommender)

    def warm(self) -> None:
        """Work out what would otherwise be worked out for the first who asks."""
        _ = self.recommender.titles.artists, self.options, self.map

    def answer(self, found: Recommendations, *, places: bool, asked: Place | None = None) -> Answer:
        """A list for JSON, with places on the map if these are wanted."""
        where = self._places(found) if places else [None] * len(found)
        return Answer(
            message=f"{len(found)} songs." if len(found) != 1 else "1 song.",
            data=[item(one, place) for one, place in zip(found, where, strict=True)],
            notes=list(found.notes),
            release=self.release,
            place=asked,
        )

    def _places(self, found: Recommendations) -> list[Place | None]:
        """Where the songs of a list lie on the map."""
        return [self.place_of(one.song.song_id) for one in found]

    def place_of(self, song_id: int) -> Place | None:
        """Where a song lies on the map.

        Raises:
            NotFound: If there is no such song.
        """
        row = self.recommender.row(song_id)
        return self.recommender.places.of_row(row, self.recommender.index.vector(row))

    def song_page(self, song_id: int) -> SongPage:
        """All that is known of one song.

        Raises:
            NotFound: If there is no such song.
        """
        row = self.recommender.row(song_id)
        numbers = self.recommender.catalogue.numeric[row].tolist()
        return SongPage(
            song=song_answer(self.recommender.song(row)),
            features={
                name: None if value == UNKNOWN else value
                for name, value in zip(NUMERIC, numbers, strict=True)
            },
            place=self.place_of(song_id),
            release=self.release,
        )

    @once
    def map(self) -> bytes:
        """MapAnswer as JSON, packed by gzip."""
        catalogue, places = self.recommender.catalogue, self.recommender.places
        rows = places.rows
        genre, genres = most_frequent(catalogue.tags[rows, 0], list(catalogue.genres))
        emotion, emotions = most_frequent(catalogue.emotion[rows], list(catalogue.emotions))
        answer = MapAnswer(
            release=self.release,
            song_id=[str(one) for one in catalogue.shown["song_id"].gather(rows).to_list()],
            x=np.round(places.xy[:, 0].astype(np.float64), DIGITS).tolist(),
            y=np.round(places.xy[:, 1].astype(np.float64), DIGITS).tolist(),
            genre=genre,
            emotion=emotion,
            genres=genres,
            emotions=emotions,
        )
        return gzip.compress(answer.model_dump_json().encode(), compresslevel=6)

    @once
    def options(self) -> Options:
        """What a form may offer, by what the catalogue holds."""
        catalogue = self.recommender.catalogue
        years = catalogue.year[catalogue.year > UNKNOWN]
        tags = np.bincount(catalogue.tags[catalogue.tags >= 0], minlength=len(catalogue.genres))
        moods = np.bincount(
            catalogue.emotion[catalogue.emotion >= 0], minlength=len(catalogue.emotions)
        )
        return Options(
            release=self.release,
            songs=self.songs,
            features=[_feature(name, catalogue.raw(name)) for name in NUMERIC],
            genres=[
                Option(name=name, songs=int(tags[at])) for name, at in catalogue.genres.items()
            ],
            emotions=[
                Option(name=name, songs=int(moods[at])) for name, at in catalogue.emotions.items()
            ],
            years=(int(years.min()), int(years.max())) if len(years) else None,
        )


def most_frequent(
    codes: npt.NDArray[np.int32], names: Sequence[str]
) -> tuple[list[int], list[str]]:
    """The COLOURS most frequent names and 'other', and for each code its place among them."""
    counts = np.bincount(codes[codes > UNKNOWN], minlength=1)
    told_apart = [int(one) for one in np.argsort(-counts, kind="stable")[:COLOURS] if counts[one]]
    place_of = np.full(len(names) + 1, len(told_apart))  # the last is that of UNKNOWN, -1
    place_of[told_apart] = np.arange(len(told_apart))
    places: list[int] = place_of[codes].tolist()
    return places, [*(names[one] for one in told_apart), "other"]


def _feature(name: str, values: Raw) -> Feature:
    """Range and quartiles of a feature."""
    known = values[values > UNKNOWN]
    if not len(known):
        return Feature(name=name, low=0, high=0, quartiles=(0, 0, 0), share_on=None)
    low, first, middle, third, high = np.quantile(known, [0, 0.25, 0.5, 0.75, 1]).tolist()
    share_on = None if name in CONTINUOUS else float((known > 0).mean())
    return Feature(
        name=name, low=low, high=high, quartiles=(first, middle, third), share_on=share_on
    )
