"""The commands that look after a store: what is in it, what is live, what may go."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.arguments import number
from songspace.errors import SongspaceError
from songspace.ledger import LedgerEntry, is_store
from songspace.manifest import Manifest
from songspace.places import place_of
from songspace.s3.url import Url
from storage.errors import StoreError
from storage.pins import Pin
from storage.store import Store

if TYPE_CHECKING:
    from tasks.promotion import Force

Commands = argparse._SubParsersAction


def add_releases(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows releases`."""
    parser = commands.add_parser("releases", help="list the releases, newest last")
    parser.set_defaults(command=releases)
    return parser


def releases(options: argparse.Namespace) -> None:
    """One line a release; the live one and those that are pinned are marked."""
    store = existing_store(options.store)
    head, history, pins = store.head(), store.history(), store.pins()
    forced = {entry.release for entry in history if entry.action == "force"}
    for name in sorted({*store.releases(), *pins}):
        mark = "*" if head and head.release == name else " "
        pinned = f"  {why_pinned(pins[name])}" if name in pins else ""
        print(f"{mark} {name}  {describe(store, name, forced)}{pinned}")
    for entry in history:
        print(f"  {told(entry)}")


def why_pinned(pin: Pin | None) -> str:
    """Who keeps a release, and why, in a few words."""
    if pin is None:
        return "PINNED: its pin cannot be read, but counts"
    return f"PINNED by {pin.by} on {pin.at:%Y-%m-%d}: {' '.join(pin.reason.split())}"


def told(entry: LedgerEntry) -> str:
    """One entry of the ledger in a line: what was done, by whom and why."""
    by = f" by {entry.by}" if entry.by else ""
    why = f"  ({' '.join(entry.reason.split())})" if entry.reason else ""
    when = f"{entry.at:%Y-%m-%d %H:%M}"
    return f"#{entry.sequence} {when} {entry.action} {entry.release}{by}{why}"


def describe(store: Store, release: str, forced: Collection[str]) -> str:
    """Songs, size, date and verdict of a release, or what is wrong with it."""
    try:
        manifest = store.release_manifest(release)
    except SongspaceError as error:
        return f"DAMAGED: {error}"
    counts = manifest.recipe.get("counts")
    songs = f"{counts['kept']:,}" if isinstance(counts, dict) else "?"
    size = f"{songs:>9} songs  {manifest.size / 1e6:>8,.1f} MB"
    return f"{size}  {manifest.created_at:%Y-%m-%d %H:%M}  {judged(manifest, release in forced)}"


def judged(manifest: Manifest, forced: bool) -> str:
    """What the gate said of a release, its headline, and what was against it."""
    gate = manifest.recipe.get("gate")
    if not isinstance(gate, dict):
        return "not judged"
    headline = "-" if gate["headline"] is None else f"{gate['headline']:.4f}"
    verdict = "forced" if forced and gate["verdict"] == "fail" else gate["verdict"]
    against = f"  ({gate['reason']})" if gate["verdict"] == "fail" else ""
    return f"{verdict:<6}  headline {headline}{against}"


def add_verify(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows verify`."""
    parser = commands.add_parser("verify", help="hash every file of a release again")
    parser.add_argument("release", nargs="?", help="default: the live one")
    parser.set_defaults(command=verify)
    return parser


def verify(options: argparse.Namespace) -> None:
    """Say that a release is whole, or which file is not."""
    store = existing_store(options.store)
    head = store.head()
    name = options.release or (head.release if head else None)
    if name is None:
        raise ValueError(
            f"{options.store} has no live release; name one of `python -m flows releases`."
        )
    if name not in store.releases():
        raise ValueError(
            f"There is no release {name} in {store.root}; `python -m flows releases` lists them."
        )
    manifest = store.verify_release(name)
    print(f"{name} is whole: {len(manifest.files)} files, {manifest.size / 1e6:,.1f} MB")


def add_publish(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows publish`."""
    parser = commands.add_parser("publish", help="put a release live that is not")
    parser.add_argument(
        "release", help="one that passed the gate, or with --force one that did not"
    )
    add_force(parser)
    parser.set_defaults(command=publish)
    return parser


def add_force(parser: argparse.ArgumentParser) -> None:
    """The options with which a person overrules the gate."""
    parser.add_argument("--force", metavar="REASON", help="go live even if the gate says no")
    parser.add_argument("--by", metavar="NAME", help="who forces it (default: you)")


def force_in(options: argparse.Namespace) -> Force | None:
    """A person's word, as it was given on the command line."""
    from tasks.promotion import Force, user

    if options.force is None:
        if options.by is not None:
            raise ValueError("--by names who forces: give --force and a reason too.")
        return None
    return Force(reason=options.force, by=user() if options.by is None else options.by)


def publish(options: argparse.Namespace) -> None:
    """Add an entry to the ledger that names a release of the store."""
    from tasks.promotion import publish_candidate

    entry = publish_candidate(existing_store(options.store), options.release, force_in(options))
    print(f"{entry.release} is live (entry {entry.sequence}: {entry.action} by {entry.by})")


def add_rollback(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows rollback`."""
    parser = commands.add_parser("rollback", help="make an earlier release live again")
    parser.add_argument("--to", metavar="RELEASE", help="default: the one before the live one")
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.set_defaults(command=rollback)
    return parser


def rollback(options: argparse.Namespace) -> None:
    """Add an entry to the ledger that names an earlier release."""
    from tasks.promotion import user

    store = existing_store(options.store)
    entry = store.rollback(options.to, reason=options.reason, by=user())
    print(f"{entry.release} is live (entry {entry.sequence}); before: {entry.previous}")


def add_gc(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows gc`."""
    parser = commands.add_parser("gc", help="remove what no kept release needs")
    parser.add_argument(
        "--keep",
        type=number(int, 0, 1_000_000),
        default=5,
        metavar="N",
        help="releases (default: 5)",
    )
    parser.add_argument(
        "--older-than",
        type=number(float, 0, 36_500),
        default=7,
        metavar="DAYS",
        help="and nothing younger (default: 7)",
    )
    parser.set_defaults(command=gc)
    return parser


def gc(options: argparse.Namespace) -> None:
    """Remove old releases and the artifacts that only they needed."""
    from tasks.cleaning import clean

    age = timedelta(days=options.older_than)
    cleaned = clean(existing_store(options.store), options.keep, age)
    for name in cleaned.gc.removed:
        print(f"removed: {name}")
    for name in cleaned.gc.held:
        print(f"still open: {name}")
    freed = cleaned.gc.freed_bytes / 1e6
    print(f"freed {freed:,.1f} MB; {cleaned.forgotten} records of tasks forgotten")


def add_why(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows why`."""
    parser = commands.add_parser("why", help="what the last run made again, and why")
    parser.set_defaults(command=why)
    return parser


def why(options: argparse.Namespace) -> None:
    """Compare the last run with the one before, stage by stage."""
    from flows.why import explain

    for line in explain(existing_store(options.store)):
        print(line)


def existing_store(root: str) -> Store:
    """The store at *root*, as it is.

    Raises:
        StoreError: If there is none; the message names those of the present folder.
    """
    try:
        return Store.existing(root)
    except StoreError as error:
        here = [str(folder) for folder in sorted(Path().iterdir()) if is_store(folder)]
        place = place_of(root)
        if not here or isinstance(place, Url) or is_store(place):
            raise
        raise StoreError(f"{error} Here is one: --store {shlex.quote(here[0])}.") from error
