"""A release that cannot be read is not served, and takes nothing away from the one that is."""

from __future__ import annotations

import logging
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from songspace.web.following import Following, Standing
from songspace.web.live import read_live
from storage import Store
from tests.songspace.web.catalogue import build, write_table
from tests.songspace.web.serving import Server, free_port, listens, serving, start

pytestmark = pytest.mark.fault

LATENTS_FILE = "latents/part-0.parquet"


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.chmod(0o644)
    path.write_bytes(content)


def promote(store: Store, release: str) -> None:
    """Make *release* live."""
    head = store.head()
    store.promote(release, expected=head.sequence if head else None)


@contextmanager
def looking_away(server: Server) -> Iterator[None]:
    """Let *server* see nothing until the end of the block."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def wait_for(server: Server, condition: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """What /health says once that is so."""
    while not condition(health := server.get("/health").json()):
        time.sleep(0.05)
    return dict(health)


@pytest.fixture
def own_server(own_store: Store, tmp_path: Path) -> Iterator[Server]:
    """A server of the store."""
    with serving(own_store.root, tmp_path / "log") as server:
        yield server


@pytest.fixture
def damaged(own_store: Store, own_server: Server) -> str:
    """A release that is live, and was damaged before the server could look at it."""
    release = build(own_store, seed=2)
    with looking_away(own_server):
        promote(own_store, release)
        flip(own_store.root / "releases" / release / LATENTS_FILE)
    return release


def test_a_damaged_release_is_refused_and_the_one_before_is_served_on(
    own_store: Store, own_server: Server, damaged: str
) -> None:
    health = wait_for(own_server, lambda told: told["trouble"] is not None)

    assert health["trouble"] == f"{damaged} could not be read: the log says why."
    first = own_store.history()[0].release
    assert health["release"] == first
    assert own_server.post("/recommend", {}).json()["release"] == first


def test_the_log_names_the_file_that_is_damaged(own_server: Server, damaged: str) -> None:
    del damaged

    wait_for(own_server, lambda told: told["trouble"] is not None)

    (line,) = [one for one in own_server.log.read_text().splitlines() if "still serving" in one]
    assert LATENTS_FILE in line


def test_a_sound_release_after_a_damaged_one_is_taken_up(
    own_store: Store, own_server: Server, damaged: str
) -> None:
    del damaged
    wait_for(own_server, lambda told: told["trouble"] is not None)
    sound = build(own_store, seed=3)

    promote(own_store, sound)

    health = wait_for(own_server, lambda told: told["release"] == sound)
    assert health["trouble"] is None


def test_a_release_is_never_told_of_with_the_trouble_of_another(
    own_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Asked at the earliest moment: when the log says that it is served."""
    following = Following(own_store.root, read_live(own_store.root))
    promote(own_store, build_strange(own_store))
    following.take_up()
    assert following.standing.trouble
    sound = build(own_store, seed=3)
    promote(own_store, sound)
    told: list[Standing] = []

    class Look(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if record.msg.startswith("serving release"):
                told.append(following.standing)
            return True

    with caplog.at_level(logging.INFO, "songspace.web.following"), caplog.filtering(Look()):
        following.take_up()

    assert [(one.offer.release, one.trouble) for one in told] == [(sound, None)]


def test_a_rollback_ends_the_trouble(own_store: Store, own_server: Server, damaged: str) -> None:
    del damaged
    wait_for(own_server, lambda told: told["trouble"] is not None)
    first = own_store.history()[0].release

    own_store.rollback(first)

    assert wait_for(own_server, lambda told: told["trouble"] is None)["release"] == first


def test_tables_of_another_form_do_not_end_the_following(own_store: Store) -> None:
    following = Following(own_store.root, read_live(own_store.root))
    first, strange = following.offer.release, build_strange(own_store)
    promote(own_store, strange)

    following.take_up()

    assert following.offer.release == first
    assert following.standing.trouble == f"{strange} could not be read: the log says why."


def test_a_ledger_that_is_gone_does_not_end_the_service(own_store: Store) -> None:
    following = Following(own_store.root, read_live(own_store.root))
    first = following.offer.release
    shutil.rmtree(own_store.root / "refs")

    following.take_up()

    assert following.offer.release == first
    assert following.standing.trouble == "the ledger could not be read: the log says why."


def build_strange(store: Store) -> str:
    """A release whose songs have none of the columns that songs have."""
    whole = (store.root / "live").resolve()
    with store.draft() as draft:
        for name in ("latents", "encoder", "model"):
            shutil.copytree(whole / name, draft / name)
        write_table(draft / "songs", pl.DataFrame({"song": ["a", "b"]}))
        made = store.commit(draft, "run", recipe={"strange": True})
    folders = ("songs", "latents", "encoder", "model")
    return store.build_release({name: (made, name) for name in folders}, meta={})


@pytest.mark.parametrize("flaw", ["damaged", "no release", "nothing there"])
def test_without_a_release_to_serve_the_server_says_so_in_a_line_and_ends(
    own_store: Store, tmp_path: Path, flaw: str
) -> None:
    served = {"damaged": own_store.root, "no release": tmp_path}.get(flaw, tmp_path / "absent")
    if flaw == "damaged":
        flip((own_store.root / "live").resolve() / LATENTS_FILE)
    log, port = tmp_path / "log", free_port()

    process = start(served, log, port)

    assert process.wait() == 1
    said = log.read_text()
    assert said.startswith("songspace: ")
    assert said.count("\n") == 1
    assert not listens(port)


def test_a_port_that_is_taken_is_said_and_ends_the_server(
    songs_store: Path, server: Server, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    process = start(songs_store, log, server.port)

    assert process.wait() != 0
    assert "address already in use" in log.read_text()
    assert "Traceback" not in log.read_text()
