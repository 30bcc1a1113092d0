"""What is answered. A song_id is text here: JavaScript's numbers cannot hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from songspace.recommender import Reason, Recommendation, Song

Place = tuple[float, float]


class Metadata(BaseModel):
    """A song as people know it."""

    artist: str | None
    genre: str | None
    song: str | None
    length: str | None = Field(description="Minutes and seconds, mm:ss.")
    album: str | None
    release_date: str | None = Field(description="As YYYY-MM-DD.")


class SongAnswer(Metadata):
    """A song, with what names it and what else is known of it."""

    song_id: str
    artists: list[str]
    genres: list[str]
    emotion: str | None
    popularity: int | None
    explicit: bool | None


class AgreementAnswer(BaseModel):
    """A feature that two songs agree in."""

    feature: str
    asked: float
    found: float
    rarity: float = Field(description="Share of all songs that come as near in it.")


class ReasonAnswer(BaseModel):
    """One side of a song that brought it near."""

    kind: Literal["sound", "mood", "genre", "artist"]
    share: float = Field(description="Of the nearness that the four sides explain, 0 to 1.")
    shared: list[str]
    agreements: list[AgreementAnswer]


class Item(BaseModel):
    """A recommended song."""

    score: float = Field(description="The cosine of its latent and what was asked for.")
    percentile: float = Field(description="Per cent of all pairs of songs that are less alike.")
    metadata: Metadata
    song: SongAnswer
    reasons: list[ReasonAnswer]
    near: str | None = Field(description="The song_id that the reasons compare with.")
    place: Place | None = Field(default=None, description="Where it lies on the map.")


class Answer(BaseModel):
    """A list of songs, best first."""

    status: Literal["success"] = "success"
    message: str
    data: list[Item]
    notes: list[str] = Field(description="What could not be heeded, in sentences.")
    release: str
    place: Place | None = Field(
        default=None, description="Where what was asked for lies on the map."
    )


class Found(BaseModel):
    """Songs found by name."""

    songs: list[SongAnswer]
    artists: list[str] = Field(description="Where nothing was found: artists called nearly so.")
    release: str


class SongPage(BaseModel):
    """All that is known of one song."""

    song: SongAnswer
    features: dict[str, int | None]
    place: Place | None
    release: str


class MapAnswer(BaseModel):
    """The map, column by column: place i of each is one song."""

    release: str
    song_id: list[str]
    x: list[float]
    y: list[float]
    genre: list[int] = Field(description="A place in `genres`.")
    emotion: list[int] = Field(description="A place in `emotions`.")
    genres: list[str] = Field(description="The most frequent first tags, then 'other'.")
    emotions: list[str]


class Feature(BaseModel):
    """A numeric feature as the catalogue has it."""

    name: str
    low: float
    high: float
    quartiles: tuple[float, float, float]
    share_on: float | None = Field(
        description="Of a switch: share of the songs for which it is on."
    )


class Option(BaseModel):
    """A name to choose, and how many songs have it."""

    name: str
    songs: int


class Options(BaseModel):
    """What a form may offer."""

    release: str
    songs: int
    features: list[Feature]
    genres: list[Option]
    emotions: list[Option]
    years: tuple[int, int] | None


class Health(BaseModel):
    """Whether songs are served, and which."""

    status: Literal["ok"]
    release: str
    songs: int
    trouble: str | None = Field(description="Why a newer release could not be taken up.")


class Problem(BaseModel):
    """A problem, by RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []


def song_answer(song: Song) -> SongAnswer:
    """A song for JSON."""
    return SongAnswer(
        **_facts(song),
        song_id=str(song.song_id),
        artists=list(song.artists),
        genres=list(song.genres),
        emotion=song.emotion,
        popularity=song.popularity,
        explicit=song.explicit,
    )


def _facts(song: Song) -> dict[str, str | None]:
    """The fields of Metadata."""
    length = song.length_s
    return {
        "artist": song.artist,
        "genre": song.genre,
        "song": song.song,
        "length": None if length is None else f"{length // 60:02d}:{length % 60:02d}",
        "album": song.album,
        "release_date": song.release_date.isoformat() if song.release_date else None,
    }


def item(recommendation: Recommendation, place: Place | None) -> Item:
    """A recommendation for JSON."""
    near = recommendation.near
    return Item(
        score=round(recommendation.cosine, 6),
        percentile=round(recommendation.percentile, 4),
        metadata=Metadata(**_facts(recommendation.song)),
        song=song_answer(recommendation.song),
        reasons=reasons(recommendation.reasons),
        near=None if near is None else str(near.song_id),
        place=place,
    )


def reasons(told: Sequence[Reason]) -> list[ReasonAnswer]:
    """Reasons for JSON."""
    return [
        ReasonAnswer(
            kind=reason.kind,
            share=reason.share,
            shared=list(reason.shared),
            agreements=[AgreementAnswer(**vars(agreement)) for agreement in reason.agreements],
        )
        for reason in told
    ]
