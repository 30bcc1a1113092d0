"""What to say of names in a taste that the space does not know."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from songspace.recommender.taste import Profile, Reader
from songspace.recommender.titles import LIKE_ENOUGH, TitleSearch

SUGGESTED = 3


def unheard(profile: Profile, reader: Reader, titles: TitleSearch) -> Iterator[str]:
    """A sentence for each name that could not be heeded, with what was meant, perhaps."""
    names = {"artist": profile.artists, "genre": profile.tags, "emotion": (profile.emotion or "",)}
    for kind in profile.unheard:
        for name in names[kind]:
            if reader.knows(kind, name):
                continue
            if kind == "artist" and titles.artist(name):
                yield (
                    f"{name} has too few songs here for the space to know the artist, which was left unknown: "
                    "ask for songs like one of theirs."
                )
                continue
            alike = (
                titles.similar_artists(name, SUGGESTED)
                if kind == "artist"
                else similar_names(name, reader, kind)
            )
            hint = f" Did you mean: {', '.join(alike)}?" if alike else ""
            yield f"There is no {kind} {name!r} here; it was left unknown.{hint}"


def similar_names(name: str, reader: Reader, kind: str) -> list[str]:
    """The names most like *name*."""
    alike = process.extract(
        name.lower(),
        reader.names(kind),
        scorer=fuzz.ratio,
        score_cutoff=LIKE_ENOUGH,
        limit=SUGGESTED,
    )
    return [found for found, _, _ in alike]
