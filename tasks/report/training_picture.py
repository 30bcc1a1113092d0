"""The training curves as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from tasks.report.canvas import ACCENT, INK, PALE, SECOND, drawable, new_figure, save_png
from tasks.report.inputs import History

HEAD_COLOURS: Final = (ACCENT, SECOND, "#2fa36b", "#d6455d", "#8e6bd8", "#b8860b")
DECADE: Final = 10
Curve = NDArray[np.float64]


def draw_training(path: Path, history: History, dots_per_inch: int) -> None:
    """Loss of training and validation, the space between them, and the error of every head.

    Raises:
        ValueError: If *history* lacks "loss" or "val_loss", or one is longer than the other.
    """
    fit, held_out = loss_curves(history)
    figure, (losses, gap, heads) = new_figure(14, 4.4, columns=3)
    draw_losses(losses, fit, held_out)
    draw_gap(gap, held_out - fit)
    draw_heads(heads, history)
    save_png(figure, path, dots_per_inch)


def loss_curves(history: History) -> tuple[Curve, Curve]:
    """Training and validation loss, one value an epoch."""
    fit = np.asarray(history.get("loss", ()), dtype=np.float64)
    held_out = np.asarray(history.get("val_loss", ()), dtype=np.float64)
    if not len(fit) or len(fit) != len(held_out):
        raise ValueError(
            "Expected a history with as many values of 'loss' as of 'val_loss', and at least one. "
            f"Received {len(fit)} and {len(held_out)}; its keys are {sorted(history)}."
        )
    return fit, held_out


def draw_losses(panel: Axes, fit: Curve, held_out: Curve) -> None:
    """Both losses, and the best epoch."""
    panel.plot(*_by_epoch(fit), color=ACCENT, label="training")
    panel.plot(*_by_epoch(held_out), color=SECOND, label="validation")
    best = int(np.argmin(held_out))
    label = f"best {held_out[best]:.4g} in epoch {best + 1}"
    panel.plot(best + 1, held_out[best], "o", color=SECOND, label=label)
    _finish(panel, "Loss, log scale")


def draw_gap(panel: Axes, gap: Curve) -> None:
    """Validation minus training loss."""
    panel.axhline(0, color=PALE, linewidth=0.8)
    panel.fill_between(*_by_epoch(gap), color="#8e6bd8", alpha=0.15, linewidth=0)
    panel.plot(*_by_epoch(gap), color="#8e6bd8", label="rising at the end: it learns by heart")
    _finish(panel, "Overfitting check: validation minus training loss", log=False)


def draw_heads(panel: Axes, history: History) -> None:
    """Validation solid, training dotted; a head's colour is its place in the history."""
    names = [name for name in history if f"val_{name}" in history and name != "loss"]
    for place, name in enumerate(names):
        colour = HEAD_COLOURS[place % len(HEAD_COLOURS)]
        panel.plot(*_by_epoch(history[f"val_{name}"]), color=colour, label=drawable(name))
        panel.plot(*_by_epoch(history[name]), color=colour, linestyle=":", linewidth=1.2)
    if names:
        _finish(panel, "Error by head: validation, dotted: training")
        panel.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    else:
        panel.set_axis_off()


def _by_epoch(values: object) -> tuple[Curve, Curve]:
    curve = np.asarray(values, dtype=np.float64)
    return np.arange(1, len(curve) + 1, dtype=np.float64), curve


def _finish(panel: Axes, title: str, *, log: bool = True) -> None:
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=np.float64) for line in panel.lines])
    if log and (drawn > 0).all():
        _scale_by_logarithm(panel, float(drawn.max() / drawn.min()))
    panel.set_title(title, loc="left", fontsize=11, color=INK)
    panel.set_xlabel("epoch", fontsize=9, color=PALE)
    panel.set_xlim(left=1)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panel.grid(axis="y", color=PALE, alpha=0.2, linewidth=0.6)
    panel.legend(frameon=False, fontsize=9)


def _scale_by_logarithm(panel: Axes, span: float) -> None:
    """A log scale that has numbers on it, also where *span*, the largest value over the least, is small."""
    panel.set_yscale("log")
    panel.yaxis.set_minor_locator(NullLocator())
    if span < DECADE:
        panel.yaxis.set_major_locator(MaxNLocator(nbins=6))
        panel.yaxis.set_major_formatter("{x:g}")
    else:
        panel.yaxis.set_major_locator(LogLocator(subs=range(1, 10)))
        panel.yaxis.set_major_formatter(FuncFormatter(_log_label))


def _log_label(value: float, _place: int | None = None) -> str:
    """Plain numbers at 1, 2, 3 and 5 of every decade: 0.2, not 2 times ten to the minus one."""
    rounded = f"{value:.0e}"
    return f"{value:g}" if rounded[0] in "1235" and np.isclose(value, float(rounded)) else ""
