"""One run at a time works in a store, and a dead one is in nobody's way."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import executable

import pytest

from storage import Store, StoreError
from storage.turns import Busy

ROOT = Path(__file__).parents[2]

HOLD = """
import sys, time
from storage import Store
with Store.open(sys.argv[1]).turn("the nightly run"):
    print("in", flush=True)
    if len(sys.argv) > 2:
        import subprocess
        subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print("started", flush=True)
    time.sleep(600)
"""


@contextmanager
def another_run(store: Store) -> Iterator[subprocess.Popen[str]]:
    """A process that has its turn."""
    command = [executable, "-c", HOLD, str(store.root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.fault
def test_the_second_run_is_told_who_works_in_the_store(store: Store) -> None:
    with another_run(store) as first, pytest.raises(Busy) as refused, store.turn("I"):
        pytest.fail("two runs at once")

    told = str(refused.value)
    assert f"Another run works in {store.root} since 20" in told
    assert f"(the nightly run, process {first.pid} on " in told
    assert "wait for its end" in told


def test_a_run_in_the_same_process_has_to_wait_too(store: Store) -> None:
    with store.turn("one"), pytest.raises(Busy, match="one, process"), store.turn("other"):
        pytest.fail("two runs at once")


def test_the_turn_ends_with_the_block_even_if_that_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.turn("one"):
        raise ZeroDivisionError

    with store.turn("other"):
        assert "other" in (store.root / ".run").read_text()


@pytest.mark.fault
def test_a_killed_run_leaves_the_store_open(store: Store) -> None:
    with another_run(store) as first:
        first.kill()
        first.wait()

        with store.turn("the next"):
            pass


@pytest.mark.fault
def test_what_a_killed_run_had_started_does_not_hold_its_turn(store: Store) -> None:
    script = HOLD.replace("time.sleep(600)", "import os; os.kill(os.getpid(), 9)")
    with subprocess.Popen(
        [executable, "-c", script, str(store.root), "with a child"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.read() == "in\nstarted\n"

    with store.turn("the next"):
        pass


def test_stores_do_not_wait_for_one_another(store: Store, tmp_path: Path) -> None:
    with store.turn("one"), Store.open(tmp_path / "other").turn("other"):
        pass


def test_a_run_that_has_not_signed_yet_is_refused_without_a_name(store: Store) -> None:
    with store.turn("one"):
        (store.root / ".run").write_bytes(b"")

        with pytest.raises(Busy, match=r"Another run works in \S+\. Nothing was begun"):
            store.turn("other").__enter__()


def test_publishing_and_cleaning_need_no_turn(store: Store) -> None:
    with store.turn("one"), store.draft() as draft:
        (draft / "a").touch()

        assert store.holds(store.commit(draft, "songs", recipe={}))


def test_something_else_in_the_place_of_the_lock_is_named(store: Store) -> None:
    (store.root / ".run").mkdir()

    with pytest.raises(StoreError, match="Could not begin a run in the store"):
        store.turn("one").__enter__()
