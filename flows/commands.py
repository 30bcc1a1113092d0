"""The command line of the pipeline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from polars.exceptions import PolarsError

from songspace.errors import SongspaceError
from storage.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; 0 if it went well, 1 if not, 2 if it could not be understood."""
    options = command_line().parse_args(arguments)
    try:
        options.command(options)
    except (
        SongspaceError,
        PolarsError,
        ArithmeticError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 1
    return 0


def command_line() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="flows", description="Turns a catalogue of songs into releases of a space of songs."
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    add_run(commands)
    add_synth(commands)
    for add in (add_releases, add_verify, add_rollback, add_gc, add_why):
        add(commands).add_argument("--store", default="store", metavar="DIR", help="default: store")
    return parser


Commands = argparse._SubParsersAction


def add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    """`flows run`."""
    parser = commands.add_parser("run", help="make a release and put it live")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--csv", metavar="PATH", help="a file, folder, pattern or kaggle:devdope/900k-spotify"
    )
    source.add_argument(
        "--demo",
        nargs="?",
        type=int,
        const=0,
        metavar="ROWS",
        help="the built-in catalogue, 20,000 songs unless told otherwise",
    )
    parser.add_argument(
        "--store", metavar="DIR", help="where to keep it (default: store, of a demo: demo)"
    )
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="settings, by stage")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STAGE.NAME=VALUE",
        help="one setting, such as train.epochs=5; can be repeated",
    )
    parser.add_argument("--fresh", action="store_true", help="do everything again")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> None:
    """Run the pipeline here and now."""
    from flows.settings import read_settings

    rows = [f"demo.rows={options.demo}"] if options.demo else []
    settings = read_settings(
        options.config,
        [*rows, *options.set],
        csv=options.csv,
        store=options.store,
        fresh=options.fresh or None,
    )
    if options.csv is None and settings.csv is not None:
        raise ValueError(f"--demo was asked for, but the settings name the CSV {settings.csv!r}.")
    from flows.summary import run_and_summarise

    run_and_summarise(settings)


def add_synth(commands: Commands[argparse.ArgumentParser]) -> None:
    """`flows synth`."""
    parser = commands.add_parser("synth", help="write the built-in catalogue as a CSV")
    parser.add_argument("--rows", type=int, required=True, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--revision", choices=("bpm", "scaled"), default="bpm")
    parser.add_argument("--broken", type=float, metavar="SHARE", help="share of broken rows")
    parser.set_defaults(command=synth)


def synth(options: argparse.Namespace) -> None:
    """Write a catalogue."""
    from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
    from tasks.progress import progress

    asked = {"rows": options.rows, "seed": options.seed, "revision": options.revision}
    if options.broken is not None:
        asked["broken_share"] = options.broken
    with progress("synth", "row") as advance:
        write_catalogue(options.out, CatalogueSettings.model_validate(asked), advance)
    print(f"{options.out}: {options.rows:,} rows, {options.out.stat().st_size / 1e6:,.1f} MB")


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
    counts = manifest.recipe["counts"]
    songs = counts["kept"] if isinstance(counts, dict) else "?"
    return f"{songs:>9,} songs  {manifest.size / 1e6:>8,.1f} MB"


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
        raise ValueError(f"{options.store} has no live release; name one of `flows releases`.")
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
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="releases (default: 5)")
    parser.add_argument(
        "--older-than",
        type=float,
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
    for kind in ("releases", "artifacts", "held"):
        for name in getattr(report, kind):
            print(f"{'still open' if kind == 'held' else 'removed'}: {name}")
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
    """The store at *root*, which must be there."""
    if not (Path(root) / "refs").is_dir():
        raise ValueError(
            f"There is no store at {root!r}. Make one with `flows run`, or pass --store."
        )
    return Store.open(root)
