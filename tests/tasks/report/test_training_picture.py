from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from tasks.report.canvas import new_figure
from tasks.report.inputs import Histories
from tasks.report.training_picture import (
    draw_heads,
    draw_losses,
    draw_numbers,
    draw_original,
    draw_training,
)

MASKED = {
    "loss": [3.0, 2.0, 1.0],
    "genre": [1.0, 0.9, 0.8],
    "artist": [1.1, 1.0, 0.9],
    "mse": [0.1, 0.05, 0.02],
}
HELD_OUT = {f"val_{name}": [value + 0.1 for value in curve] for name, curve in MASKED.items()}
ORIGINAL = {name: [0.04, 0.002] for name in ("loss", "mse", "val_loss", "val_mse")}


def drawn_out(panel: Axes) -> None:
    """Place everything, as saving would."""
    figure = panel.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()


def labels(panel: Axes, axis: str) -> list[str]:
    """The labels of the ticks that are seen."""
    drawn_out(panel)
    ticks = panel.xaxis if axis == "x" else panel.yaxis
    low, high = ticks.get_view_interval()
    shown = [tick for tick in ticks.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for tick in shown if (text := tick.label1.get_text())]


def names(panel: Axes) -> list[str]:
    """The names in the legend."""
    legend = panel.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1.8, 0.88, {"1", "1.2", "1.4"}), (30.0, 0.3, {"0.5", "1", "5", "10"})],
)
def test_a_loss_can_be_read_off_its_axis(first: float, last: float, expected: set[str]) -> None:
    _, (panel,) = new_figure(5, 4)
    history = {"loss": list(np.geomspace(first, last, 20))}

    draw_losses(panel, history, history)

    assert panel.get_yscale() == "log"
    assert expected <= set(labels(panel, "y"))


def test_epochs_are_counted_from_one() -> None:
    _, (panel,) = new_figure(5, 4)
    history = {"loss": list(np.linspace(2, 1, 20))}

    draw_losses(panel, history, history)

    assert "0" not in labels(panel, "x")
    assert panel.get_xlim()[0] == 1


def test_the_names_of_the_heads_cover_no_curve() -> None:
    _, (panel,) = new_figure(5, 4)

    draw_heads(panel, MASKED | HELD_OUT)

    legend = panel.get_legend()
    assert legend is not None
    drawn_out(panel)
    assert legend.get_window_extent().x0 >= panel.get_window_extent().x1


def test_of_held_out_artists_nothing_is_drawn_since_nothing_is_told() -> None:
    _, (panel,) = new_figure(5, 4)

    draw_heads(panel, MASKED | HELD_OUT)

    assert names(panel) == ["knows nothing", "genre", "artist, fitted only"]
    assert len(panel.lines) == 4  # genre twice


def test_a_first_epoch_that_is_far_worse_than_nothing_leaves_room_for_the_others() -> None:
    _, (panel,) = new_figure(5, 4)

    draw_heads(panel, {"loss": [9.0, 1.0], "flags": [40.0, 0.7], "mse": [1.0, 0.1]})

    assert panel.get_ylim() == (0, 1.6)


def test_without_held_out_artists_only_fitted_songs_are_drawn() -> None:
    _, (losses, numbers) = new_figure(5, 4, columns=2)

    draw_losses(losses, MASKED, MASKED)
    draw_numbers(numbers, MASKED, MASKED)

    assert not [name for name in names(losses) + names(numbers) if "held-out" in name]


def test_the_first_objective_stands_beside_what_its_random_values_cost_unread() -> None:
    _, (panel,) = new_figure(5, 4)

    draw_original(panel, ORIGINAL)

    assert "175 random values unread: 0.00076" in names(panel)
    assert "the 17 numbers of these alone, at last 0.002" in names(panel)


def test_a_network_of_the_first_objective_is_drawn_and_has_no_heads(tmp_path: Path) -> None:
    _, (panel,) = new_figure(5, 4)

    draw_heads(panel, ORIGINAL)
    draw_training(tmp_path / "training.png", Histories(ORIGINAL, ORIGINAL, ORIGINAL), 50)

    assert panel.texts[0].get_text() == "This objective has no heads."
    assert (tmp_path / "training.png").stat().st_size > 1000


def test_a_single_epoch_is_seen() -> None:
    _, (panel,) = new_figure(5, 4)

    draw_numbers(panel, {"mse": [0.1]}, {"mse": [0.1]})

    assert {line.get_marker() for line in panel.lines} == {"o"}


@pytest.mark.parametrize(
    "broken", [{}, {"loss": [], "mse": []}, {"loss": [1.0]}, MASKED | {"val_loss": [1.0]}]
)
def test_a_history_that_cannot_be_drawn_over_epochs_is_refused(
    broken: dict[str, list[float]], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="'loss' and 'mse' and all curves of one length"):
        draw_training(tmp_path / "training.png", Histories(MASKED, broken, ORIGINAL), 50)
