"""A listener asks for songs: by a song, by a taste, by likes, and from one song to another."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.songspace.page.conftest import Visit, edit_taste, listed
from tests.songspace.web.catalogue import DUET
from tests.songspace.web.serving import Server

pytestmark = pytest.mark.browser


def ids(server: Server, path: str) -> list[str]:
    """The ids of the list that the API answers with."""
    answer = server.get(path).raise_for_status().json()
    return [item["song"]["song_id"] for item in answer["data"]]


def test_a_song_is_found_and_asked_for_by_the_keyboard_alone(visit: Visit, server: Server) -> None:
    page = visit()
    [found] = server.get("/songs?q=zacharias&limit=1").json()["songs"]

    page.get_by_test_id("search").press_sequentially("zacharias")
    expect(page.locator("#search-list [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    assert listed(page) == ids(server, f"/songs/{found['song_id']}/similar")


def test_a_click_on_a_song_leads_on_and_back_leads_back(
    visit: Visit, server: Server, a_song: str
) -> None:
    page = visit(f"?show=song&song={a_song}")
    first = listed(page)

    page.get_by_test_id("result").nth(2).get_by_role("link").click()

    expect(page.locator(f"[data-testid=result][data-song='{first[2]}']")).to_have_count(0)
    assert listed(page) == ids(server, f"/songs/{first[2]}/similar")
    page.go_back()
    expect(page.locator(f"[data-testid=result][data-song='{first[0]}']")).to_be_visible()
    assert listed(page) == first


def test_artists_who_made_a_song_together_are_told_apart(visit: Visit, server: Server) -> None:
    [duet] = server.get(f"/songs?q={','.join(DUET)}&limit=1").json()["songs"]

    page = visit(f"?show=song&song={duet['song_id']}")

    expect(page.locator(".subject-artist")).to_have_text("Ann 1, Bob 1")


def test_only_what_was_touched_of_a_taste_is_sent(visit: Visit) -> None:
    page = visit("?show=taste&emotion=joy")
    listed(page)
    edit_taste(page)
    page.locator("#taste-energy").focus()
    page.keyboard.press("Home")
    page.get_by_role("switch", name="Meditation, stretching").first.click()

    with page.expect_request("**/recommend") as asked:
        page.get_by_test_id("find").click()

    sent = json.loads(asked.value.post_data or "")
    fields = {name: value for name, value in sent.items() if name not in LIST_OPTIONS}
    low = sent["energy"]
    assert fields == {"emotion": "joy", "energy": low, "good_for_meditation_stretching": 2}
    assert low <= 1


LIST_OPTIONS = {"n", "places", "per_artist", "diversity"}


def test_a_slider_goes_back_to_unknown(visit: Visit) -> None:
    page = visit("?show=taste&energy=90&tempo=120")
    listed(page)
    edit_taste(page)
    page.locator("#taste-energy").focus()
    page.keyboard.press("Delete")

    with page.expect_request("**/recommend") as asked:
        page.get_by_test_id("find").click()

    sent = json.loads(asked.value.post_data or "")
    assert "energy" not in sent
    assert sent["tempo"] == 120


def test_a_name_that_nobody_has_is_told_of(visit: Visit) -> None:
    page = visit("?show=taste&tempo=120&artist=Ann+1x")

    expect(page.get_by_test_id("notes")).to_contain_text("Ann 1x")
    expect(page.get_by_test_id("notes")).to_contain_text("Did you mean")


def test_likes_are_blended_away_from_dislikes(
    visit: Visit, server: Server, some_songs: list[str]
) -> None:
    like, other, dislike = some_songs[:3]
    page = visit(f"?show=blend&like={like}&like={other}&dislike={dislike}")

    shown = listed(page)

    answer = server.post("/blend", {"likes": [like, other], "dislikes": [dislike]}).json()
    assert shown == [item["song"]["song_id"] for item in answer["data"]]


def test_a_path_leads_from_one_song_to_another(
    visit: Visit, server: Server, some_songs: list[str]
) -> None:
    start, end = some_songs[0], some_songs[7]
    page = visit(f"?show=path&start={start}&end={end}&steps=5")

    shown = listed(page)

    assert shown == ids(server, f"/path?start={start}&end={end}&steps=5")
    assert len(shown) == 5


def test_every_song_says_why_it_is_there(visit: Visit, a_song: str) -> None:
    page = visit(f"?show=song&song={a_song}")
    listed(page)

    for result in page.get_by_test_id("result").all():
        expect(result).to_contain_text("cosine")
        expect(result).to_contain_text("of pairs")
        assert sides_named(result.inner_text()), result.inner_text()


def sides_named(words: str) -> list[str]:
    """The sides that a result names as its reasons."""
    return [side for side in ("Sound", "Mood", "Genre", "Artist") if f"{side} " in words]


def test_filters_hold_for_every_song_shown(visit: Visit, a_song: str, server: Server) -> None:
    page = visit(f"?show=song&song={a_song}&genres=jazz")

    shown = listed(page)

    tags = [server.get(f"/songs/{one}").json()["song"]["genres"] for one in shown]
    assert tags
    assert all("jazz" in of_song for of_song in tags)


def test_filters_that_change_change_the_path(
    visit: Visit, server: Server, some_songs: list[str]
) -> None:
    start, end = some_songs[0], some_songs[7]
    page = visit(f"?show=path&start={start}&end={end}&steps=3")
    listed(page)

    page.get_by_text("Refine the list").click()
    with page.expect_response("**/path?*"):
        page.locator("#refine-explicit").select_option("false")

    expect(page.get_by_test_id("results")).to_have_attribute("aria-busy", "false")
    assert listed(page) == ids(server, f"/path?start={start}&end={end}&steps=3&explicit=false")


def test_a_point_of_the_map_leads_to_its_song(visit: Visit) -> None:
    page = visit()
    canvas = page.get_by_test_id("map")
    box = canvas.bounding_box()
    assert box

    go_over(page, box["x"], box["y"], box["width"], box["height"])

    assert "show=song" in page.url
    assert listed(page)


def go_over(page: Page, left: float, top: float, width: float, height: float) -> None:
    """Click here and there on the map until a song is hit."""
    for down in range(2, 9):
        for across in range(2, 9):
            page.mouse.click(left + width * across / 10, top + height * down / 10)
            page.wait_for_timeout(350)  # a double click would zoom
            if "show=song" in page.url:
                return
    raise AssertionError("No click on the map hit a song.")
