"""What may be asked for, with its bounds."""

from __future__ import annotations

from typing import Annotated, Final, Self, cast

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from songspace.recommender import OCCASIONS, Choice, Filters, Taste
from songspace.recommender.choosing import MOST
from songspace.recommender.recommender import STEPS
from songspace.recommender.taste import MOST as MOST_OF

LONGEST_NAME: Final = 200
MOST_NAMES: Final = 20
MOST_SONGS: Final = 20
LAST_YEAR: Final = 2100

STRICT: Final = ConfigDict(extra="forbid", strict=True)
"""JSON has numbers and truth values of its own; in a query they are text."""


def _whole(value: object) -> object:
    """A number without a fraction as an integer, which it is in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_number(value: object) -> object:
    """True and false as 1 and 0."""
    return int(value) if isinstance(value, bool) else _whole(value)


def _or_boolean(most: int) -> WithJsonSchema:
    """What the document says of a number up to *most* for which true and false may stand."""
    number = {"type": "integer", "minimum": 0, "maximum": most}
    return WithJsonSchema({"anyOf": [{"type": "boolean"}, number]})


Count = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(_whole)]
Percent = Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False)]
Switch = Annotated[
    Annotated[int, Field(ge=0, le=1), BeforeValidator(_as_number), _or_boolean(1)] | None,
    Field(description="Wanted (1 or true), unwanted (0 or false), or unknown (null)."),
]
Name = Annotated[str | None, Field(max_length=LONGEST_NAME)]
SongId = Annotated[
    str, Field(pattern="^-?[0-9]{1,19}$", description="A song_id, in decimal digits.")
]
Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]], Field(max_length=MOST_NAMES)
]
Year = Annotated[int, Field(ge=0, le=LAST_YEAR), BeforeValidator(_whole)]
Popularity = Annotated[int, Field(ge=0, le=100), BeforeValidator(_whole)]


class Conditions(BaseModel):
    """Which songs may stand in a list."""

    model_config = ConfigDict(extra="forbid")

    per_artist: Count | None = Field(2, description="Songs of one artist at most.")
    genres: Names = Field(default=[], description="Any of these tags.")
    emotions: Names = Field(default=[], description="Any of these emotions.")
    good_for: Annotated[list[str], Field(max_length=len(OCCASIONS))] = Field(
        default=[],
        description="All of these occasions.",
        json_schema_extra={"items": {"type": "string", "enum": list(OCCASIONS)}},
    )
    year_from: Year | None = None
    year_to: Year | None = None
    popularity_from: Popularity | None = None
    popularity_to: Popularity | None = None
    explicit: bool | None = None
    places: bool = Field(
        default=False, description="Whether the answer says where songs lie on the map."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse what Filters refuses."""
        self.filters()
        return self

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


class Wanted(Conditions):
    """Which songs may stand in a list, and how it is made up."""

    n: Count = Field(20, description="Songs in the list.")
    diversity: float = Field(
        0, ge=0, lt=1, allow_inf_nan=False, description="0: by nearness alone."
    )

    def choice(self) -> Choice:
        """How the list is made up."""
        return Choice(self.n, self.per_artist, self.diversity)


class Way(Conditions):
    """From which song to which, and in how many steps."""

    start: SongId
    end: SongId
    steps: int = Field(8, ge=STEPS.start, le=STEPS.stop - 1, description="Songs between the two.")


class TasteBody(Wanted):
    """A taste: all fields may be left out or null, and are unknown then."""

    model_config = STRICT

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
        Annotated[int, Field(ge=0, le=2), BeforeValidator(_as_number), _or_boolean(2)] | None,
        Field(description="How many of meditation and stretching; true counts as 1."),
    ] = None
    artist: Name = None
    genre: Name = Field(default=None, description="One tag, or several with commas between.")
    emotion: Name = None

    def taste(self) -> Taste:
        """What is known of the taste."""
        return cast("Taste", self.model_dump(include=set(Taste.__annotations__)))


class BlendBody(Wanted):
    """Songs that are liked, and songs that are not."""

    model_config = STRICT

    likes: Annotated[list[SongId], Field(min_length=1, max_length=MOST_SONGS)]
    dislikes: Annotated[list[SongId], Field(max_length=MOST_SONGS)] = []


WantedQuery = Annotated[Wanted, Query()]
WayQuery = Annotated[Way, Query()]
InPathId = Annotated[SongId, Path()]
