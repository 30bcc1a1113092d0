"""What may be asked for, with its bounds."""

from __future__ import annotations

from typing import Annotated, Final, cast

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from songspace.recommender import OCCASIONS, Choice, Filters, Taste
from songspace.recommender.choosing import MOST
from songspace.recommender.taste import MOST as MOST_OF

LONGEST_NAME: Final = 200
MOST_NAMES: Final = 20
MOST_SONGS: Final = 20
LAST_YEAR: Final = 2100


def _as_number(value: object) -> object:
    """True and false as 1 and 0."""
    return int(value) if isinstance(value, bool) else value


Percent = Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False)]
Switch = Annotated[
    bool | Annotated[int, Field(ge=0, le=1)] | None,
    Field(description="Wanted (1 or true), unwanted (0 or false), or unknown (null)."),
]
Name = Annotated[str | None, Field(max_length=LONGEST_NAME)]
SongId = Annotated[
    str, Field(pattern="^-?[0-9]{1,19}$", description="A song_id, in decimal digits.")
]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]], Field(max_length=MOST_NAMES)
]
Year = Annotated[int | None, Field(ge=0, le=LAST_YEAR)]
Popularity = Annotated[int | None, Field(ge=0, le=100)]


class Wanted(BaseModel):
    """Which songs may stand in a list, and how it is made up."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(20, ge=1, le=MOST, description="Songs in the list.")
    per_artist: int | None = Field(2, ge=1, le=MOST, description="Songs of one artist at most.")
    diversity: float = Field(
        0, ge=0, lt=1, allow_inf_nan=False, description="0: by nearness alone."
    )
    genres: Names = Field(default=[], description="Any of these tags.")
    emotions: Names = Field(default=[], description="Any of these emotions.")
    good_for: Annotated[list[str], Field(max_length=len(OCCASIONS))] = Field(
        default=[],
        description="All of these occasions.",
        json_schema_extra={"items": {"type": "string", "enum": list(OCCASIONS)}},
    )
    year_from: Year = None
    year_to: Year = None
    popularity_from: Popularity = None
    popularity_to: Popularity = None
    explicit: bool | None = None
    places: bool = Field(
        default=False, description="Whether the answer says where songs lie on the map."
    )

    @model_validator(mode="after")
    def _check(self) -> Wanted:
        """Refuse what Filters refuses."""
        self.filters()
        return self

    def choice(self) -> Choice:
        """How the list is made up."""
        return Choice(self.n, self.per_artist, self.diversity)

    def filters(self) -> Filters:
        """Which songs may stand in it."""
        return Filters(
            genres=self.genres,
            emotions=self.emotions,
            years=(self.year_from, self.year_to),
            popularity=(self.popularity_from, self.popularity_to),
            explicit=self.explicit,
            good_for=self.good_for,
        )


class TasteBody(Wanted):
    """A taste: all fields may be left out or null, and are unknown then."""

    tempo: float | None = Field(
        None, ge=0, le=MOST_OF["tempo"], allow_inf_nan=False, description="Beats a minute."
    )
    popularity: Percent = None
    energy: Percent = None
    danceability: Percent = None
    positiveness: Percent = None
    speechiness: Percent = None
    liveness: Percent = None
    acousticness: Percent = None
    instrumentalness: Percent = None
    good_for_party: Switch = None
    good_for_work_study: Switch = None
    good_for_exercise: Switch = None
    good_for_running: Switch = None
    good_for_driving: Switch = None
    good_for_social_gatherings: Switch = None
    good_for_morning_routine: Switch = None
    good_for_meditation_stretching: Annotated[
        bool | Annotated[int, Field(ge=0, le=2)] | None,
        Field(description="How many of meditation and stretching; true counts as 1."),
    ] = None
    artist: Name = None
    genre: Name = Field(default=None, description="One tag, or several with commas between.")
    emotion: Name = None

    def taste(self) -> Taste:
        """What is known of the taste."""
        given = self.model_dump(include=set(Taste.__annotations__))
        return cast("Taste", {name: _as_number(value) for name, value in given.items()})


class BlendBody(Wanted):
    """Songs that are liked, and songs that are not."""

    likes: Annotated[list[SongId], Field(min_length=1, max_length=MOST_SONGS)]
    dislikes: Annotated[list[SongId], Field(max_length=MOST_SONGS)] = []


WantedQuery = Annotated[Wanted, Query()]
InPathId = Annotated[SongId, Path()]
