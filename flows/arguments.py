"""Numbers on the command line, refused before anything is done."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def number(kind: type[Number], least: Number, most: Number) -> Callable[[str], Number]:
    """Give a function that reads a number between two others; argparse names the option."""

    def read(text: str) -> Number:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:  # so that NaN is none either
            raise ArgumentTypeError(f"expected a number from {least:,} to {most:,}, not {text!r}")
        return value

    return read
