"""Songs like a song, after a taste, between likes and dislikes, and on the way from one song to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import index
from typing import TYPE_CHECKING, Final, TypeAlias, Unpack

import numpy as np
import polars as pl

from songspace.errors import Damaged, NotFound, Unanswerable
from songspace.inputs import Floats
from songspace.once import once
from songspace.recommender.catalogue import Catalogue
from songspace.recommender.choosing import NONE, Choice, choose
from songspace.recommender.closeness import Closeness
from songspace.recommender.filters import Filters
from songspace.recommender.index import Allowed, DirectionIndex, Found, Rows
from songspace.recommender.places import Places
from songspace.recommender.reasons import Explainer
from songspace.recommender.results import Recommendation, Recommendations, Song
from songspace.recommender.taste import Profile, Reader, Taste
from songspace.recommender.titles import TitleSearch
from songspace.recommender.unheard import unheard

if TYPE_CHECKING:
    from songspace.release import Release

Named: TypeAlias = int | str
"""A song by its song_id, or by "artist - title"."""

NO_FILTERS: Final = Filters()
DEFAULT: Final = Choice()

FILTERS_REMEMBERED: Final = 32
INT64: Final = np.iinfo(np.int64)
STEPS: Final = range(1, 51)
"""Songs that a path may have between its ends."""

NOTHING_ASKED: Final = (
    "Nothing is known of this taste: these lie nearest to a song of which nothing is known."
)

DISLIKE: Final = 0.5
"""What a dislike weighs beside a like."""


class Recommender:
    """Finds songs of a release; read once, then it needs the release no more. Threads may share it.

    Every list holds no song twice, neither by its recording nor by its artist and title; filters are applied before the
    nearest are sought; the search is exact.
    """

    def __init__(self, release: Release) -> None:
        encoder = release.encoder
        self.release_id = release.id
        self.index, latents_of = read_index(release)
        self.closeness = Closeness(self.index.vectors)
        self.catalogue = Catalogue.read(release.songs)
        if not self.catalogue.shown["song_id"].equals(latents_of):
            raise Damaged(f"The songs of {release.path} are not those of its latents.")
        self._encoder = encoder
        self._reader = Reader(encoder)
        self._explainer = Explainer(encoder, self.catalogue)
        self._map = release.map.collect() if "map" in release.tables else None
        ids = self.catalogue.shown["song_id"].to_numpy()
        self._by_id: Rows = np.argsort(ids, kind="stable")
        self._sorted_ids = ids[self._by_id]
        songs, catalogue = self.index, self.catalogue

        # Of these and not of self: a cache that holds its owner keeps it in memory when it is let go of.
        @lru_cache(FILTERS_REMEMBERED)
        def allow(filters: Filters) -> Allowed:
            return songs.allow(filters.mask(catalogue))

        self._allowed = allow

    def __len__(self) -> int:
        return len(self.catalogue)

    @once
    def titles(self) -> TitleSearch:
        """The songs by their names; made when it is first asked for, in half a second."""
        return TitleSearch(self.catalogue.shown)

    @once
    def places(self) -> Places:
        """Where songs lie on the map; made when it is first asked for, in a fraction of a second."""
        map_ = self._map
        if map_ is None:
            map_ = pl.DataFrame(schema={"song_id": pl.Int64, "x": pl.Float32, "y": pl.Float32})
        return Places(map_, self.catalogue.shown["song_id"], self.index)

    def similar(
        self, song: Named, choice: Choice = DEFAULT, filters: Filters = NO_FILTERS
    ) -> Recommendations:
        """The songs nearest to *song*.

        Raises:
            NotFound: If there is no such song; the message names what was meant, perhaps.
        """
        row = self.row(song)
        found = self._choose(self.index.vector(row), choice, filters, np.array([row]))
        reference = self.profile(row)
        return Recommendations(
            self._explained(found, reference, near=self.song(row)), self._unmet(filters)
        )

    def taste(
        self, choice: Choice = DEFAULT, filters: Filters = NO_FILTERS, **taste: Unpack[Taste]
    ) -> Recommendations:
        """The songs nearest to a taste: any of the 17 features, artist, genre and emotion, the rest unknown.

        A name that the space does not know is unknown too, and `notes` says so.

        Raises:
            ValueError: If a number is out of its range.
        """
        profile = self._profile_of_taste(taste)
        found = self._choose(self._place(profile), choice, filters)
        nothing = () if profile.is_known or profile.unheard else (NOTHING_ASKED,)
        notes = (*nothing, *unheard(profile, self._reader, self.titles), *self._unmet(filters))
        return Recommendations(self._explained(found, profile), notes)

    def place(self, taste: Taste) -> Floats:
        """The latent of a taste, float32 [20], of unit length."""
        return self._place(self._profile_of_taste(taste))

    def blend(
        self,
        likes: Sequence[Named],
        dislikes: Sequence[Named] = (),
        choice: Choice = DEFAULT,
        filters: Filters = NO_FILTERS,
    ) -> Recommendations:
        """The songs nearest to the middle of *likes*, away from *dislikes* (Rocchio, 1971).

        The reasons of each compare it with the nearest of the likes.

        Raises:
            NotFound: If a song is not there.
            Unanswerable: If there are no likes, or they and the dislikes leave no direction.
        """
        middle = self.middle(likes, dislikes)
        liked, disliked = self.rows(likes), self.rows(dislikes)
        found = self._choose(middle, choice, filters, np.concatenate([liked, disliked]))
        nearest = np.argmax(self.index.vector(found[0]) @ self.index.vector(liked).T, axis=1)
        items: dict[int, Recommendation] = {}
        for number, row in enumerate(liked.tolist()):
            mine = np.flatnonzero(nearest == number)
            part = (found[0][mine], found[1][mine])
            told = self._explained(part, self.profile(row), near=self.song(row))
            items.update(zip(mine.tolist(), told, strict=True))
        return Recommendations(
            tuple(items[place] for place in range(len(items))), self._unmet(filters)
        )

    def middle(self, likes: Sequence[Named], dislikes: Sequence[Named] = ()) -> Floats:
        """The direction that `blend` looks in, float32 [20], of unit length; raises what it raises."""
        if isinstance(likes, str) or isinstance(dislikes, str):
            raise ValueError("Expected lists of songs. Received one text, which is no list.")  # noqa: TRY004
        if not likes:
            raise Unanswerable("Expected one song at least that is liked. Received none.")
        direction = self.index.vector(self.rows(likes)).mean(axis=0)
        if dislikes:
            direction = direction - DISLIKE * self.index.vector(self.rows(dislikes)).mean(axis=0)
        return unit(direction)

    def path(
        self,
        start: Named,
        end: Named,
        steps: int = 8,
        per_artist: int | None = 2,
        filters: Filters = NO_FILTERS,
    ) -> Recommendations:
        """*steps* songs that lead from one to another, both ends left out.

        Each is the nearest to its point on the arc between the two (Shoemake, 1985) that is not on the way already;
        cosine and reasons compare it with the song before it. Shorter if the filters leave fewer songs.

        Raises:
            NotFound: If one of the two is not there.
            ValueError: If *steps* is out of range.
            Unanswerable: If they are one song.
        """
        if steps not in STEPS:
            raise ValueError(
                f"Expected {STEPS.start} to {STEPS.stop - 1} steps. Received: {steps}."
            )
        ends = self.rows([start, end])
        if ends[0] == ends[1]:
            raise Unanswerable("Expected two songs. Received one song twice.")
        points = arc(self.index.vector(int(ends[0])), self.index.vector(int(ends[1])), steps)
        way = self._way(ends, points, Choice(1, per_artist), filters)
        items: list[Recommendation] = []
        before = int(ends[0])
        for row in way.tolist():
            cosine = self.index.vector(np.array([before])) @ self.index.vector(row)  # [1]
            found = (np.array([row], np.intp), cosine)
            items += self._explained(found, self.profile(before), near=self.song(before))
            before = row
        return Recommendations(tuple(items), self._unmet(filters))

    def find(self, query: str, limit: int = 10) -> list[Song]:
        """Songs in whose artist and title every word of *query* begins a word, for search as one types."""
        return self.songs(np.array(self.titles.find(query, limit), np.intp))

    def row(self, song: Named) -> int:
        """The row of a song.

        Raises:
            NotFound: If there is none; the message names what was meant, perhaps.
            TypeError: If it is neither a text nor a whole number.
        """
        if isinstance(song, str):
            return self.titles.resolve(song)
        song_id = index(song)  # a float cannot hold it
        inside = INT64.min <= song_id <= INT64.max
        place = int(np.searchsorted(self._sorted_ids, song_id)) if inside else len(self)
        if place == len(self) or self._sorted_ids[place] != song_id:
            raise NotFound(f"The release {self.release_id} has no song with the song_id {song_id}.")
        return int(self._by_id[place])

    def rows(self, songs: Iterable[Named]) -> Rows:
        """The rows of several songs.

        Raises:
            NotFound: If one is not there.
        """
        return np.array([self.row(song) for song in songs], np.intp)

    def song(self, row: int) -> Song:
        """The song of a row."""
        return self.songs(np.array([row], np.intp))[0]

    def songs(self, rows: Rows) -> list[Song]:
        """The songs of *rows*."""
        shown, tags = self.catalogue.shown[rows], self.catalogue.tags_of(rows)
        return [
            Song(id_, artist, tuple(artists or ()), song, album, genre, genres, *rest)
            for (id_, artist, artists, song, album, genre, *rest), genres in zip(
                shown.rows(), tags, strict=True
            )
        ]

    def profile(self, row: int) -> Profile:
        """What is known of a song."""
        song = self.song(row)
        raw = self.catalogue.numeric[row].astype(np.float32)
        numbers = np.where(raw < 0, np.float32("nan"), raw)
        return self._reader.profile(numbers, song.artists, song.genres, song.emotion)

    def _choose(
        self,
        query: Floats,
        choice: Choice,
        filters: Filters,
        asked: Rows = NONE,
        above: Rows = NONE,
    ) -> Found:
        """The list for a direction."""
        allowed = self._allowed(filters) if filters else None

        def search(k: int) -> Found:
            return self.index.search(query, k, allowed)

        return choose(search, self.catalogue, self.index.vector, choice, asked, above)

    def _explained(
        self, found: Found, reference: Profile, near: Song | None = None
    ) -> tuple[Recommendation, ...]:
        """Songs with their scores and reasons."""
        rows, cosines = found
        songs = self.songs(rows)
        reasons = self._explainer.reasons(
            reference, self.index.vector(rows), self.catalogue.numeric[rows], songs
        )
        percentiles = self.closeness.percentile(cosines).tolist()
        return tuple(
            Recommendation(song, cosine, percentile, why, near)
            for song, cosine, percentile, why in zip(
                songs, cosines.tolist(), percentiles, reasons, strict=True
            )
        )

    def _way(self, ends: Rows, points: Floats, choice: Choice, filters: Filters) -> Rows:
        """For each of *points* the nearest song that is not on the way yet."""
        way = NONE
        for point in points:
            row, _ = self._choose(point, choice, filters, asked=ends, above=way)
            way = np.concatenate([way, row])
        return way

    def _unmet(self, filters: Filters) -> tuple[str, ...]:
        """What of the filters no song can meet."""
        return tuple(filters.unmet(self.catalogue))

    def _place(self, profile: Profile) -> Floats:
        """The latent of a profile, [20]."""
        latent: Floats = self._encoder.network(profile.inputs)[0]
        return latent

    def _profile_of_taste(self, taste: Taste) -> Profile:
        """What a taste asks for, the artist as the catalogue writes the name."""
        artist = taste.get("artist")
        if artist and not self._reader.knows("artist", artist):
            taste = {**taste, "artist": self.titles.artist(artist) or artist}
        return self._reader.taste(taste)


def read_index(release: Release) -> tuple[DirectionIndex, pl.Series]:
    """The index of all latents, and the song_id of each; the latents as they lay in the table are let go of."""
    latents = release.latents.select("song_id", "latent").collect()
    if latents.is_empty():
        raise NotFound(f"The release {release.id} holds no songs, so none can be recommended.")
    return DirectionIndex(latents["latent"].to_numpy()), latents["song_id"].rechunk()


def unit(vector: Floats) -> Floats:
    """*vector* with length 1.

    Raises:
        Unanswerable: If it has none.
    """
    length = float(np.linalg.norm(vector))
    if length < 1e-6:
        raise Unanswerable("Expected likes that outweigh the dislikes. They leave no direction.")
    return (vector / length).astype(np.float32)


def arc(start: Floats, end: Floats, steps: int) -> Floats:
    """*steps* directions evenly between two, both left out, float32 [steps, d].

    Of two opposite ones any way round is as short as another; one is taken.
    """
    angle = np.arccos(np.clip(start @ end, -1, 1))
    across = end - (start @ end) * start
    length = np.linalg.norm(across)
    if length < 1e-6:
        across = np.roll(start, 1) - (np.roll(start, 1) @ start) * start
        length = np.maximum(np.linalg.norm(across), 1e-12)
    turns = angle * np.arange(1, steps + 1)[:, None] / (steps + 1)
    points = np.cos(turns) * start + np.sin(turns) * across / length
    return np.asarray(points, np.float32)
