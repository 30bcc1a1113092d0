"""What a recommender keeps in memory of a release: its songs as arrays, row by row beside the latents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from songspace.features import artist_token, emotion_token, meditation
from songspace.schemas import CONTINUOUS, GOOD_FOR, MEDITATION, NUMERIC

Mask = npt.NDArray[np.bool_]
Raw = npt.NDArray[np.int16]
Codes = npt.NDArray[np.int64]

UNKNOWN: Final = -1
"""Stands for a number that is not known."""

TAGS: Final = 8
"""Genre tags of a song that are kept; the catalogue gives one to three."""

SHOWN: Final = (
    "song_id",
    "artist",
    "artists",
    "song",
    "album",
    "genre",
    "emotion",
    "length_s",
    "release_date",
    "popularity",
    "explicit",
)
"""Columns of SONGS that are shown of a song, beside its tags."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The songs of a release. Rows are numbered as in its tables."""

    shown: pl.DataFrame  # SHOWN
    numeric: Raw  # [n, 17], as in the catalogue, UNKNOWN where null
    artist: Codes  # [n], equal where the first artist is
    title: Codes  # [n], equal where first artist and title are
    clones: Codes  # [n], equal where the recording is
    tags: npt.NDArray[np.int32]  # [n, TAGS], places in `genres`, UNKNOWN where there are no more
    emotion: npt.NDArray[np.int32]  # [n], a place in `emotions`
    year: npt.NDArray[np.int16]  # [n], UNKNOWN where null
    explicit: npt.NDArray[np.int8]  # [n], 0, 1 or UNKNOWN
    genres: Mapping[str, int]  # every tag, the most frequent first
    emotions: Mapping[str, int]  # likewise

    @classmethod
    def read(cls, songs: pl.LazyFrame) -> Catalogue:
        """The catalogue of SONGS; column by column, since all at once would take 200 MB more for a while."""
        # A row that lies in many chunks takes ten times as long to look up as one in a single chunk.
        shown = pl.DataFrame([_read(songs, pl.col(name)).rechunk() for name in SHOWN])
        genres, tags = code_tags(_read(songs, pl.col("genres")))
        emotions, emotion = code(_read(shown.lazy(), emotion_token()))
        year = pl.col("release_date").dt.year().fill_null(UNKNOWN).cast(pl.Int16)
        numeric = songs.select(_numbers()).collect()
        return cls(
            shown=shown,
            numeric=numeric.to_numpy(order="c"),
            artist=_read(shown.lazy(), artist_token().hash()).to_numpy().view(np.int64),
            title=_read(shown.lazy(), title_key().hash()).to_numpy().view(np.int64),
            clones=_read(songs, pl.col("clone_group")).to_numpy(),
            tags=tags,
            emotion=emotion,
            year=shown.select(year).to_series().to_numpy(),
            explicit=shown["explicit"].cast(pl.Int8).fill_null(UNKNOWN).to_numpy(),
            genres=genres,
            emotions=emotions,
        )

    def __len__(self) -> int:
        return len(self.shown)

    def raw(self, feature: str) -> Raw:
        """One of NUMERIC of all songs, [n], UNKNOWN where null."""
        column: Raw = self.numeric[:, NUMERIC.index(feature)]
        return column

    def tags_of(self, rows: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
        """The genre tags of songs, in their order."""
        names = tuple(self.genres)
        return [
            tuple(names[tag] for tag in tags if tag != UNKNOWN) for tags in self.tags[rows].tolist()
        ]

    def tagged(self, names: Iterable[str]) -> Mask:
        """Which songs carry one of these genre tags at least, [n]."""
        return _any_of(self.tags, names, self.genres)

    def of_emotion(self, names: Iterable[str]) -> Mask:
        """Which songs are of one of these emotions, [n]."""
        return _any_of(self.emotion[:, None], names, self.emotions)


MARKS: Final = "acoustic|demo|edit|feat|ft|instrumental|live|mix|mono|remaster|remastered|remix|stereo|version|with"
VERSION: Final = (
    rf"(?:\s+-[^-(\[]*\b(?:{MARKS})\b[^-(\[]*"
    rf"|\s*\([^()]*\b(?:{MARKS})\b[^()]*\)"
    rf"|\s*\[[^\[\]]*\b(?:{MARKS})\b[^\[\]]*\])+\s*$"
)
"""What tells versions of a song apart at the end of a title: after a dash or in brackets, a mark in each."""


def title_key() -> pl.Expr:
    """Equal for songs that a listener would take for the same: by first artist and title, whatever the version."""
    title = pl.col("song").str.to_lowercase().str.strip_chars()
    shorter = title.str.replace(VERSION, "")
    title = pl.when(shorter == "").then(title).otherwise(shorter)  # "(Stuck) With You"
    return pl.concat_str(artist_token(), title, separator="\x1f", ignore_nulls=True)


def code(values: pl.Series) -> tuple[dict[str, int], npt.NDArray[np.int32]]:
    """The distinct values, most frequent first, and the place of each of *values* among them, UNKNOWN for null."""
    ranked = values.drop_nulls().value_counts(sort=False, name="count")
    ranked = ranked.sort("count", values.name, descending=[True, False])
    places = {name: place for place, name in enumerate(ranked[values.name].to_list())}
    if not places:
        return {}, np.full(len(values), UNKNOWN, np.int32)
    codes = values.replace_strict(
        list(places), list(places.values()), default=UNKNOWN, return_dtype=pl.Int32
    )
    return places, codes.to_numpy()


def code_tags(lists: pl.Series) -> tuple[dict[str, int], npt.NDArray[np.int32]]:
    """The same for lists of tags: codes [n, TAGS]."""
    flat = lists.explode(empty_as_null=True)  # an empty list, or none, leaves one null
    places, codes = code(flat)
    lengths = np.maximum(lists.list.len().fill_null(0).to_numpy().astype(np.intp), 1)
    starts = np.cumsum(lengths) - lengths
    column = np.arange(len(flat)) - np.repeat(starts, lengths)
    row = np.repeat(np.arange(len(lists)), lengths)
    tags = np.full((len(lists), TAGS), UNKNOWN, np.int32)
    kept = column < TAGS
    tags[row[kept], column[kept]] = codes[kept]
    return places, tags


def _read(songs: pl.LazyFrame, column: pl.Expr) -> pl.Series:
    """One column."""
    return songs.select(column).collect(engine="streaming").to_series()


def _numbers() -> Sequence[pl.Expr]:
    """NUMERIC as the catalogue has them."""
    columns = [pl.col(name) for name in (*CONTINUOUS, *GOOD_FOR)]
    return [
        column.cast(pl.Int16).fill_null(UNKNOWN)
        for column in (*columns, meditation().alias(MEDITATION))
    ]


def _any_of(codes: npt.NDArray[np.int32], names: Iterable[str], places: Mapping[str, int]) -> Mask:
    """In which rows of *codes* [n, m] one of *names* stands."""
    wanted = np.zeros(len(places) + 1, bool)  # the last is that of UNKNOWN, -1
    wanted[[places[name] for name in names if name in places]] = True
    found: Mask = np.any(wanted[codes], axis=1)
    return found
