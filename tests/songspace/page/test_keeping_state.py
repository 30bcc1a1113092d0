"""What a listener sees can be shared, is remembered, and survives a server that goes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.songspace.page.conftest import Visit, edit_taste, listed
from tests.songspace.web.serving import serving

pytestmark = pytest.mark.browser


def test_an_address_shows_a_stranger_the_same(visit: Visit, browser: Browser) -> None:
    page = visit("?show=taste&emotion=joy")
    listed(page)
    edit_taste(page)
    page.locator("#taste-tempo").focus()
    page.keyboard.press("End")
    page.get_by_test_id("find").click()
    expect(page).to_have_url(re.compile("tempo="))
    mine = listed(page)

    stranger = browser.new_context()
    theirs = stranger.new_page()
    theirs.goto(page.url)

    assert listed(theirs) == mine
    stranger.close()


def test_the_form_is_as_it_was_left(visit: Visit) -> None:
    page = visit("?show=taste&energy=77&emotion=anger")
    listed(page)
    page.close()

    again = visit()

    taste = again.get_by_test_id("taste")
    if not taste.is_visible():
        again.get_by_text("Describe a taste").first.click()
    expect(again.locator("#taste-energy")).to_have_value("77")
    expect(again.locator("#taste-emotion")).to_have_value("anger")


def test_the_chosen_theme_is_remembered(visit: Visit) -> None:
    page = visit()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_test_id("theme").click()
    chosen = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()

    again = visit()

    assert chosen != before
    assert again.evaluate("getComputedStyle(document.body).backgroundColor") == chosen


def test_a_server_that_is_away_is_told_of_and_asked_again(
    songs_store: Path, browser: Browser, tmp_path: Path, a_song: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    with serving(songs_store, tmp_path / "log") as server:
        page.goto(f"{server.url}/?show=song&song={a_song}")
        first = listed(page)
        server.end()
    page.get_by_test_id("result").nth(0).get_by_role("link").click()
    failure = page.get_by_role("region", name="Songs").get_by_role("alert")
    expect(failure).to_be_visible()

    with serving(songs_store, tmp_path / "log", port=server.port):
        failure.get_by_role("button").click()
        expect(failure).to_have_count(0)

        assert listed(page) != first
    context.close()
