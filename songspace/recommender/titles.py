"""Songs by their names: what is typed, half typed or typed wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl
from rapidfuzz import fuzz, process

from songspace.errors import NotFound
from songspace.once import once

MOST_WORDS: Final = 8
LONGEST_QUERY: Final = 200
SUGGESTIONS: Final = 5
PARTS: Final = ("artist", "song")
LIKE_ENOUGH: Final = 60.0
"""Of 100: below that a name is no slip of another."""


class TitleSearch:
    """Finds songs by the beginnings of the words of their artists and titles, the most popular first.

    Case, accents and punctuation do not count.
    """

    def __init__(self, songs: pl.DataFrame) -> None:
        """*songs* with artist, artists, song and popularity; they are numbered by their rows."""
        self._names = songs.select("artist", "artists", "song")
        # One text a song, " artist's words \n title's words ", so that " word" finds the beginning of one. The songs
        # are ordered first: texts written one after the other are searched four times as fast as ordered ones.
        # In pieces, as streaming goes: what is made on the way would take 100 MB at once.
        name = pl.format(" {} \n {} ", *(plain(pl.col(part).fill_null("")) for part in PARTS))
        self._songs = (
            songs.select(*PARTS, "popularity")
            .with_row_index("row")
            .sort("popularity", descending=True, nulls_last=True, maintain_order=True)
            .lazy()
            .select("row", name.alias("text"))
            .collect(engine="streaming")
            .rechunk()
        )

    def find(self, query: str, limit: int) -> list[int]:
        """Rows of at most *limit* songs in whose names every word of *query* begins a word.

        Those called exactly so come first, then those of an artist called so, then those that begin so.
        """
        return self._find(plain_text(query), limit)

    def _find(self, wanted: str, limit: int) -> list[int]:
        """The same for what `plain_text` made of a query."""
        words = sorted(wanted.split(), key=len, reverse=True)[:MOST_WORDS]
        if not words:
            return []
        songs = self._songs
        for word in words:
            songs = songs.filter(pl.col("text").str.contains(f" {word}", literal=True))
        found: dict[int, None] = {}
        for better in exactness(wanted):
            rows = songs.lazy().filter(better).head(limit).collect()["row"]
            found |= dict.fromkeys(rows.to_list())
            if len(found) >= limit:
                break
        return list(found)[:limit]

    def resolve(self, name: str) -> int:
        """The row of the song called *name*: "artist - title", or the title alone where one song only has it.

        Of several with that title by that artist the one that is credited so, or else the most popular.

        Raises:
            NotFound: If there is none, or several by the title alone; with what was meant, perhaps.
        """
        written = self._written(name)
        if written is not None:
            return written
        by_title: dict[int, None] = {}
        for wanted in readings(name):
            for row in self._find(wanted, 200):
                artist, artists, song = self._names.row(row)
                title = plain_text(song or "")
                names = {plain_text(credit or "") for credit in (artist, *(artists or ()))}
                if wanted in {f"{credit} {title}" for credit in names}:
                    return row
                if wanted == title:
                    by_title[row] = None
        if len(by_title) == 1:
            return next(iter(by_title))
        raise NotFound(self._miss(name, [*by_title] or self.suggest(name)))

    def _written(self, name: str) -> int | None:
        """The most popular song whose artist and title are *name*, with all its credits."""
        texts = [f" {plain_text(artist)} \n {plain_text(title)} " for artist, title in sides(name)]
        found = self._songs.filter(pl.col("text").is_in(texts))["row"].to_list()
        return found[0] if found else None

    def suggest(self, name: str, limit: int = SUGGESTIONS) -> list[int]:
        """Rows of the songs whose names are most like *name*, for one who mistyped it."""
        found = self.find(name, limit)
        if found:
            return found
        artist, _, title = name.partition(" - ")
        songs = self._songs
        by_alike = [plain_text(one) for one in self.similar_artists(artist)] if title else []
        if by_alike:
            mine = [pl.col("text").str.starts_with(f" {one} ") for one in by_alike]
            songs = songs.filter(pl.any_horizontal(mine))
        scorer = fuzz.WRatio if by_alike else fuzz.ratio  # the one knows halves, the other is fast
        texts = songs["text"].str.strip_chars().str.replace("\n ", "", literal=True)
        alike = process.extract(
            plain_text(name),
            texts.to_list(),
            scorer=scorer,
            score_cutoff=LIKE_ENOUGH,
            limit=limit,
        )
        rows: list[int] = songs["row"].gather([place for _, _, place in alike]).to_list()
        return rows

    def artist(self, name: str) -> str | None:
        """The artist of that name as the catalogue writes it, if there is one."""
        found = self.artists.filter(pl.col("plain") == plain_text(name))["name"].to_list()
        return found[0] if found else None

    @once
    def artists(self) -> pl.DataFrame:
        """Every artist: `name` as written, `plain` without case, accents and punctuation."""
        names = self._names.select(pl.col("artists").explode().drop_nulls().unique().alias("name"))
        return names.with_columns(plain(pl.col("name")).alias("plain")).sort("name").rechunk()

    def similar_artists(self, name: str, limit: int = 3) -> list[str]:
        """Artists whose names are most like *name*."""
        artists = self.artists
        alike = process.extract(
            plain_text(name),
            artists["plain"].to_list(),
            scorer=fuzz.ratio,
            score_cutoff=LIKE_ENOUGH,
            limit=limit,
        )
        written: list[str] = artists["name"].gather([place for _, _, place in alike]).to_list()
        return written

    def name(self, row: int) -> str:
        """Artist and title of a row."""
        artist, _, song = self._names.row(row)
        return f"{artist} - {song}"

    def _miss(self, name: str, rows: list[int]) -> str:
        """What to tell one who asked for *name*."""
        shown = name[:LONGEST_QUERY]
        if not rows:
            return f"No song is called {shown!r}, and none is called nearly so. Expected 'artist - title' or a song_id."
        names = "; ".join(dict.fromkeys(map(self.name, rows)))
        return f"No one song is called {shown!r}. Did you mean: {names}?"


def readings(name: str) -> list[str]:
    """What `plain_text` makes of "artist - title": of the whole, then of the two sides of each dash.

    The sides tell more where one has neither letter nor digit, or the whole is longer than LONGEST_QUERY.
    """
    halves = (f"{plain_text(artist)} {plain_text(title)}" for artist, title in sides(name))
    return list(dict.fromkeys([plain_text(name), *halves]))


def sides(name: str) -> list[tuple[str, str]]:
    """What stands on both sides of each " - " in *name*: either may hold one itself."""
    parts = name.split(" - ")[: MOST_WORDS + 1]
    return [(" - ".join(parts[:at]), " - ".join(parts[at:])) for at in range(1, len(parts))]


def plain(text: pl.Expr) -> pl.Expr:
    """*text* in lower case, without accents, and one space for all that is neither letter nor digit.

    Where there is neither, the text is as it was, but for its case and its spaces.
    """
    letters = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    words = letters.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars(" ")
    rest = letters.str.replace_all(r"\s+", " ").str.strip_chars(" ")
    return pl.when(words == "").then(rest).otherwise(words)


def plain_text(text: str) -> str:
    """The same of one text, cut to LONGEST_QUERY."""
    series = pl.Series("text", [text[:LONGEST_QUERY]])
    return str(series.to_frame().select(plain(pl.col("text"))).item())


def exactness(wanted: str) -> Iterator[pl.Expr]:
    """Which songs come first: those called *wanted*, those of an artist called so, those that begin so, all."""
    text = pl.col("text")
    yield text.str.ends_with(f"\n {wanted} ")
    yield text.str.starts_with(f" {wanted} \n")
    yield text.str.starts_with(f" {wanted}") | text.str.contains(f"\n {wanted}", literal=True)
    yield pl.lit(value=True)
