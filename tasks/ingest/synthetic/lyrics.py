"""Lyrics that say nothing, in the lengths and with the awkward characters of real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.ingest.synthetic.marginals import LYRICS_CURVE, at
from tasks.ingest.synthetic.words import ALPHABETS, PLAIN, foreign, pronounceable

QUOTED_SHARE: Final = 0.16
TYPOGRAPHIC_SHARE: Final = 0.2  # plain words with a curly quote or an accent or two
TONGUE_SHARES: Final = (0.9, 0.06, 0.02, 0.01, 0.01)  # plain, accented, and three other scripts
LONGEST: Final = 80_000
CHORUS_SHARE: Final = 0.15
_POOL: Final = 12_000_000  # characters of plain text, from which every song takes a slice
_TYPOGRAPHY: Final = ("\u2019", " \u2014 ", "é", "…", "\u201c", "ñ")


@dataclass(frozen=True)
class Text:
    """A long text and where its words begin."""

    text: str
    starts: np.ndarray


class Lyricist:
    """Cuts lyrics out of a few long texts."""

    def __init__(self, rows: int, rng: np.random.Generator) -> None:
        size = int(np.clip(rows * 600, 2 * LONGEST, _POOL))
        plain = np.concatenate([rng.permutation(PLAIN), pronounceable(6_000, rng)])
        marked = np.strings.replace(np.strings.replace(plain, "o", "ó"), "an", "ã")
        tongues = [plain, marked, *(foreign(4_000, letters, rng) for letters in ALPHABETS)]
        sizes = [size, *[max(size // 4, 2 * LONGEST)] * (len(tongues) - 1)]
        self._texts = [
            _compose(words, chars, rng) for words, chars in zip(tongues, sizes, strict=True)
        ]

    def write(self, size: int, rng: np.random.Generator) -> list[str]:
        """The lyrics of *size* songs, one line each."""
        lengths = at(LYRICS_CURVE, rng.random(size)).astype(np.int64)
        tongues = rng.choice(len(self._texts), size=size, p=TONGUE_SHARES)
        begins = self._begins(tongues, lengths, rng.random(size))
        quoted = rng.random(size) < QUOTED_SHARE
        typographic = rng.random(size) < TYPOGRAPHIC_SHARE
        marks = rng.integers(len(_TYPOGRAPHY), size=size)
        lyrics = []
        for song in range(size):
            line = _cut(self._texts[tongues[song]], int(begins[song]), int(lengths[song]))
            if typographic[song]:
                line = _sprinkle(line, _TYPOGRAPHY[marks[song]])
            lyrics.append(_quote(line) if quoted[song] else line)
        return lyrics

    def _begins(self, tongues: np.ndarray, lengths: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Where each song's slice begins: at a word from which its length is left."""
        begins = np.zeros(len(tongues), dtype=np.int64)
        for tongue, source in enumerate(self._texts):
            mine = tongues == tongue
            wanted = (where[mine] * (len(source.text) - lengths[mine] - 100)).astype(np.int64)
            begins[mine] = source.starts[np.searchsorted(source.starts, wanted)]
        return begins


def shortened(lyrics: str) -> str:
    """The same lyrics as another page would give them: a word less at the end."""
    return lyrics[: lyrics.rfind(" ")] if " " in lyrics else lyrics + " oh"


def _compose(words: np.ndarray, chars: int, rng: np.random.Generator) -> Text:
    """About *chars* characters of lines and stanzas, some of which come again as a chorus does."""
    lines = _lines(words, max(chars // 100, 200), rng)
    stanzas: list[str] = []
    length = 0
    while length < chars:
        if len(stanzas) > 4 and rng.random() < CHORUS_SHARE:
            stanza = stanzas[-int(rng.integers(1, 5))]
        else:
            picked = rng.integers(len(lines), size=int(rng.integers(4, 9)))
            stanza = " ".join([lines[place] for place in picked])
        stanzas.append(stanza)
        length += len(stanza) + 1
    text = " ".join(stanzas)
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    return Text(text, np.flatnonzero(letters == ord(" ")) + 1)


def _lines(words: np.ndarray, size: int, rng: np.random.Generator) -> list[str]:
    """*size* lines of three to nine words, frequent words as frequent as in a language."""
    weights = 1.0 / (np.arange(len(words)) + 4.0)
    stops = np.cumsum(rng.integers(3, 10, size=size)).tolist()
    drawn = rng.choice(len(words), size=stops[-1], p=weights / weights.sum())
    spelled = words[drawn].tolist()
    ends = rng.choice([",", "", "?", "."], size=size, p=[0.35, 0.5, 0.05, 0.1]).tolist()
    return [
        " ".join(spelled[start:stop]).capitalize() + end
        for start, stop, end in zip([0, *stops], stops, ends, strict=False)
    ]


def _cut(source: Text, begin: int, length: int) -> str:
    """A slice of *source* of about *length* characters that ends with a word."""
    end = source.text.find(" ", begin + length)
    return source.text[begin : end if end > 0 else None]


def _sprinkle(line: str, mark: str) -> str:
    """*line* with *mark* in two places."""
    middle = len(line) // 2
    return f"{line[: middle // 2]}{mark}{line[middle // 2 : middle]}{mark}{line[middle:]}"


def _quote(line: str) -> str:
    """*line* with a few of its words in quotes."""
    middle = len(line) // 2
    begin = line.find(" ", middle) + 1
    end = line.find(" ", begin + 12)
    end = end if end > 0 else len(line)
    return f'{line[:begin]}"{line[begin:end]}"{line[end:]}'
