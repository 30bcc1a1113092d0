"""The reports of releases as web pages: read-only, and nothing else of a store can be reached."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from flows.upkeep import judged
from songspace.errors import SongspaceError
from songspace.ledger import is_store
from songspace.places import Place, place_of
from songspace.s3.url import Url
from storage.store import Store

TEMPLATES: Final = Path(__file__).parent / "templates"

HOSTS: Final = ["127.0.0.1", "localhost"]
"""Names under which a browser may ask: another page that points its own name here gets nothing."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""For the list of releases; a report brings a policy of its own."""

Page = Callable[[Request], Response | Coroutine[Any, Any, Response]]


def serve(roots: Sequence[str], host: str, port: int) -> None:
    """Serve the reports of the stores at *roots* until the process is stopped.

    Raises:
        ValueError: If two stores have the same name.
    """
    uvicorn.run(site(roots), host=host, port=port, log_level="warning", access_log=False)


def site(roots: Sequence[str]) -> Starlette:
    """All pages: the list of releases, and ``/<name of the store>/<release>/`` for each report."""
    stores = named(roots)
    pages: Mapping[str, Page] = {
        "/": partial(show_releases, stores),
        "/{store}/{release}/": partial(show_report, stores),
        "/{store}/{release}/{file:path}": partial(show_report, stores),
    }
    return Starlette(
        routes=[Route(path, page, methods=["GET"]) for path, page in pages.items()],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)],
    )


def named(roots: Sequence[str]) -> dict[str, Place]:
    """The stores by the names of their folders; there may be none yet.

    Raises:
        ValueError: If two have the same name.
    """
    stores: dict[str, Place] = {}
    for path in dict.fromkeys(map(resolved, roots)):
        if path.name in stores:
            raise ValueError(
                f"The stores {stores[path.name]} and {path} have the same name, and so the same address: "
                "serve one of them elsewhere."
            )
        stores[path.name] = path
    return stores


def resolved(root: str) -> Place:
    """The place of a store, under the one name that it has."""
    place = place_of(root)
    return place if isinstance(place, Url) else place.resolve()


def show_releases(stores: Mapping[str, Place], _request: Request) -> Response:
    """The releases of every store, newest first."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    listed = {name: listing(root) for name, root in stores.items()}
    page = environment.get_template("releases.html.j2").render(stores=listed)
    return HTMLResponse(
        page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    )


def listing(root: Place) -> dict[str, Any]:
    """What the list says of a store: its releases, none where there is no store yet, or what is wrong with it."""
    try:
        is_there = is_store(root) if isinstance(root, Url) else root.exists()
        return {"releases": releases(Store.existing(root)) if is_there else [], "fault": ""}
    except SongspaceError as error:
        return {"releases": [], "fault": f"DAMAGED: {error}"}


def releases(store: Store) -> list[dict[str, str]]:
    """What the list says of each release of a store."""
    head = store.head()
    live = head.release if head else None
    forced = {entry.release for entry in store.history() if entry.action == "force"}
    return [
        {"name": name, "live": "live" if name == live else "", **described(store, name, forced)}
        for name in reversed(store.releases())
    ]


def described(store: Store, release: str, forced: set[str]) -> dict[str, str]:
    """Date and verdict of a release."""
    try:
        manifest = store.release_manifest(release)
    except SongspaceError as error:
        return {"made": "", "verdict": f"DAMAGED: {error}"}
    return {
        "made": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC",
        "verdict": judged(manifest, release in forced),
    }


async def show_report(stores: Mapping[str, Place], request: Request) -> Response:
    """One file of a release's report."""
    folder = report_folder(stores, request.path_params["store"], request.path_params["release"])
    files = StaticFiles(directory=folder, check_dir=False)
    file = request.path_params.get("file") or "index.html"
    return await files.get_response(file, request.scope)


def report_folder(stores: Mapping[str, Place], store: str, release: str) -> Path:
    """Where the report of a release lies.

    Raises:
        HTTPException: If there is no such store or release.
    """
    try:
        return Store.existing(stores[store]).release_part(release, "report")
    except (KeyError, ValueError, SongspaceError) as error:
        raise HTTPException(404, "There is no such release.") from error
