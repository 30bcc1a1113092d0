"""Paper and ink for the pictures: their bytes depend on what is drawn, never on the day or the desk."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

INK: Final = "#1d2530"
PALE: Final = "#8b95a1"
ACCENT: Final = "#3b82d6"
SECOND: Final = "#e8803a"
COLOURS_KEPT: Final = 256
"""A palette instead of true colour halves the bytes and shows no difference in dots and lines."""


def new_figure(
    width: float, height: float, rows: int = 1, columns: int = 1, *, fitted: bool = True
) -> tuple[Figure, list[Axes]]:
    """A white figure, in inches, and its panels row by row, in the same style on every machine.

    Margins are *fitted* to titles and legends, or left to the caller.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(width, height), layout="constrained" if fitted else None)
        panels = figure.subplots(rows, columns, squeeze=False)
    axes = [panel for row in panels for panel in row]
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color(PALE)
        panel.tick_params(colors=INK, labelsize=8, which="both")
    return figure, axes


def save_png(figure: Figure, path: Path, dots_per_inch: int) -> None:
    """Write *figure* to *path* as a PNG of few colours, without a date or a program's name."""
    raw = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        figure.savefig(raw, format="png", dpi=dots_per_inch, metadata={"Software": None})
    with Image.open(raw) as image:
        few = image.convert("RGB").quantize(COLOURS_KEPT, dither=Image.Dither.NONE)
        few.save(path, format="PNG", optimize=True)


def png_data_uri(path: Path, max_width: int) -> str:
    """The picture at *path*, no wider than *max_width* pixels, as a ``data:`` address."""
    with Image.open(path) as image:
        if image.width <= max_width:
            return _as_data_uri(path.read_bytes())
        height = round(image.height * max_width / image.width)
        small = image.convert("RGB").resize((max_width, height), Image.Resampling.LANCZOS)
        packed = io.BytesIO()
        few = small.quantize(COLOURS_KEPT, dither=Image.Dither.NONE)
        few.save(packed, format="PNG", optimize=True)
    return _as_data_uri(packed.getvalue())


def drawable(name: str, longest: int = 26) -> str:
    """*name* short enough for a legend; what the font lacks becomes a box, a ``$`` stays a ``$``."""
    short = name if len(name) <= longest else name[: longest - 1].rstrip() + "…"
    return "".join(sign if ord(sign) in _signs() else "□" for sign in short)


def _as_data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


@cache
def _signs() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap()) - {ord("\n"), ord("\r"), ord("\t")}
