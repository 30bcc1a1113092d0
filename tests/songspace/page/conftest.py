"""The page in Debian's chromium, over a real server of the small catalogue; nothing else can be reached."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.songspace.web.conftest import (  # noqa: F401 - fixtures
    a_song,
    own_store,
    recommender,
    server,
    some_songs,
    songs_store,
)
from tests.songspace.web.serving import Server

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
DESKTOP: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
PATIENCE_MS: Final = 30_000

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; Playwright runs an event loop while it is there, so it goes with the last test of a file."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor, who keeps nothing from others; the page complains of nothing while they are here."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    context.on(
        "console", lambda line: complaints.append(line.text) if line.type == "error" else None
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def visit(context: BrowserContext, server: Server) -> Visit:  # noqa: F811 - the fixture
    """A function that opens the page at a state, in a new tab, and waits until its map is drawn."""

    def open_page(state: str = "", **size: Any) -> Page:
        page = context.new_page()
        if size:
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.goto(f"{server.url}/{state}")
        expect(page.get_by_test_id("map")).to_be_visible()
        expect(page.get_by_text("Drawing the map…")).to_have_count(0)
        return page

    return open_page


def edit_taste(page: Page) -> None:
    """Open the form of the taste that is shown; the focus goes to it a moment later."""
    page.get_by_role("button", name="Edit the taste").click()
    expect(page.locator("summary", has_text="Describe a taste")).to_be_focused()


def listed(page: Page) -> list[str]:
    """The ids of the songs in the list, once it is there."""
    expect(page.get_by_test_id("results")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_test_id("result").first).to_be_visible()
    results = page.get_by_test_id("result").all()
    return [str(result.get_attribute("data-song")) for result in results]
