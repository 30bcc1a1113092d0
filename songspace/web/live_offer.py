"""How a route comes by the offer that it answers by."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from songspace.web.following import Following
from songspace.web.offer import Offer


async def following_of(request: Request) -> Following:
    """What the application follows."""
    following: Following = request.app.state.following
    return following


async def live_offer(request: Request) -> Offer:
    """The offer of the release that is live as the request arrives; asked once, it answers all of it."""
    return (await following_of(request)).offer


Live: TypeAlias = Annotated[Offer, Depends(live_offer)]
Followed: TypeAlias = Annotated[Following, Depends(following_of)]
