"""Options of the commands that answer with songs, and what they come to."""

from __future__ import annotations

import argparse
from typing import cast

from songspace.recommender import OCCASIONS, Choice, Filters, Taste
from songspace.recommender.taste import FIELDS, MOST, WORDS

Range = tuple[int | None, int | None]


def add_list_options(command: argparse.ArgumentParser, length: str) -> None:
    """How long a list is, how it is made up, and which songs may stand in it."""
    default = 8 if length == "steps" else Choice().n
    command.add_argument(
        f"--{length}", type=int, default=default, help="songs; default: %(default)s"
    )
    command.add_argument(
        "--per-artist",
        type=_number_or_any,
        default=2,
        metavar="N",
        help="songs of one artist at most, or 'any'; default: %(default)s",
    )
    if length != "steps":
        command.add_argument(
            "--diversity",
            type=float,
            default=0.0,
            help="0, the nearest songs, to below 1, ever more unlike",
        )
    only = command.add_argument_group("only songs", "every condition must hold")
    only.add_argument(
        "--only-genre", action="append", default=[], help="with this tag; repeat for others"
    )
    only.add_argument("--only-emotion", action="append", default=[], help="likewise")
    only.add_argument(
        "--years", type=_range, default=(None, None), help="of these years: 1980-1989, 2010-, -1970"
    )
    only.add_argument(
        "--popular", type=_range, default=(None, None), help="of this popularity: 50-100, 20-"
    )
    only.add_argument(
        "--explicit", action=argparse.BooleanOptionalAction, help="explicit ones, or none of them"
    )
    only.add_argument(
        "--good-for",
        action="append",
        default=[],
        choices=OCCASIONS,
        help="repeat for several at once",
    )


def add_taste_options(command: argparse.ArgumentParser) -> None:
    """An option for each field of a taste."""
    wishes = command.add_argument_group("taste")
    for name in FIELDS:
        option = f"--{name.replace('_', '-')}"
        if name in WORDS:
            wishes.add_argument(option, metavar="NAME")
        elif name in MOST:
            wishes.add_argument(option, type=float, metavar=f"0-{MOST[name]:g}")
        else:
            wishes.add_argument(option, action=argparse.BooleanOptionalAction)


def choice_of(options: argparse.Namespace) -> Choice:
    """How the list is made up."""
    return Choice(
        n=getattr(options, "n", 1),
        per_artist=options.per_artist,
        diversity=getattr(options, "diversity", 0.0),
    )


def filters_of(options: argparse.Namespace) -> Filters:
    """Which songs may stand in it."""
    return Filters(
        genres=options.only_genre,
        emotions=options.only_emotion,
        years=options.years,
        popularity=options.popular,
        explicit=options.explicit,
        good_for=options.good_for,
    )


def taste_of(options: argparse.Namespace) -> Taste:
    """The taste."""
    return cast("Taste", {name: getattr(options, name) for name in FIELDS})


def _number_or_any(text: str) -> int | None:
    """A number, None for "any"."""
    if text == "any":
        return None
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number or 'any', received {text!r}")
    return int(text)


def _range(text: str) -> Range:
    """Both ends of "1980-1989"; None for an open one, and one number for both."""
    low, dash, high = text.partition("-")
    if not all(end.isdecimal() for end in (low, high) if end):
        raise argparse.ArgumentTypeError(
            f"expected 1980-1989, 1980-, -1989 or 1980, received {text!r}"
        )
    if not dash:
        return int(low), int(low)
    return (int(low) if low else None), (int(high) if high else None)
