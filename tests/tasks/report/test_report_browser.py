"""The page in a real browser, cut off from any network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

OpenPage = Callable[..., str]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=20000",
    "--dump-dom",
)


@pytest.fixture
def open_page(report_folder: Path, tmp_path: Path) -> OpenPage:
    """A function that opens a report at an anchor and returns the page as its scripts have left it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    address = (report_folder / "index.html").as_uri()

    def open_at(anchor: str, *flags: str) -> str:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [chromium, *FLAGS, *flags, profile, f"{address}#{anchor}"]
        opened = subprocess.run(command, capture_output=True, check=True, timeout=120)
        return opened.stdout.decode("utf-8")

    return open_at


def attribute(page: str, name: str) -> str | None:
    """The attribute *name* of the page's first element."""
    found = re.search(rf'<html[^>]* {name}="([^"]*)"', page)
    return found and found[1]


def test_hostile_titles_are_shown_and_do_not_run(open_page: OpenPage) -> None:
    page = open_page("q=executed")

    assert attribute(page, "data-map") == "scattergl"
    assert "12 found" in page  # three of the six names hold the word, each is there four times
    assert "<title>executed</title>" not in page
    assert "<li>&lt;/script&gt;&lt;script&gt;document.title=" in page


def test_a_link_brings_search_and_colours(open_page: OpenPage) -> None:
    page = open_page("by=emotion&q=omega")

    # Search works without accents; the song's name begins with a Greek letter.
    assert "0 found" in page
    assert re.search(r'data-by="emotion" aria-pressed="true"', page)
    assert re.search(r"<span>joy</span><small>24</small>", page)


def test_without_webgl_the_map_is_still_drawn(open_page: OpenPage) -> None:
    page = open_page("q=mega", "--disable-3d-apis")

    assert attribute(page, "data-map") == "scatter"
    assert "4 found" in page
