"""The commands that look after a store: what is in it, what is live, what may go."""

from __future__ import annotations

import argparse
import shlex
from datetime import timedelta
from pathlib import Path

from flows.arguments import number
from songspace.errors import SongspaceError
from songspace.ledger import refs_folder
from storage.errors import StoreError
from storage.store import Store

Commands = argparse._SubParsersAction


def add_releases(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows releases`."""
    parser = commands.add_parser("releases", help="list the releases, newest last")
    parser.set_defaults(command=releases)
    return parser


def releases(options: argparse.Namespace) -> None:
    """One line a release; the live one is marked."""
    store = existing_store(options.store)
    head = store.head()
    for name in store.releases():
        mark = "*" if head and head.release == name else " "
        print(f"{mark} {name}  {describe(store, name)}")
    for entry in store.history():
        reason = f"  ({entry.reason})" if entry.reason else ""
        print(
            f"  #{entry.sequence} {entry.at:%Y-%m-%d %H:%M} {entry.action} {entry.release}{reason}"
        )


def describe(store: Store, release: str) -> str:
    """Songs and size of a release, or what is wrong with it."""
    try:
        manifest = store.release_manifest(release)
    except SongspaceError as error:
        return f"DAMAGED: {error}"
    counts = manifest.recipe.get("counts")
    songs = f"{counts['kept']:,}" if isinstance(counts, dict) else "?"
    return f"{songs:>9} songs  {manifest.size / 1e6:>8,.1f} MB"


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
    manifest = store.verify_release(name)
    print(f"{name} is whole: {len(manifest.files)} files, {manifest.size / 1e6:,.1f} MB")


def add_rollback(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows rollback`."""
    parser = commands.add_parser("rollback", help="make an earlier release live again")
    parser.add_argument("--to", metavar="RELEASE", help="default: the one before the live one")
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.set_defaults(command=rollback)
    return parser


def rollback(options: argparse.Namespace) -> None:
    """Add an entry to the ledger that names an earlier release."""
    from tasks.publish import user

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
    from tasks.cleaning import forget_results

    store, age = existing_store(options.store), timedelta(days=options.older_than)
    report = store.gc(keep_releases=options.keep, min_age=age)
    forgotten = forget_results(store, age)
    removed = (*report.releases, *report.artifacts, *report.quarantined, *report.drafts)
    for name in removed:
        print(f"removed: {name}")
    for name in report.held:
        print(f"still open: {name}")
    print(f"freed {report.freed_bytes / 1e6:,.1f} MB; {forgotten} records of tasks forgotten")


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
        here = [str(folder) for folder in sorted(Path().iterdir()) if refs_folder(folder).is_dir()]
        if not here or refs_folder(Path(root).expanduser()).is_dir():
            raise
        raise StoreError(f"{error} Here is one: --store {shlex.quote(here[0])}.") from error
