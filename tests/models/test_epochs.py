"""The loop around a network, here one of a single weight; the watch over it; and what is refused before."""

import time

import numpy as np
import pytest

from models.epochs import Watch, number_ranges, rows_to_fit
from models.training_settings import OriginalSettings, TrainSettings
from tests.models.one_weight import OneWeight, numbered, songs

NAN = float("nan")
SETTINGS = TrainSettings(epochs=3, deadline_s=600)


def test_an_epoch_shows_all_songs_and_tells_the_mean_of_its_steps() -> None:
    loop = OneWeight([1.0, 2.0, 3.0, 4.0])

    losses = loop.fit(numbered(4), 2, epoch=0)

    assert losses["loss"] == (1 + 4 + 9 + 16) / 4


def test_songs_are_fitted_and_those_of_the_validation_are_not() -> None:
    loop = OneWeight([2.0, 2.0, 2.0, 2.0, 9.0], learning_rate=0.1)

    for epoch in range(10):
        loop.fit(numbered(4), 2, epoch)
        loop.validate(np.array([4], np.int32))

    assert loop.weight == pytest.approx(2, abs=0.05)


def test_every_step_draws_anew_and_the_validation_always_the_same() -> None:
    loop = OneWeight([1.0] * 8)

    fitted = [loop.fit(numbered(8), 4, epoch)["drawn"] for epoch in range(3)]
    validated = [loop.validate(numbered(8))["val_drawn"] for _ in range(3)]

    assert len(set(fitted)) == 3
    assert len(set(validated)) == 1


def test_validation_looks_at_every_song() -> None:
    losses = OneWeight([1.0, 2.0, 3.0]).validate(np.array([0, 2], np.int32))

    assert losses["val_loss"] == (1 + 9) / 2


def test_validation_mixes_songs_that_stand_together_in_the_catalogue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.epochs.VALIDATED_AT_ONCE", 50)

    losses = OneWeight([0.0] * 50 + [1.0] * 50).validate(numbered(100))

    assert losses["val_spread"] == 1


def test_without_songs_there_is_no_validation() -> None:
    assert OneWeight([1.0]).validate(numbered(0)) == {}


def test_the_watch_keeps_the_curves_and_tells_of_every_epoch() -> None:
    told: list[object] = []
    watch = Watch(SETTINGS, 3, lambda *facts: told.append(facts))

    watch(1, {"loss": 2.0})
    watch(2, {"loss": 1.0})

    assert watch.history == {"loss": [2.0, 1.0]}
    assert told == [(1, 3, {"loss": 2.0}), (2, 3, {"loss": 1.0})]


def test_training_gives_up_at_its_deadline() -> None:
    watch = Watch(SETTINGS, 3, None)

    watch(1, {"loss": 1.0})
    watch.check_deadline()
    watch.started = time.monotonic() - 601
    watch(2, {"loss": 1.0})
    with pytest.raises(TimeoutError, match=r"600 s \(epoch 2 of 3\).*lower train\.epochs"):
        watch.check_deadline()


def test_what_was_spent_before_training_was_stopped_counts_against_its_deadline() -> None:
    watch = Watch(SETTINGS, 3, None)

    watch.go_on({"loss": [2.0]}, 599)
    in_time = not watch.late
    watch.go_on({"loss": [2.0, 1.0]}, 2)

    assert in_time
    with pytest.raises(TimeoutError, match="epoch 2 of 3"):
        watch.check_deadline()


def test_training_that_gave_up_at_its_deadline_has_it_once_more() -> None:
    watch = Watch(SETTINGS, 3, None)

    watch.go_on({"loss": [2.0]}, 601)

    assert watch.epoch == 1
    assert not watch.late


def test_a_loss_that_is_no_number_is_named() -> None:
    watch = Watch(SETTINGS, 3, None)

    with pytest.raises(FloatingPointError, match=r"epoch 2.*'val_mse': nan.*train\.learning_rate"):
        watch(2, {"loss": 1.0, "val_mse": NAN})


def test_errors_name_the_settings_of_the_objective_that_is_trained() -> None:
    original = OriginalSettings(learning_rate=0.5)
    settings = SETTINGS.model_copy(update={"objective": "original", "original": original})
    watch = Watch(settings, 60, None)

    with pytest.raises(FloatingPointError, match=r"train\.original\.learning_rate \(now 0\.5\)"):
        watch(1, {"loss": NAN})
    watch.started = time.monotonic() - 601
    with pytest.raises(TimeoutError, match=r"train\.deadline_s or lower train\.original\.epochs"):
        watch.check_deadline()


def test_songs_are_either_fitted_or_held_out() -> None:
    fitted, held_out = rows_to_fit(songs([0.0] * 5), np.array([0, 1, 0, 0, 1], np.bool_))

    assert fitted.tolist() == [0, 2, 3]
    assert held_out.tolist() == [1, 4]


def test_infinite_numbers_are_refused_and_unknown_ones_are_not() -> None:
    held_out = np.zeros(3, np.bool_)

    rows_to_fit(songs([1.0, NAN, 2.0]), held_out)
    with pytest.raises(ValueError, match="2 of 51 are infinite"):
        rows_to_fit(songs([1.0, np.inf, -np.inf]), held_out)


def test_at_least_one_song_must_be_left_to_fit() -> None:
    with pytest.raises(ValueError, match="All 2 are held out"):
        rows_to_fit(songs([1.0, 2.0]), np.ones(2, np.bool_))


@pytest.mark.parametrize("length", [2, 4])
def test_what_is_held_out_must_be_told_of_every_song(length: int) -> None:
    with pytest.raises(ValueError, match=f"each of 3 songs.* Received: {length}"):
        rows_to_fit(songs([1.0, 2.0, 3.0]), np.zeros(length, np.bool_))


def test_ranges_are_those_of_known_numbers_and_1_where_there_is_none() -> None:
    inputs = songs([-1.0, NAN, 3.0])
    inputs.numeric[:, 1] = NAN
    inputs.numeric[:, 2] = 5

    lowest, width = number_ranges(inputs)

    assert lowest[:4].tolist() == [-1, 0, 5, 0]
    assert width[:4].tolist() == [4, 1, 1, 1]
