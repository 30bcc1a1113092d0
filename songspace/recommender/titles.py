"""Songs by their names: what is typed, half typed or typed wrongly."""

from __future__ import annotations

from typing import Final

import polars as pl
from rapidfuzz import fuzz, process

from songspace.errors import NotFound
from songspace.once import once

MOST_WORDS: Final = 8
LONGEST_QUERY: Final = 200
SUGGESTIONS: Final = 5
LIKE_ENOUGH: Final = 60.0
"""Of 100: below that a name is no slip of another."""


class TitleSearch:
    """Finds songs by the beginnings of the words of their artists and titles, the most popular first.

    Case, accents and punctuation do not count.
    """

    def __init__(self, songs: pl.DataFrame) -> None:
        """*songs* with artist, artists, song and popularity; they are numbered by their rows."""
        self._names = songs.select("artist", "artists", "song")
        # One text a song, " artist's words \n title's words ", so that " word" finds the beginning of one.
        name = pl.format(" {} \n {} ", pl.col("artist").fill_null(""), pl.col("song").fill_null(""))
        self._songs = (
            songs.lazy()
            .select(
                pl.int_range(pl.len(), dtype=pl.Int32).alias("row"),
                "popularity",
                plain(name).alias("text"),
            )
            .sort("popularity", descending=True, nulls_last=True, maintain_order=True)
            .select("row", "text")
            .collect()
            .rechunk()
        )

    def find(self, query: str, limit: int) -> list[int]:
        """Rows of at most *limit* songs in whose names every word of *query* begins a word.

        Those called exactly so come first, then those of an artist called so, then those that begin so.
        """
        wanted = plain_text(query)
        words = sorted(wanted.split(), key=len, reverse=True)[:MOST_WORDS]
        songs = self._songs
        for word in words:
            songs = songs.filter(pl.col("text").str.contains(f" {word}", literal=True))
        if not words:
            return []
        place = pl.int_range(pl.len())
        ranked = songs.with_columns(exactness(wanted).alias("exactness"), place.alias("place"))
        best = ranked.bottom_k(limit, by=["exactness", "place"]).sort("exactness", "place")
        rows: list[int] = best["row"].to_list()
        return rows

    def resolve(self, name: str) -> int:
        """The row of the song called *name*: "artist - title", or the title alone where one song only has it.

        Of several songs with the same first artist and title the most popular.

        Raises:
            NotFound: If there is none, or several by the title alone; with what was meant, perhaps.
        """
        wanted = plain_text(name)
        candidates = self.find(name, 200)
        by_title = []
        for row in candidates:
            artist, artists, song = self._names.row(row)
            title = plain_text(song or "")
            names = {plain_text(credit or "") for credit in (artist, *(artists or ()))}
            if wanted in {f"{credit} {title}" for credit in names}:
                return row
            if wanted == title:
                by_title.append(row)
        if len(by_title) == 1:
            return by_title[0]
        raise NotFound(self._miss(name, by_title or self.suggest(name)))

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
        texts = songs["text"].str.strip_chars().str.replace("\n ", "", literal=True)
        alike = process.extract(
            plain_text(name),
            texts.to_list(),
            scorer=fuzz.WRatio if by_alike else fuzz.ratio,  # the one knows halves, the other is fast
            score_cutoff=LIKE_ENOUGH,
            limit=limit,
        )
        rows: list[int] = songs["row"].gather([place for _, _, place in alike]).to_list()
        return rows

    def artist(self, name: str) -> str | None:
        """The artist of that name as the catalogue writes it, if there is one."""
        written: str | None = self.artists.get(plain_text(name))
        return written

    @once
    def artists(self) -> dict[str, str]:
        """Every artist as written, by the name without case, accents and punctuation."""
        names = self._names.select(pl.col("artists").explode().drop_nulls().unique().alias("name"))
        plain_names = names.with_columns(
            plain(pl.col("name")).str.strip_chars().alias("plain")
        ).sort("name")
        return dict(zip(plain_names["plain"], plain_names["name"], strict=True))

    def similar_artists(self, name: str, limit: int = 3) -> list[str]:
        """Artists whose names are most like *name*."""
        alike = process.extract(
            plain_text(name),
            self.artists.keys(),
            scorer=fuzz.ratio,
            score_cutoff=LIKE_ENOUGH,
            limit=limit,
        )
        return [self.artists[found] for found, _, _ in alike]

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


def plain(text: pl.Expr) -> pl.Expr:
    """*text* in lower case, without accents, and one space for all that is neither letter, digit nor line end.

    A line with neither letter nor digit leaves the text as it is, but for its case.
    """
    letters = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    words = letters.str.replace_all(r"[^\p{L}\p{N}\n]+", " ")
    return pl.when(words.str.contains(r"(^|\n) *(\n|$)")).then(letters).otherwise(words)


def plain_text(text: str) -> str:
    """The same of one text, cut to LONGEST_QUERY."""
    series = pl.Series("text", [text[:LONGEST_QUERY]])
    return str(series.to_frame().select(plain(pl.col("text"))).item()).strip()


def exactness(wanted: str) -> pl.Expr:
    """0 for a name that is *wanted*, 1 for an artist, 2 for a beginning, else 3."""
    text = pl.col("text")
    return (
        pl.when(text.str.ends_with(f"\n {wanted} "))
        .then(0)
        .when(text.str.starts_with(f" {wanted} \n"))
        .then(1)
        .when(text.str.starts_with(f" {wanted}") | text.str.contains(f"\n {wanted}", literal=True))
        .then(2)
        .otherwise(3)
    )
