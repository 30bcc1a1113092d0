"""The pages of the reports: what can be reached of a store, and what cannot."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from flows.commands import main
from flows.reports import listing
from songspace.sealed import JSON
from storage.store import Store

Answer = tuple[int, str]


def make_release(store: Store, title: str) -> str:
    """A release with a report, and something beside it that is nobody's business."""
    with store.draft() as draft:
        for folder in ("report", "model"):
            (draft / folder).mkdir()
        (draft / "report" / "index.html").write_text(f"<h1>{title}</h1>")
        (draft / "report" / "map.png").write_bytes(b"picture")
        (draft / "model" / "secret.txt").write_text("secret")
        ref = store.commit(draft, "all", recipe={})
    gate: dict[str, JSON] = {"verdict": "pass", "reason": "all well", "headline": 0.25}
    return store.build_release(
        {name: (ref, name) for name in ("report", "model")}, meta={"gate": gate}
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with two releases, of which the second is live."""
    store = Store.open(tmp_path_factory.mktemp("stores") / "<my> store")
    make_release(store, "first")
    time.sleep(1)  # or they would be of the same second, and their order by chance
    store.promote(make_release(store, "second"), expected=None)
    return store


@pytest.fixture(scope="module")
def port(store: Store) -> Iterator[int]:
    """Where the command serves that store, and one that is not there yet."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    stores = [str(store.root), str(store.root.parent / "later")]
    command = [sys.executable, "-m", "flows", "reports", "--port", str(port), "--store", *stores]
    with subprocess.Popen(command) as process:
        try:
            while True:
                assert process.poll() is None
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                except ConnectionRefusedError:
                    time.sleep(0.1)
                else:
                    break
            yield port
        finally:
            process.terminate()


def ask(port: int, path: str, method: str = "GET", host: str = "127.0.0.1") -> Answer:
    """What comes back for a path that is sent as it is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_store_whose_ledger_cannot_be_read_is_called_damaged(tmp_path: Path) -> None:
    damaged = Store.open(tmp_path / "damaged").root
    (damaged / "refs" / "live" / "0000001.json").mkdir()

    assert listing(damaged)["fault"].startswith("DAMAGED: ")
    assert listing(tmp_path / "later") == {"releases": [], "fault": ""}


def test_the_list_has_the_newest_release_first_with_its_verdict(store: Store, port: int) -> None:
    first, second = store.releases()

    status, page = ask(port, "/")

    assert status == 200
    assert page.index(second) < page.index(first)
    assert page.count("pass    headline 0.2500") == 2
    assert page.count("<strong>live</strong>") == 1
    assert page.index("<strong>live</strong>") < page.index(first)


def test_a_store_that_is_not_there_yet_has_no_release(port: int) -> None:
    _, page = ask(port, "/")

    assert "<h2>later</h2>\n<p>No release yet.</p>" in page.replace("\n\n", "\n")


def test_names_are_no_markup(port: int) -> None:
    _, page = ask(port, "/")

    assert "<h2>&lt;my&gt; store</h2>" in page
    assert 'href="/%3Cmy%3E%20store/' in page


def test_each_report_is_a_page_with_its_pictures(store: Store, port: int) -> None:
    first, second = store.releases()
    base = "/%3Cmy%3E%20store"

    assert ask(port, f"{base}/{first}/") == (200, "<h1>first</h1>")
    assert ask(port, f"{base}/{second}/index.html") == (200, "<h1>second</h1>")
    assert ask(port, f"{base}/{second}/map.png") == (200, "picture")


@pytest.mark.parametrize(
    "path",
    [
        "{release}/../model/secret.txt",
        "{release}/%2e%2e/model/secret.txt",
        "{release}/..%2fmodel/secret.txt",
        "{release}/%2e%2e%2f%2e%2e%2f%2e%2e%2frefs/live/0000001.json",
        "{release}//etc/passwd",
        "{release}/nothing.png",
        "../<my> store/refs/live/0000001.json",
        "..%2f..%2fetc/passwd",
        "refs/live/0000001.json",
        "20200101T000000Z-00000000/",
        "live/",
        "/",
    ],
)
def test_nothing_else_of_a_store_can_be_reached(store: Store, port: int, path: str) -> None:
    filled = path.format(release=store.releases()[0]).replace("<my> store", "%3Cmy%3E%20store")

    status, said = ask(port, f"/%3Cmy%3E%20store/{filled}")

    assert status == 404
    assert "secret" not in said


def test_an_unknown_store_is_not_found(store: Store, port: int) -> None:
    assert ask(port, f"/nowhere/{store.releases()[0]}/")[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_can_only_be_read(port: int, method: str) -> None:
    assert ask(port, "/", method)[0] == 405


def test_a_page_elsewhere_cannot_ask_under_a_name_of_its_own(port: int) -> None:
    assert ask(port, "/", host="elsewhere.example")[0] == 400


def test_two_stores_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "a" / "store", tmp_path / "b" / "store"

    assert main(["reports", "--store", str(one), str(other)]) == 1
    assert "have the same name" in capsys.readouterr().err
