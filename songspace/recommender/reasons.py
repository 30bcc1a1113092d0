"""Why a song is near: which sides of it, and what agrees in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from songspace.encoder import SongEncoder
from songspace.inputs import Floats, Inputs
from songspace.recommender.catalogue import Catalogue, Raw
from songspace.recommender.results import Agreement, Kind, Reason, Song
from songspace.recommender.taste import Profile
from songspace.schemas import NUMERIC

SIDES: Final[dict[Kind, str]] = {
    "sound": "numeric",
    "mood": "emotion",
    "genre": "genre",
    "artist": "artist",
}
"""Each side, and the network's input that holds it."""

RARE: Final = 0.25
"""Two songs agree in a feature if at most so large a share of all songs comes as near in it."""

AGREEMENTS_SHOWN: Final = 4
LEAST_SHARE: Final = 0.02


class Explainer:
    """Says of songs why they are near a profile.

    The share of a side is by occlusion (Zeiler and Fergus, 2014): the profile is encoded once more with that
    side hidden, and what the cosine loses is what the side brought. Losses below nought count as none; the rest
    are shares of their sum.
    """

    def __init__(self, encoder: SongEncoder, catalogue: Catalogue) -> None:
        self._network = encoder.network
        self._catalogue = catalogue
        self._commonness = [Commonness(column) for column in catalogue.numeric.T]

    def shares(self, profile: Profile, vectors: Floats) -> npt.NDArray[np.float64]:
        """The share of each of SIDES in the nearness of *vectors* [m, 20] to *profile*, [m, 4]."""
        hidden = [profile.inputs.hiding(name) for name in SIDES.values()]
        places = self._network(stack([profile.inputs, *hidden]))  # [5, 20]
        cosines = vectors.astype(np.float64) @ places.T  # [m, 5]
        losses = np.maximum(cosines[:, :1] - cosines[:, 1:], 0)
        total = losses.sum(axis=1, keepdims=True)
        shares: npt.NDArray[np.float64] = losses / np.where(total > 0, total, 1)
        return shares

    def reasons(
        self, profile: Profile, vectors: Floats, numbers: Raw, songs: Sequence[Song]
    ) -> list[tuple[Reason, ...]]:
        """Why each of *songs*, with these latents [m, 20] and 17 *numbers* [m, 17], is near *profile*."""
        shares = self.shares(profile, vectors).round(4).tolist()
        agreements = self._agreements(profile.numbers, numbers)
        return [
            _told(profile, dict(zip(SIDES, mine, strict=True)), song, alike)
            for mine, song, alike in zip(shares, songs, agreements, strict=True)
        ]

    def _agreements(self, asked: Floats, found: Raw) -> list[tuple[Agreement, ...]]:
        """For each song the features in which it agrees with what was asked, the rarest agreement first."""
        known = np.flatnonzero(~np.isnan(asked))
        rarity = np.stack(
            [self._commonness[at].as_near(float(asked[at]), found[:, at]) for at in known]
            or [np.empty(len(found))],
            axis=1,
        )
        order = np.argsort(rarity, axis=1, kind="stable")[:, :AGREEMENTS_SHOWN].tolist()
        return [
            tuple(
                Agreement(NUMERIC[at], float(asked[at]), float(found[row, at]), round(rare, 4))
                for place in places
                if known.size and (rare := float(rarity[row, place])) <= RARE
                for at in [known[place]]
            )
            for row, places in enumerate(order)
        ]


class Commonness:
    """How many songs of a catalogue have a feature between two values."""

    def __init__(self, values: Raw) -> None:
        """*values* [n], whole numbers, below nought where unknown."""
        counts = np.bincount(values[values >= 0].astype(np.intp), minlength=1)
        self._up_to = np.concatenate([[0], np.cumsum(counts)])  # [v]: songs below v
        self._total = max(int(counts.sum()), 1)

    def as_near(self, wish: float, values: Raw) -> npt.NDArray[np.float64]:
        """For each of *values* [m] the share of the songs that are as near to *wish* as it is; 1 for unknown ones."""
        distance = np.abs(values - wish)
        last = len(self._up_to) - 1
        low = np.clip(np.ceil(wish - distance - 1e-6), 0, last).astype(np.intp)
        high = np.clip(np.floor(wish + distance + 1e-6) + 1, 0, last).astype(np.intp)
        return np.where(values < 0, 1.0, (self._up_to[high] - self._up_to[low]) / self._total)


def _told(
    profile: Profile, shares: Mapping[Kind, float], song: Song, agreements: tuple[Agreement, ...]
) -> tuple[Reason, ...]:
    """The sides that have something to say, the weightiest first."""
    shared: dict[Kind, tuple[str, ...]] = {
        "sound": (),
        "mood": _in_both([profile.emotion or ""], [song.emotion or ""]),
        "genre": _in_both(profile.tags, song.genres),
        "artist": _in_both(profile.artists, song.artists),
    }
    reasons = [
        Reason(kind, share, shared[kind], agreements if kind == "sound" else ())
        for kind, share in shares.items()
    ]
    told = [one for one in reasons if one.share >= LEAST_SHARE or one.shared or one.agreements]
    return tuple(sorted(told, key=lambda reason: -reason.share))


def stack(rows: Sequence[Inputs]) -> Inputs:
    """Several inputs under one another."""
    return Inputs(
        **{name: np.concatenate([getattr(row, name) for row in rows]) for name in rows[0].as_dict()}
    )


def _in_both(asked: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """The names of *found* that stand in *asked* too, whatever their case."""
    known = {name.lower() for name in asked if name}
    return tuple(name for name in found if name and name.lower() in known)
