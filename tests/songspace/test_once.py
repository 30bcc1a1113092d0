"""A property that is worked out once, whichever threads ask for it first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from songspace.once import once

THREADS = 16


class Counter:
    """Counts how often its properties are worked out."""

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self.two = Barrier(2)
        self.made: list[int] = []

    @once
    def first(self) -> list[int]:
        """A fresh list; before it is there a second thread has the time to come in."""
        self.made.append(len(self.made))
        with suppress(BrokenBarrierError):
            self.two.wait(0.2)
        return [self.start]

    @once
    def through_first(self) -> int:
        """Asks for the other."""
        return self.first[0] + 1

    @once
    def failing(self) -> str:
        """Fails the first time."""
        self.made.append(len(self.made))
        if len(self.made) == 1:
            raise ValueError("not yet")
        return "there"


def test_threads_that_ask_at_once_get_one_value_that_was_worked_out_once() -> None:
    counter = Counter()
    together = Barrier(THREADS)

    def ask() -> list[int]:
        together.wait()
        return counter.first

    with ThreadPoolExecutor(THREADS) as threads:
        asked = [threads.submit(ask) for _ in range(THREADS)]
        found = [one.result() for one in asked]

    assert counter.made == [0]
    assert all(one is found[0] for one in found)


def test_each_object_has_a_value_of_its_own() -> None:
    assert Counter(1).first == [1]
    assert Counter(2).first == [2]


def test_a_property_may_ask_for_another_of_the_same_object() -> None:
    assert Counter(4).through_first == 5


def test_what_failed_is_tried_again() -> None:
    counter = Counter()
    with pytest.raises(ValueError, match="not yet"):
        _ = counter.failing

    assert counter.failing == "there"
    assert counter.made == [0, 1]


def test_the_class_gives_the_property_itself() -> None:
    assert isinstance(Counter.first, once)
