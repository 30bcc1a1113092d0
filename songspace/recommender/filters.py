"""Which songs may be recommended at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from songspace.recommender.catalogue import Catalogue, Mask
from songspace.schemas import GOOD_FOR, MEDITATION

OCCASIONS: Final = tuple(name.removeprefix("good_for_") for name in (*GOOD_FOR, MEDITATION))
"""What a song can be good for: party, work_study, ..., meditation_stretching."""


@dataclass(frozen=True)
class Filters:
    """Conditions that a song must meet; each is applied before the nearest are sought, never after.

    A song of which the field is unknown does not meet a condition on it. Names are compared without
    regard to case.

    Raises:
        ValueError: If a range is upside down, or an occasion is none of OCCASIONS.
    """

    genres: Sequence[str] = ()  # any of these tags
    emotions: Sequence[str] = ()  # any of these
    years: tuple[int | None, int | None] = (None, None)  # of the release, both ends included
    popularity: tuple[int | None, int | None] = (None, None)  # 0 to 100, both ends included
    explicit: bool | None = None
    good_for: Sequence[str] = ()  # all of these

    def __post_init__(self) -> None:
        for name in ("genres", "emotions", "good_for"):
            if isinstance(getattr(self, name), str):
                raise ValueError(  # noqa: TRY004 - a wrong value like the others
                    f"Expected a list of {name}. Received: {getattr(self, name)!r}."
                )
            lowered = {text.strip().lower() for text in getattr(self, name)}
            object.__setattr__(self, name, tuple(sorted(lowered)))
        for name in ("years", "popularity"):
            low, high = getattr(self, name)
            object.__setattr__(self, name, (low, high))
            if low is not None and high is not None and low > high:
                raise ValueError(f"Expected {name} from low to high. Received: {low} to {high}.")
        if strange := set(self.good_for) - set(OCCASIONS):
            raise ValueError(f"Expected occasions out of {OCCASIONS}. Received: {sorted(strange)}.")

    def __bool__(self) -> bool:
        return self != _NONE

    def mask(self, catalogue: Catalogue) -> Mask:
        """Which songs of *catalogue* meet all conditions, [n]."""
        allowed = np.ones(len(catalogue), bool)
        if self.genres:
            allowed &= catalogue.tagged(self.genres)
        if self.emotions:
            allowed &= catalogue.of_emotion(self.emotions)
        for values, (low, high) in (
            (catalogue.year, self.years),
            (catalogue.raw("popularity"), self.popularity),
        ):
            if low is not None:
                allowed &= values >= max(low, 0)  # below 0 is unknown
            if high is not None:
                allowed &= (values <= high) & (values >= 0)
        if self.explicit is not None:
            allowed &= catalogue.explicit == int(self.explicit)
        for occasion in self.good_for:
            allowed &= catalogue.raw(f"good_for_{occasion}") >= 1
        return allowed

    def unmet(self, catalogue: Catalogue) -> list[str]:
        """What these conditions name that no song of *catalogue* has, in sentences."""
        known = {"genre": catalogue.genres, "emotion": catalogue.emotions}
        asked = {"genre": self.genres, "emotion": self.emotions}
        return [
            f"No song has the {kind} {name!r}."
            for kind, names in asked.items()
            for name in names
            if name not in known[kind]
        ]


_NONE: Final = Filters()
