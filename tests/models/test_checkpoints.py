"""What a checkpoint brings back, which ones are not used, and what they may cost."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models import checkpoints
from models.autoencoder import CategorySizes
from models.checkpoints import NAME, Checkpoints, training_digest
from models.epochs import Watch
from models.training_settings import TrainSettings
from songspace.weights import read_weights, write_weights
from tests.models.one_weight import OneWeight, numbered, songs

EPOCHS = 6
NUMBERS = [1.0, 2.0, 3.0, 4.0]


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("models.checkpoints", "models.epochs"):
        monkeypatch.setattr(f"{module}.time", clock)
    return clock


def train(
    folder: Path | None,
    until: int = EPOCHS,
    training: str = "this one",
    after_epoch: Callable[[int], object] = lambda _: None,
) -> SimpleNamespace:
    """Train one weight, from its checkpoint in *folder* on, until so many epochs of EPOCHS are done."""
    loop = OneWeight(NUMBERS, learning_rate=0.1, momentum=0.9)
    watch = Watch(TrainSettings(deadline_s=600), EPOCHS, None)
    kept = Checkpoints(folder, training)
    begun = kept.resume(loop, watch)
    for epoch in range(begun, until):
        watch(epoch + 1, loop.fit(numbered(4), 2, epoch))
        after_epoch(epoch + 1)
        kept.save(loop, watch)
    return SimpleNamespace(weight=loop.weight, history=watch.history, begun=begun, watch=watch)


@pytest.fixture(scope="module")
def undisturbed() -> SimpleNamespace:
    return train(None)


@pytest.fixture
def stopped(tmp_path: Path, clock: Clock) -> Path:
    """The checkpoint of a training that was stopped after four epochs."""
    train(tmp_path, until=4)
    assert clock.now == 1000
    return tmp_path / NAME


@pytest.mark.fault
def test_training_goes_on_as_if_it_had_never_been_stopped(
    stopped: Path, undisturbed: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "models"):
        gone_on = train(stopped.parent)

    assert gone_on.begun == 4
    assert gone_on.weight == undisturbed.weight
    assert gone_on.history == undisturbed.history
    assert "goes on from epoch 4 of 6" in caplog.text


def test_where_nothing_is_left_to_do_nothing_is_done(
    tmp_path: Path, clock: Clock, undisturbed: SimpleNamespace
) -> None:
    train(tmp_path)
    clock.now += 1

    again = train(tmp_path)

    assert again.begun == EPOCHS
    assert again.weight == undisturbed.weight
    assert again.history == undisturbed.history


def test_the_time_before_it_was_stopped_is_counted(stopped: Path, clock: Clock) -> None:
    train(stopped.parent, until=5, after_epoch=lambda _: vars(clock).update(now=1500.0))

    gone_on = train(stopped.parent)

    assert gone_on.watch.seconds == 500


def test_a_file_per_training_holds_no_code_and_nothing_beside_it(stopped: Path) -> None:
    assert [path.name for path in stopped.parent.iterdir()] == [NAME]
    state, facts = read_weights(stopped)
    assert set(state) == {"network.0", "optimizer.0", "optimizer.1", "optimizer.2"}
    assert facts["history"]["loss"][0] > 0


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def retold(file: Path) -> None:
    """As by a hand that wants a shorter training."""
    state, facts = read_weights(file)
    facts["history"]["loss"].append(0.0)
    write_weights(file, state, facts)


def not_a_number(file: Path) -> None:
    state, facts = read_weights(file)
    write_weights(file, state, facts | {"seconds": float("nan")})


def without_facts(file: Path) -> None:
    write_weights(file, read_weights(file)[0], {})


def a_newer_format(file: Path) -> None:
    state, facts = read_weights(file)
    write_weights(file, state, facts | {"format": 99})


def a_link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


@pytest.mark.fault
@pytest.mark.parametrize(
    "damage",
    [truncated, emptied, flipped, retold, not_a_number, without_facts, a_newer_format, a_link],
)
def test_a_file_that_is_not_whole_is_told_and_training_starts_anew(
    stopped: Path,
    damage: Callable[[Path], None],
    undisturbed: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(stopped)

    anew = train(stopped.parent)

    assert anew.begun == 0
    assert anew.weight == undisturbed.weight
    assert "starts anew, since a checkpoint cannot be used: " in caplog.text


@pytest.mark.fault
def test_one_of_another_training_is_told_and_not_used(
    stopped: Path, undisturbed: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    anew = train(stopped.parent, training="another one")

    assert anew.begun == 0
    assert anew.weight == undisturbed.weight
    assert "is of a training on other songs or with other settings" in caplog.text


def test_one_of_another_network_is_not_used(stopped: Path) -> None:
    loop = OneWeight(NUMBERS)  # its optimizer has no momentum

    begun = Checkpoints(stopped.parent, "this one").resume(loop, Watch(TrainSettings(), 6, None))

    assert begun == 0
    assert loop.weight == 0


@pytest.mark.fault
def test_a_write_that_was_cut_short_leaves_the_checkpoint_before_it(
    stopped: Path, undisturbed: SimpleNamespace
) -> None:
    stopped.with_suffix(".part").write_bytes(stopped.read_bytes()[:100])

    gone_on = train(stopped.parent)

    assert gone_on.begun == 4
    assert gone_on.weight == undisturbed.weight
    assert [path.name for path in stopped.parent.iterdir()] == [NAME]


def test_checkpoints_take_a_twentieth_of_the_time_at_most(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here an epoch takes 10 s and a checkpoint 1 s: the second one waits for 20 s to have passed."""
    kept: list[int] = []

    def flush(path: Path) -> None:
        clock.now += 0.5
        if path == tmp_path:  # the last step
            kept.append(len(read_weights(tmp_path / NAME)[1]["history"]["loss"]))

    monkeypatch.setattr(checkpoints, "flush", flush)

    train(tmp_path, after_epoch=lambda _: vars(clock).update(now=clock.now + 10))

    assert kept == [1, 2, 4, 6]


def test_what_was_learned_by_the_deadline_is_kept_whatever_it_costs(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush(_: Path) -> None:
        clock.now += 301

    monkeypatch.setattr(checkpoints, "flush", flush)

    late = train(tmp_path, until=2).watch.late
    again = train(tmp_path, until=2)

    assert late
    assert again.begun == 2
    assert again.watch.late is False


@pytest.mark.fault
def test_on_a_full_disk_training_goes_on_without(
    small_disk: Path,
    undisturbed: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
    clock: Clock,
) -> None:
    del clock  # time stands still: no checkpoint takes too much of it
    train(small_disk, until=2)
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    gone_on = train(small_disk)

    assert gone_on.weight == undisturbed.weight
    assert "could not keep a checkpoint of epoch 3" in caplog.text
    assert "No space left on device" in caplog.text
    assert {path.name for path in small_disk.iterdir()} == {NAME, "ballast"}
    assert train(small_disk, until=2).begun == 2


def test_a_training_is_known_by_its_songs_and_settings_but_for_its_deadline() -> None:
    inputs, held_out = songs(NUMBERS), np.zeros(4, np.bool_)
    sizes, settings = CategorySizes(1, 2, 3), TrainSettings()

    def digest(**changes: Any) -> str:
        given = {"inputs": inputs, "held_out": held_out, "sizes": sizes, "settings": settings}
        return training_digest(**{**given, **changes})

    others = [
        digest(inputs=songs([1.0, 2.0, 3.0, 5.0])),
        digest(inputs=replace(inputs, artist=numbered(4))),
        digest(inputs=replace(inputs, emotion=numbered(4))),
        digest(held_out=np.array([True, False, False, False])),
        digest(sizes=CategorySizes(1, 2, 4)),
        digest(settings=settings.model_copy(update={"seed": 1})),
    ]
    assert len({digest(), *others}) == 7
    assert digest(settings=settings.model_copy(update={"deadline_s": 1})) == digest()
