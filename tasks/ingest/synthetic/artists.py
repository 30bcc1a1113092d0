"""The artists of a catalogue: who they are, how many rows each has, and what they play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tasks.ingest.synthetic.settings import FULL_ROWS, CatalogueSettings
from tasks.ingest.synthetic.styles import (
    DEFAULT_GENRE,
    FACTORS,
    RAP,
    STYLE_WEIGHTS,
    several_genres,
    single_genres,
    style_means,
)
from tasks.ingest.synthetic.words import Namer

FULL_ARTISTS: Final = 127_334
FULL_GENRES: Final = 3_097
TOGETHER_ROWS: Final = 0.21  # of the rows name several artists
TOGETHER_ARTISTS: Final = 0.48  # of the strings do: they have two rows each, a single artist seven
DEFAULT_ROWS: Final = 0.475
SEVERAL_GENRES_ROWS: Final = 0.35
RAP_UNDER_DEFAULT: Final = 0.4  # of the artists under the default genre do play hip hop
# With SONG_SD: style makes up .5 of a factor's variance, artist .2, song .3.
STYLE_WEIGHT: Final = 0.95
ARTIST_SD: Final = 0.45
FAME_SD: Final = 0.75


@dataclass(frozen=True)
class Artists:
    """One row an artist string, in the order of the file."""

    names: pl.Series
    first_titles: pl.Series
    rows: np.ndarray
    style: np.ndarray
    genres: pl.Series
    factors: np.ndarray  # (artists, factors)
    alike: np.ndarray  # artists ordered by sound
    place: np.ndarray  # where each stands in `alike`

    def __len__(self) -> int:
        return len(self.rows)


def gather_artists(settings: CatalogueSettings, rng: np.random.Generator) -> Artists:
    """Every artist string of the catalogue, sorted as the real file is: by name, capitals aside."""
    wanted = max(6, round(settings.rows * FULL_ARTISTS / FULL_ROWS))
    together = round(wanted * TOGETHER_ARTISTS)
    together_rows = round(settings.rows * TOGETHER_ROWS)
    alone_rows = zipf_rows(wanted - together, settings.rows - together_rows)
    namer = Namer(min(40_000, 500 + wanted), rng)
    casts = draw_casts(alone_rows, together, rng)
    rows = np.concatenate([alone_rows, rng.permutation(zipf_rows(len(casts), together_rows))])
    names = _cast_names(namer.artists(len(alone_rows), rng), casts)

    lead = np.concatenate([np.arange(len(alone_rows)), casts[:, 0]])
    style, genres = assign_genres(np.bincount(lead, weights=rows), settings, rng)
    factors = _draw_factors(style, casts, rng)
    order = names.str.to_lowercase().arg_sort().to_numpy()
    alike = np.argsort(factors[order, 0] - factors[order, 1], kind="stable")
    place = np.empty_like(alike)
    place[alike] = np.arange(len(alike))
    return Artists(
        names.gather(order),
        namer.titles(len(order), rng),
        rows[order],
        style[lead][order],
        genres.gather(lead[order]),
        factors[order].astype(np.float32),
        alike,
        place,
    )


def zipf_rows(size: int, total: int) -> np.ndarray:
    """How many of *total* rows each of *size* artists has: at least one, falling with the rank."""
    weights = (np.arange(size) + 12 + size / 1_700) ** -0.9  # the busiest has one row in 600
    low, high = 0.0, float(total) / weights.min()
    for _ in range(60):
        middle = (low + high) / 2
        too_many = np.maximum(1, middle * weights).astype(np.int64).sum() > total
        low, high = (low, middle) if too_many else (middle, high)
    rows = np.maximum(1, low * weights).astype(np.int64)
    rows += np.bincount(np.arange(total - rows.sum()) % size, minlength=size)
    return np.asarray(rows)


def draw_casts(alone_rows: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """*size* different casts of two or three artists, -1 for nobody; the busy lead most often."""
    draws = 3 * size + 60
    lead = rng.choice(len(alone_rows), size=draws, p=alone_rows / alone_rows.sum())
    second, third = rng.integers(len(alone_rows), size=(2, draws))
    third[(rng.random(draws) < 0.8) | (third == second) | (third == lead)] = -1
    casts = np.column_stack([lead, second, third])[second != lead]
    _, first = np.unique(casts, axis=0, return_index=True)
    return np.asarray(casts[np.sort(first)[:size]])


def _cast_names(alone: pl.Series, casts: np.ndarray) -> pl.Series:
    """The names of single artists, then of casts: ``A,B`` or ``A,B,C``."""
    third = pl.Series(casts[:, 2])
    tail = ("," + alone.gather(third.clip(0))).zip_with(
        third >= 0, pl.Series([""]).new_from_index(0, len(third))
    )
    together = alone.gather(casts[:, 0]) + "," + alone.gather(casts[:, 1]) + tail
    return pl.concat([alone, together])


def assign_genres(
    rows: np.ndarray, settings: CatalogueSettings, rng: np.random.Generator
) -> tuple[np.ndarray, pl.Series]:
    """The style and the genre string of every lead artist, who own *rows* rows each.

    The default genre takes 47.5 % of the rows and strings of several tags 35 %.
    """
    order = rng.permutation(len(rows))
    reached = np.empty(len(rows))
    reached[order] = (np.cumsum(rows[order]) - rows[order] / 2) / rows.sum()
    default = reached < DEFAULT_ROWS
    several = reached >= 1 - SEVERAL_GENRES_ROWS

    one = single_genres()
    wanted = FULL_GENRES * min(1.0, settings.rows / FULL_ROWS) ** 0.6 - len(one.names) - 1
    many = several_genres(max(30, min(round(wanted), int(several.sum()))), rng)
    choice = np.where(
        several, len(one.names) + _spread(len(rows), several, len(many.names), rng), 0
    )
    single = ~default & ~several
    choice[single] = rng.choice(len(one.names), size=single.sum(), p=_falling(len(one.names), 0))

    style = np.concatenate([one.style, many.style])[choice]
    by_ear = np.where(
        rng.random(len(rows)) < RAP_UNDER_DEFAULT,
        RAP,
        rng.choice(len(STYLE_WEIGHTS), size=len(rows), p=STYLE_WEIGHTS),
    )
    style[default] = by_ear[default]
    names = pl.Series([*one.names, *many.names, DEFAULT_GENRE])
    choice[default] = len(names) - 1
    return style, names.gather(choice)


def _spread(size: int, mask: np.ndarray, pool: int, rng: np.random.Generator) -> np.ndarray:
    """For each of *size*, one of *pool*: under *mask* every one at least once, the rest by rank."""
    drawn = rng.choice(pool, size=size, p=_falling(pool, 20))
    places = rng.permutation(np.flatnonzero(mask))[:pool]
    drawn[places] = np.arange(len(places))
    return drawn


def _falling(size: int, flat: float) -> np.ndarray:
    """Shares that fall with the rank, the first *flat* of them slowly."""
    weights = 1.0 / (np.arange(size) + 1 + flat)
    return np.asarray(weights / weights.sum())


def _draw_factors(style: np.ndarray, casts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The factors of single artists, then of casts: mostly the lead's, a little the second's."""
    spread = np.full(len(FACTORS), ARTIST_SD)
    spread[-1] = FAME_SD
    alone = STYLE_WEIGHT * style_means()[style] + spread * rng.standard_normal(
        (len(style), len(spread))
    )
    together = 0.85 * alone[casts[:, 0]] + 0.15 * alone[casts[:, 1]]
    return np.concatenate([alone, together])
