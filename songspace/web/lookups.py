"""Routes that look something up: songs by name or number, the map, the choices of a form, the server's health."""

from __future__ import annotations

import gzip
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from songspace.recommender.titles import LONGEST_QUERY
from songspace.web.answers import Found, Health, MapAnswer, Options, SongPage, song_answer
from songspace.web.bodies import InPathId
from songspace.web.live_offer import Followed, Live

router = APIRouter()


@router.get("/health")
async def health(following: Followed) -> Health:
    """Whether songs are served, and of which release."""
    standing = following.standing
    offer = standing.offer
    return Health(status="ok", release=offer.release, songs=offer.songs, trouble=standing.trouble)


@router.get("/options")
def options(offer: Live) -> Options:
    """What a form may offer: ranges, genres, emotions and years of the catalogue."""
    offered: Options = offer.options
    return offered


@router.get("/songs")
def songs(
    offer: Live,
    q: Annotated[str, Query(max_length=LONGEST_QUERY)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Found:
    """Songs in whose artist and title every word of q begins a word; for search as one types."""
    found = offer.recommender.find(q, limit)
    missed = bool(q.strip()) and not found
    return Found(
        songs=[song_answer(song) for song in found],
        artists=offer.recommender.titles.similar_artists(q) if missed else [],
        release=offer.release,
    )


@router.get("/songs/{song_id}")
async def song(offer: Live, song_id: InPathId) -> SongPage:
    """All that is known of one song."""
    return offer.song_page(int(song_id))


@router.get("/map", response_model=MapAnswer)
def map_(offer: Live, request: Request) -> Response:
    """The map of the space: a sample of songs, each with its place and its colours."""
    tag = f'"{offer.release}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        plain = gzip.decompress(offer.map)
        return Response(plain, media_type="application/json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(offer.map, media_type="application/json", headers=headers)
