from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from tasks.report.canvas import new_figure
from tasks.report.training_picture import draw_heads, draw_losses


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


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1.8, 0.88, {"1", "1.2", "1.4"}), (30.0, 0.3, {"0.5", "1", "5", "10"})],
)
def test_a_loss_can_be_read_off_its_axis(first: float, last: float, expected: set[str]) -> None:
    _, (panel,) = new_figure(5, 4)
    curve = np.geomspace(first, last, 20)

    draw_losses(panel, curve, curve)

    assert panel.get_yscale() == "log"
    assert expected <= set(labels(panel, "y"))


def test_epochs_are_counted_from_one() -> None:
    _, (panel,) = new_figure(5, 4)
    curve = np.linspace(2, 1, 20)

    draw_losses(panel, curve, curve)

    assert "0" not in labels(panel, "x")
    assert panel.get_xlim()[0] == 1


def test_the_names_of_the_heads_cover_no_curve() -> None:
    _, (panel,) = new_figure(5, 4)
    curve = [3.0, 2.0, 1.0]

    draw_heads(panel, {"loss": curve, "val_loss": curve, "genre": curve, "val_genre": curve})

    legend = panel.get_legend()
    assert legend is not None
    drawn_out(panel)
    assert legend.get_window_extent().x0 >= panel.get_window_extent().x1
