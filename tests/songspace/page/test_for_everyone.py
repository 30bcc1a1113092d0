"""The page for every listener: on a phone, with a keyboard, read aloud, in the dark, and with titles that mean harm."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, ViewportSize, expect

from tests.songspace.page.conftest import DESKTOP, PHONE, Visit, listed
from tests.songspace.web.catalogue import HOSTILE
from tests.songspace.web.serving import Server

pytestmark = pytest.mark.browser

STATES = {
    "start": "",
    "taste": "?show=taste&tempo=124&energy=80&emotion=joy&artist=Nobody",
    "filtered": "?show=taste&genre=rock&genres=rock&year_from=1990",
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(
    browser: Browser,
    server: Server,
    state: str,
    size: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    """By the rules of WCAG that a program can check."""
    context = browser.new_context(
        viewport=size,
        color_scheme=scheme,
        bypass_csp=True,  # axe is a script of ours
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{server.url}/{state}")
    expect(page.get_by_test_id("map")).to_be_visible()
    if state:
        listed(page)
    open_all(page)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    context.close()


def open_all(page: Page) -> None:
    """Open every part of the page that can be opened, once there is more than its map."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for closed in page.locator("summary, [aria-expanded=false]:not([role=combobox])").all():
        if closed.is_visible():
            closed.click()


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_nothing_on_a_phone_lies_beside_the_screen(visit: Visit, state: str) -> None:
    page = visit(state, **PHONE)
    open_all(page)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_titles_with_markup_are_shown_as_they_are_and_do_not_run(
    context: BrowserContext, visit: Visit, server: Server
) -> None:
    ran: list[str] = []

    def note(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    context.on("dialog", note)
    page = visit()

    for title in HOSTILE[:2]:
        found = server.get("/songs", params={"q": title, "limit": 50}).json()["songs"]
        [song] = [one for one in found if one["song"] == title][:1]
        page.goto(f"{server.url}/?show=song&song={song['song_id']}")
        listed(page)
        expect(page.get_by_text(title, exact=True).first).to_be_visible()
        page.get_by_test_id("search").fill(title)
        expect(page.locator("#search-list [role=option]").first).to_contain_text(title)

    assert ran == []
    assert page.locator("img[src=x]").count() == 0


def test_the_page_asks_nobody_but_its_server(
    context: BrowserContext, visit: Visit, server: Server
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))

    listed(visit("?show=taste&tempo=124"))

    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []


def test_the_map_is_drawn_and_lit(visit: Visit, server: Server, a_song: str) -> None:
    page = visit()
    drawn = wait_for_another_map(page, "")
    assert colours(page) > 20

    page.goto(f"{server.url}/?show=song&song={a_song}")

    listed(page)
    assert wait_for_another_map(page, drawn) != drawn


def colours(page: Page) -> int:
    """How many colours the map has."""
    count: int = page.get_by_test_id("map").evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return count


def test_the_map_zooms_by_its_buttons_and_by_the_keyboard(visit: Visit) -> None:
    page = visit()
    whole = wait_for_another_map(page, "")

    page.get_by_role("button", name="Zoom in").click()
    zoomed = wait_for_another_map(page, whole)

    page.get_by_test_id("map").focus()
    page.keyboard.press("ArrowLeft")
    moved = wait_for_another_map(page, zoomed)

    assert len({whole, zoomed, moved}) == 3


def wait_for_another_map(page: Page, before: str) -> str:
    """What the map's canvas shows once it is drawn, differs from *before* and moves no more, or after half a minute."""
    seen = before
    for _ in range(100):
        shown = pixels(page)
        if shown == seen != before and colours(page) > 1:
            break
        seen = shown
        page.wait_for_timeout(300)
    return seen


def pixels(page: Page) -> str:
    """The picture in the map's canvas."""
    picture: str = page.get_by_test_id("map").evaluate("canvas => canvas.toDataURL()")
    return picture
