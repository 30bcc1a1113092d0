"""Routes that answer with a list of songs.

They run on the event loop itself: a list takes milliseconds of Python, and in threads that wait for one another's
turn eight clients got 190 lists a second instead of 245.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from songspace.web.answers import Answer
from songspace.web.bodies import BlendBody, InPathId, TasteBody, WantedQuery, WayQuery
from songspace.web.live_offer import Live

router = APIRouter()


@router.post("/recommend")
async def recommend(offer: Live, body: Annotated[TasteBody, Body()]) -> Answer:
    """Songs after a taste. A name that is not known counts as unknown, and `notes` says so."""
    taste = body.taste()
    found = offer.recommender.taste(body.choice(), body.filters(), **taste)
    asked = offer.recommender.places.of(offer.recommender.place(taste)) if body.places else None
    return offer.answer(found, places=body.places, asked=asked)


@router.post("/blend")
async def blend(offer: Live, body: Annotated[BlendBody, Body()]) -> Answer:
    """Songs like several, and unlike others."""
    likes, dislikes = [int(one) for one in body.likes], [int(one) for one in body.dislikes]
    found = offer.recommender.blend(likes, dislikes, body.choice(), body.filters())
    middle = offer.recommender.middle(likes, dislikes)
    asked = offer.recommender.places.of(middle) if body.places else None
    return offer.answer(found, places=body.places, asked=asked)


@router.get("/songs/{song_id}/similar")
async def similar(offer: Live, song_id: InPathId, wanted: WantedQuery) -> Answer:
    """The songs nearest to one."""
    found = offer.recommender.similar(int(song_id), wanted.choice(), wanted.filters())
    asked = offer.place_of(int(song_id)) if wanted.places else None
    return offer.answer(found, places=wanted.places, asked=asked)


@router.get("/path")
def path(offer: Live, way: WayQuery) -> Answer:
    """Songs that lead from one to another, both left out; in a thread, since each step is a search."""
    found = offer.recommender.path(
        int(way.start), int(way.end), way.steps, way.per_artist, way.filters()
    )
    return offer.answer(found, places=way.places)
