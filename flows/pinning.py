"""The commands that keep a release whatever comes after it."""

from __future__ import annotations

import argparse

from flows.upkeep import Commands, existing_store


def add_pin(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows pin`."""
    parser = commands.add_parser("pin", help="keep a release from being removed by gc")
    parser.add_argument("release")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for who looks later")
    parser.set_defaults(command=pin)
    return parser


def pin(options: argparse.Namespace) -> None:
    """Pin a release in the name of who is at work."""
    from tasks.promotion import user

    made = existing_store(options.store).pin(options.release, reason=options.reason, by=user())
    print(f"{made.release} is pinned by {made.by}: {made.reason}")


def add_unpin(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows unpin`."""
    parser = commands.add_parser("unpin", help="let gc remove a release again")
    parser.add_argument("release")
    parser.set_defaults(command=unpin)
    return parser


def unpin(options: argparse.Namespace) -> None:
    """Take a pin away, of a release that is gone too."""
    existing_store(options.store).unpin(options.release)
    print(f"{options.release} is not pinned any more")
