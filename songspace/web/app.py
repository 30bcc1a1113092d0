"""The application: its routes, its page, and what stands round them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from songspace.web import lists, lookups
from songspace.web.answers import Problem
from songspace.web.following import Following
from songspace.web.guards import Guards, Hosts
from songspace.web.problems import MEDIA_TYPE, tell_of_problems

PAGE: Final = Path(__file__).parent / "page"

THREADS: Final = 2
"""Searches by name, paths and maps that are worked on at once; the look at the ledger takes its turn with them."""

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status, text in {
        400: "The body is no JSON, or the request was meant for another server.",
        404: "There is no such song.",
        408: "The body did not come.",
        413: "The body is too long.",
        422: "Something that was sent is out of its bounds, or has no answer.",
    }.items()
}


def make_app(
    following: Following, hosts: Sequence[str] = ("*",), origins: Sequence[str] = ()
) -> FastAPI:
    """The application.

    Args:
        following: What is served.
        hosts: Names under which it may be asked.
        origins: Other origins whose pages may ask; none unless they are named.
    """
    middleware = [
        Middleware(Guards, shared=bool(origins)),
        Middleware(Hosts, ours=hosts),
    ]
    if origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(origins),
                allow_methods=["GET", "POST"],
                allow_headers=["Content-Type"],
            )
        )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS + 1
        task = asyncio.create_task(following.follow())
        yield
        task.cancel()

    app = FastAPI(
        title="Songspace",
        summary="Songs that lie near one another, with the reasons.",
        version="1",
        docs_url=None,  # its scripts come from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        middleware=middleware,
        lifespan=lifespan,
        responses=PROBLEMS,
    )
    tell_of_problems(app)
    app.state.following = following
    app.include_router(lists.router)
    app.include_router(lookups.router)
    # Where no route is; a mount would hide that a method is the wrong one.
    app.frontend("/", directory=PAGE, fallback=None)
    return app
