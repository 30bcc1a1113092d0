"""The styles that artists play, and the genre strings that the catalogue prints for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

FACTORS: Final = ("drive", "unplugged", "mood", "groove", "voice", "era", "fame")
"""The planted causes of a song: style gives their means, artist and song vary them."""

DEFAULT_GENRE: Final = "hip hop"
"""Printed for nearly half of the rows, whatever they sound like: a default of the source."""


@dataclass(frozen=True)
class Style:
    """One way of playing: its tags and its mean factors (all but fame)."""

    tags: tuple[str, ...]
    share: float
    means: tuple[float, float, float, float, float, float]


STYLES: Final = (
    Style(
        ("pop", "dance pop", "electropop", "synthpop", "teen pop", "pop rock", "k-pop", "j-pop"),
        5.5,
        (0.2, -0.3, 0.4, 0.6, -0.2, 0.5),
    ),
    Style(
        ("country", "country rock", "outlaw country", "bluegrass", "americana", "honky tonk"),
        3.5,
        (0.0, 0.7, 0.5, 0.0, -0.4, -0.2),
    ),
    Style(
        ("folk", "indie folk", "folk rock", "singer-songwriter", "acoustic", "celtic"),
        3.0,
        (-0.9, 1.5, -0.2, -0.4, -0.4, 0.0),
    ),
    Style(
        ("jazz", "swing", "bebop", "smooth jazz", "vocal jazz", "bossa nova", "big band"),
        2.6,
        (-1.2, 1.5, 0.3, 0.1, -0.5, -1.6),
    ),
    Style(
        ("rock", "classic rock", "hard rock", "progressive rock", "psychedelic", "garage rock"),
        3.0,
        (0.6, -0.3, 0.1, -0.5, -0.4, -1.2),
    ),
    Style(
        ("metal", "heavy metal", "death metal", "black metal", "thrash metal", "metalcore"),
        2.2,
        (1.6, -1.2, -0.9, -1.1, -0.5, 0.0),
    ),
    Style(
        ("punk", "punk rock", "hardcore", "emo", "pop punk", "ska", "grunge"),
        1.8,
        (1.4, -1.0, 0.3, -0.4, 0.0, -0.3),
    ),
    Style(
        ("indie rock", "alternative rock", "indie", "alternative", "britpop", "shoegaze"),
        2.4,
        (0.5, -0.4, -0.2, -0.3, -0.5, 0.2),
    ),
    Style(
        ("electronic", "house", "techno", "trance", "ambient", "drum and bass", "dubstep"),
        2.0,
        (0.8, -1.0, -0.3, 0.5, -0.9, 0.4),
    ),
    Style(
        ("soul", "rnb", "funk", "motown", "disco", "neo soul", "gospel"),
        2.0,
        (-0.1, 0.2, 0.7, 0.7, 0.0, -0.6),
    ),
    Style(
        ("blues", "blues rock", "delta blues", "chicago blues"),
        0.9,
        (-0.3, 0.7, 0.4, 0.0, -0.4, -1.5),
    ),
    Style(
        ("reggae", "dancehall", "dub", "roots reggae", "soca"),
        0.9,
        (0.0, -0.1, 1.0, 1.2, 0.6, -0.5),
    ),
    Style(
        ("latin", "reggaeton", "salsa", "bachata", "cumbia", "latin pop"),
        1.0,
        (0.3, 0.1, 0.9, 0.9, 0.2, 0.3),
    ),
    Style(
        ("classical", "soundtrack", "opera", "choral", "new age", "instrumental"),
        0.7,
        (-1.8, 1.9, -1.0, -1.3, -1.1, -0.4),
    ),
    Style(
        ("comedy", "spoken word", "children", "christmas", "musical"),
        0.6,
        (-0.5, 0.8, 0.4, 0.0, 1.3, -0.5),
    ),
    Style(
        ("rap", "trap", "cloud rap", "gangsta rap", "drill", "boom bap", "grime", "hip hop"),
        3.0,
        (0.3, -0.5, -0.1, 0.9, 1.6, 0.9),
    ),
)

RAP: Final = len(STYLES) - 1
"""The style that is hip hop by ear, not by default."""

STYLE_WEIGHTS: Final = np.array([style.share for style in STYLES]) / sum(s.share for s in STYLES)


def style_means() -> np.ndarray:
    """The mean of every factor in every style, fame last and alike for all."""
    means = np.array([style.means for style in STYLES])
    return np.column_stack([means, np.zeros(len(STYLES))])


@dataclass(frozen=True)
class GenrePool:
    """The genre strings of a catalogue and the style that each belongs to."""

    names: list[str]
    style: np.ndarray


def single_genres() -> GenrePool:
    """Every tag alone, the main tag of each style first."""
    depth = max(len(style.tags) for style in STYLES)
    pairs = [
        (style.tags[rank], place)
        for rank in range(depth)
        for place, style in enumerate(STYLES)
        if rank < len(style.tags) and style.tags[rank] != DEFAULT_GENRE
    ]
    return GenrePool([tag for tag, _ in pairs], np.array([place for _, place in pairs]))


def several_genres(size: int, rng: np.random.Generator) -> GenrePool:
    """*size* distinct strings of two or three tags, most of them within one style."""
    found: dict[str, int] = {}
    while len(found) < size:
        place = int(rng.choice(len(STYLES), p=STYLE_WEIGHTS))
        other = place if rng.random() < 0.75 else int(rng.integers(len(STYLES)))
        tags = [*rng.permutation(STYLES[place].tags)[:2], str(rng.choice(STYLES[other].tags))]
        if rng.random() < 0.4:
            del tags[1]
        if len(set(tags)) == len(tags):
            found.setdefault(",".join(tags), place)
    return GenrePool(list(found), np.array(list(found.values()), dtype=np.intp))
