"""The training curves as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from tasks.report.canvas import ACCENT, INK, PALE, SECOND, drawable, new_figure, save_png
from tasks.report.inputs import Histories, History

HEAD_COLOURS: Final = (ACCENT, SECOND, "#2fa36b", "#d6455d", "#8e6bd8", "#b8860b")
DECADE: Final = 10

NO_HEADS: Final = ("loss", "mse")
"""Curves that are not those of a head."""

UNTOLD: Final = ("val_artist",)
"""Curves that are nought because nothing can be told: of the held-out artists no song was ever met."""

WORST_SHOWN: Final = 1.6
"""A first epoch may be far worse than knowing nothing; it would leave no room for what follows."""

FLOOR: Final = 175 / 192 * 0.05**2 / 3
"""What it costs the first objective to predict nought for its 175 random values, even from -.05 to .05, out of 192."""

Curve = NDArray[np.float64]


def draw_training(path: Path, histories: Histories, dots_per_inch: int) -> None:
    """Loss, heads and error of the numbers, and the first objective's curve beside what it is made of.

    Raises:
        ValueError: If a history lacks "loss" or "mse", or its curves are not of one length.
    """
    for history in (histories.release, histories.rehearsal, histories.original):
        check_history(history)
    figure, (losses, heads, numbers, original) = new_figure(13, 8.4, rows=2, columns=2)
    draw_losses(losses, histories.rehearsal, histories.release)
    draw_heads(heads, histories.rehearsal)
    draw_numbers(numbers, histories.rehearsal, histories.release)
    draw_original(original, histories.original)
    save_png(figure, path, dots_per_inch)


def check_history(history: History) -> None:
    """Refuse what cannot be drawn over epochs.

    Raises:
        ValueError: If *history* lacks "loss" or "mse", or its curves are not of one length.
    """
    lengths = {name: len(curve) for name, curve in history.items()}
    if not {*NO_HEADS} <= {*lengths} or len({*lengths.values()}) > 1 or not lengths["loss"]:
        raise ValueError(
            "Expected a history of one epoch at least, with 'loss' and 'mse' and all curves of one length. "
            f"Received the lengths {lengths}."
        )


def draw_losses(panel: Axes, rehearsal: History, release: History) -> None:
    """The loss of songs that are fitted and of songs that are held out, and that of the released network."""
    _draw(panel, release, "loss", PALE, "released network, fitted to all songs", linestyle="--")
    _draw(panel, rehearsal, "loss", ACCENT, "rehearsal: fitted songs")
    _draw(panel, rehearsal, "val_loss", SECOND, "rehearsal: held-out artists' songs")
    _finish(panel, "Loss, log scale")


def draw_heads(panel: Axes, rehearsal: History) -> None:
    """Held-out songs solid, fitted ones dotted; a head's colour is its place in the history."""
    names = [n for n in rehearsal if n not in NO_HEADS and not n.startswith("val_")]
    if not names:
        panel.set_axis_off()
        panel.text(0.5, 0.5, "This objective has no heads.", ha="center", color=PALE)
        return
    panel.axhline(1, color=PALE, linewidth=0.8, label="knows nothing")
    for place, name in enumerate(names):
        colour = HEAD_COLOURS[place % len(HEAD_COLOURS)]
        told = f"val_{name}" in rehearsal and f"val_{name}" not in UNTOLD
        if told:
            _draw(panel, rehearsal, f"val_{name}", colour, drawable(name))
        label = "" if told else f"{drawable(name)}, fitted only"
        _draw(panel, rehearsal, name, colour, label, linestyle=":")
    _finish(panel, "Share of each head left open: held-out, dotted: fitted", log=False)
    panel.set_ylim(0, min(panel.get_ylim()[1], WORST_SHOWN))
    panel.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw_numbers(panel: Axes, rehearsal: History, release: History) -> None:
    """The mean squared error of the 17 numbers alone."""
    _draw(panel, release, "mse", PALE, "released network, fitted to all songs", linestyle="--")
    _draw(panel, rehearsal, "mse", ACCENT, "rehearsal: fitted songs", ends=True)
    _draw(panel, rehearsal, "val_mse", SECOND, "rehearsal: held-out artists' songs", ends=True)
    _finish(panel, "Mean squared error of the 17 numbers, scale 0 to 1, log scale")


def draw_original(panel: Axes, original: History) -> None:
    """What the first scripts showed, and how much of it is the 17 numbers."""
    _draw(panel, original, "loss", ACCENT, "loss of all 192 values: fitted songs")
    _draw(panel, original, "val_loss", SECOND, "the same: held-back songs", ends=True)
    _draw(panel, original, "val_mse", "#2fa36b", "the 17 numbers of these alone", ends=True)
    panel.axhline(FLOOR, color=PALE, linestyle="--", label=f"175 random values unread: {FLOOR:.2g}")
    _finish(panel, "The first objective, log scale")


def _draw(
    panel: Axes,
    history: History,
    name: str,
    colour: str,
    label: str,
    *,
    linestyle: str = "-",
    ends: bool = False,
) -> None:
    """The curve called *name*, if the history has it; *ends* tells in the legend where."""
    if name in history:
        curve = np.asarray(history[name], dtype=np.float64)
        label = f"{label}, at last {curve[-1]:.2g}" if ends else label
        epochs = np.arange(1, len(curve) + 1)
        marker = "o" if len(curve) == 1 else ""  # no line leads to a single epoch
        panel.plot(
            epochs,
            curve,
            color=colour,
            label=label or "_nolegend_",
            linestyle=linestyle,
            marker=marker,
            linewidth=1.2 if linestyle == ":" else 1.6,
        )


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
