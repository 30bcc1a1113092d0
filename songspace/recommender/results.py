"""What a recommender answers: songs, how near each is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias, overload

import polars as pl

Kind: TypeAlias = Literal["sound", "mood", "genre", "artist"]
"""The sides of a song that bring it near another: its 17 numbers, its emotion, its tags, its artist."""


@dataclass(frozen=True)
class Song:
    """A song as a list shows it; what the catalogue does not know is None."""

    song_id: int
    artist: str | None
    artists: tuple[str, ...]
    song: str | None
    album: str | None
    genre: str | None
    genres: tuple[str, ...]
    emotion: str | None
    length_s: int | None
    release_date: date | None
    popularity: int | None
    explicit: bool | None

    @property
    def name(self) -> str:
        """Artist and title, as `similar` finds it by."""
        return f"{self.artist} - {self.song}"


@dataclass(frozen=True)
class Agreement:
    """A feature that two songs agree in."""

    feature: str  # one of schemas.NUMERIC
    asked: float
    found: float
    rarity: float  # share of all songs that come as near in it; small says much


@dataclass(frozen=True)
class Reason:
    """One side of a song that brought it near."""

    kind: Kind
    share: float  # of the nearness that the sides explain, 0 to 1
    shared: tuple[str, ...] = ()  # tags, emotion or artists that both have
    agreements: tuple[Agreement, ...] = ()  # features that both agree in, the rarest first

    def __str__(self) -> str:
        details = ", ".join(
            (
                *self.shared,
                *(f"{in_words(item.feature)} {item.found:g}" for item in self.agreements),
            )
        )
        return f"{self.kind} {self.share:.0%}" + (f" ({details})" if details else "")


@dataclass(frozen=True)
class Recommendation:
    """A song, how near it is, and why."""

    song: Song
    cosine: float  # of its latent and what was asked for
    percentile: float  # per cent of all pairs of songs that are less alike
    reasons: tuple[Reason, ...]  # the weightiest first
    near: Song | None = None  # the song that the reasons compare with, if it is one

    @property
    def why(self) -> str:
        """The reasons in one line."""
        return "; ".join(map(str, self.reasons))


@dataclass(frozen=True)
class Recommendations(Sequence[Recommendation]):
    """A list of recommendations: best first, in the order they were chosen if it is diverse, or along a path."""

    items: tuple[Recommendation, ...]
    notes: tuple[str, ...] = ()  # what was asked for and could not be heeded, in sentences

    @overload
    def __getitem__(self, place: int) -> Recommendation: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Recommendation]: ...
    def __getitem__(self, place: int | slice) -> Recommendation | Sequence[Recommendation]:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)

    def to_frame(self) -> pl.DataFrame:
        """One row a recommendation: rank, cosine, percentile, why, and the fields of Song."""
        rows: list[dict[str, Any]] = [
            {
                "rank": rank,
                "cosine": item.cosine,
                "percentile": item.percentile,
                "why": item.why,
                **asdict(item.song),
            }
            for rank, item in enumerate(self.items, 1)
        ]
        return pl.DataFrame(rows, schema=FRAME)


FRAME = pl.Schema(
    {
        "rank": pl.Int32(),
        "cosine": pl.Float64(),
        "percentile": pl.Float64(),
        "why": pl.String(),
        "song_id": pl.Int64(),
        "artist": pl.String(),
        "artists": pl.List(pl.String),
        "song": pl.String(),
        "album": pl.String(),
        "genre": pl.String(),
        "genres": pl.List(pl.String),
        "emotion": pl.String(),
        "length_s": pl.Int32(),
        "release_date": pl.Date(),
        "popularity": pl.Int32(),
        "explicit": pl.Boolean(),
    }
)
"""The columns of `Recommendations.to_frame`."""


def in_words(feature: str) -> str:
    """A feature as people say it."""
    return feature.replace("_", " ")
