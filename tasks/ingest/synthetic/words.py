"""Made-up words, names and titles: pronounceable, nobody's, and awkward now and then."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

_ONSETS: Final = """
b c d f g h j k l m n p r s t v w z b d k l m n p r s t br ch cl dr fl gr pl sh st th tr
"""
_VOWELS: Final = "a e i o u a e i o a e i o ai ea ee ou y"
_CODAS: Final = ("", "", "", "", "", "", "", "", "n", "r", "l", "s", "t", "m", "nd", "ck", "ng")
_PLAIN: Final = """
about after again all alone always and another are around away back bad be because been before
believe better big blue body boy break bring burn but call came can change city close cold come
could cry dance dark day dead dear deep did do door down dream drive each end even ever every
eyes face fall far fast feel fire first fly for forever found free friend from game gave get
girl give go goes gold gone good got green ground had hand hard has have hear heart heaven hell
her here high him his hold home hope hot house how hurt if in inside is it just keep kind king
kiss knew know last late leave left let lie life light like line little live lonely long look
lord lose lost love low mad made make man may maybe me mind money moon more morning mother move
music my name need never new night no not nothing now of off old on one only open or other our
out over pain people place play please rain ready real red remember rest ride right river road
rock roll room round run said same save say see seen sky sleep slow small smile so some song
soon soul sound stand star stay still stone stop story street strong summer sun sweet take talk
tell than that the their them then there these they thing think this those time to tonight too
town true try turn under until up us wait walk wall want war was watch water way we well went
were what when where which while white who why wild will wind wine winter wish with woman wonder
word world would wrong year yes you young your
"""

PLAIN: Final = tuple(_PLAIN.split())
"""Plain words of English, for titles and lyrics."""

ARTIST_FORMS: Final[dict[str, float]] = {
    "{0}": 22,
    "{0} {1}": 52,
    "The {0}s": 5,
    "DJ {0}": 3,
    "{0} & {1}": 4,
    "{0} & The {1}s": 3,
    "Los {0}": 1.5,
    "{0} {1} Band": 2,
    "{0} {1}, Jr.": 0.8,
    "{0}, {1} & Co.": 0.4,
    '"{0}" {1}': 0.4,
    '{0} "The {1}"': 0.4,
    "${0}": 0.6,
    "{0}!": 0.6,
    "{0} (UK)": 0.6,
    "'{0}' Ensemble": 0.2,
    "{0}+{1}": 0.2,
}
"""Forms of artists' names and their weights."""

TITLE_FORMS: Final[dict[str, float]] = {
    "{0}": 18,
    "{0} {1}": 34,
    "The {0} {1}": 8,
    "{0} of {1}": 7,
    "{0} in the {1}": 6,
    "{0}'s {1}": 5,
    "{0}, {1}": 5,
    "{0} ({1} Remix)": 5,
    "{0} - Live": 4,
    "{0} & {1}": 3,
    "{0}?": 2,
    "{0} / {1}": 0.8,
    '"{0}" {1}': 0.8,
    '{0} 12" {1}': 0.3,
    "<b>{0}</b> {1}": 0.06,
    "<script>alert('{0}')</script>": 0.03,
    "=SUM({0})": 0.06,
    "+{0}": 0.04,
    "@{0}": 0.04,
    "-{0}-": 0.04,
}
"""Forms of songs' and albums' titles and their weights."""

ACCENTS: Final = {"e": "é", "o": "ö", "ai": "ä", "y": "ý", "cl": "çl", "n": "ñ"}
ALPHABETS: Final = (
    "абвгдежзиклмнопрстухчшыя",
    "가나다라마바사아자하고노도로모보소오조호",
    "あいうえおかきくけこさしすせそ",
)
ACCENTED_SHARE: Final = 0.06
FOREIGN_SHARE: Final = 0.012


def pronounceable(size: int, rng: np.random.Generator) -> np.ndarray:
    """*size* different invented words of one to four syllables, lower case."""
    sounds = (_ONSETS.split(), _VOWELS.split(), _CODAS)
    words = np.empty(0, dtype=np.str_)
    while len(words) < size:
        syllables = rng.choice([1, 2, 3, 4], size=size, p=[0.15, 0.55, 0.25, 0.05])
        fresh = np.zeros(size, dtype="U16")
        for step in range(4):
            parts = [rng.choice(kind, size=size) for kind in sounds]
            syllable = np.strings.add(np.strings.add(parts[0], parts[1]), parts[2])
            fresh = np.where(step < syllables, np.strings.add(fresh, syllable), fresh)
        words = np.concatenate([words, fresh])
        words = words[np.sort(np.unique(words, return_index=True)[1])]
    return words[:size]


def foreign(size: int, alphabet: str, rng: np.random.Generator) -> np.ndarray:
    """*size* invented words of two to six letters of *alphabet*."""
    lengths = rng.integers(2, 7, size)
    letters = rng.choice(list(alphabet), size=int(lengths.sum()))
    return np.array(["".join(word) for word in np.split(letters, np.cumsum(lengths)[:-1])])


class Namer:
    """Makes names and titles out of one seeded vocabulary."""

    def __init__(self, vocabulary: int, rng: np.random.Generator) -> None:
        invented = np.strings.capitalize(pronounceable(vocabulary, rng))
        common = np.strings.capitalize(np.array(PLAIN))
        self._invented = pl.Series(invented)
        self._titles = pl.Series(np.concatenate([np.tile(common, vocabulary // 400 + 1), invented]))
        self._foreign = pl.Series(
            np.concatenate([foreign(vocabulary // 10 + 50, letters, rng) for letters in ALPHABETS])
        )

    def artists(self, size: int, rng: np.random.Generator) -> pl.Series:
        """*size* different names of artists."""
        names = self._fill(ARTIST_FORMS, self._invented, size, rng)
        while (again := names.is_first_distinct().not_()).any():
            longer = names + " " + _draw(self._invented, size, rng)
            names = longer.zip_with(again, names)
        return names

    def titles(self, size: int, rng: np.random.Generator) -> pl.Series:
        """*size* titles; a few may be alike."""
        return self._fill(TITLE_FORMS, self._titles, size, rng)

    def _fill(
        self, forms: dict[str, float], words: pl.Series, size: int, rng: np.random.Generator
    ) -> pl.Series:
        """*size* drawn forms with drawn words in them, some accented, some in other scripts."""
        first = _draw(words, size, rng)
        first = _draw(self._foreign, size, rng).zip_with(_chance(FOREIGN_SHARE, size, rng), first)
        first = first.str.replace_many(ACCENTS).zip_with(_chance(ACCENTED_SHARE, size, rng), first)
        weights = np.array(list(forms.values()))
        form = rng.choice(len(forms), size=size, p=weights / weights.sum())
        head, joint, tail = (pl.Series(part).gather(form) for part in _parts(tuple(forms)))
        second = _draw(words, size, rng)
        blank = pl.Series([""]).gather(np.zeros(size, dtype=np.int64))
        second = second.zip_with(pl.Series(["{1}" in name for name in forms]).gather(form), blank)
        return head + first + joint + second + tail


def _parts(forms: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """What stands before, between and behind the two words of each form."""
    heads, rests = zip(*(form.split("{0}") for form in forms), strict=True)
    joints = [rest.split("{1}")[0] for rest in rests]
    tails = [rest.split("{1}")[1] if "{1}" in rest else "" for rest in rests]
    return list(heads), joints, tails


def _draw(words: pl.Series, size: int, rng: np.random.Generator) -> pl.Series:
    return words.gather(rng.integers(len(words), size=size))


def _chance(share: float, size: int, rng: np.random.Generator) -> pl.Series:
    return pl.Series(rng.random(size) < share)
