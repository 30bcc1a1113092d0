"""The command line of the pipeline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polars.exceptions import PolarsError

from flows.arguments import number
from flows.operation import add_deploy, add_overdue, add_reports, add_ui
from flows.pinning import add_pin, add_unpin
from flows.stopping import Interrupted, stoppable
from flows.upkeep import (
    Commands,
    add_force,
    add_gc,
    add_publish,
    add_releases,
    add_rollback,
    add_verify,
    add_why,
    existing_store,
    force_in,
)
from songspace.errors import SongspaceError
from songspace.s3.url import SCHEME
from storage.store import Store

if TYPE_CHECKING:
    from flows.settings import PipelineSettings


PLACE_HELP = "folder or s3://bucket/prefix; default: store"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks.

    Returns:
        0 if it went well, 1 if not, 2 if it could not be understood, 128 and the signal's number if
        it was stopped.
    """
    options = command_line().parse_args(arguments)
    try:
        with stoppable():
            options.command(options)
    except Interrupted as stop:
        ahead = "; the same command goes on from here" if options.name == "run" else ""
        print(f"{options.name}: {stop}{ahead}", file=sys.stderr)
        return stop.status
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
        prog="python -m flows",
        description="Turns a catalogue of songs into releases of a space of songs.",
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    add_run(commands)
    add_synth(commands)
    of_a_store = (add_encode, add_releases, add_verify, add_publish, add_rollback, add_pin)
    for add in (*of_a_store, add_unpin, add_gc, add_why):
        add(commands).add_argument("--store", default="store", metavar="PLACE", help=PLACE_HELP)
    for add in (add_ui, add_deploy, add_reports, add_overdue):
        add(commands)
    return parser


def add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    """`flows run`."""
    parser = commands.add_parser("run", help="make a release, and put it live if the gate lets it")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--csv",
        metavar="PATH",
        help="a file, folder or pattern, the same on s3://, or kaggle:devdope/900k-spotify",
    )
    source.add_argument(
        "--demo",
        nargs="?",
        type=number(int, 50, 10_000_000),
        const=0,  # as many as the settings say
        metavar="ROWS",
        help="the built-in catalogue, 20,000 songs unless told otherwise",
    )
    parser.add_argument(
        "--store",
        metavar="PLACE",
        help="folder or s3://bucket/prefix to keep it in (default: store, of a demo: demo)",
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
    parser.add_argument(
        "--runner",
        metavar="NAME",
        help="where files are worked on: threads (default), processes or dask, with =N for so many workers, "
        "or dask=tcp://HOST:PORT",
    )
    add_force(parser)
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
        runner=options.runner,
        force=force_in(options),
    )
    if options.csv is None and settings.csv is not None:
        raise ValueError(f"--demo was asked for, but the settings name the CSV {settings.csv!r}.")
    look_ahead(settings)
    from flows.starting import start_temporary_server

    server = start_temporary_server()
    from flows.summary import run_and_summarise  # seconds, in which the server starts

    run_and_summarise(settings, server)


def look_ahead(settings: PipelineSettings) -> None:
    """Refuse a source or a store that is not there, before Prefect is started.

    Raises:
        SourceError: If no file is where the settings say.
        StoreError: If the store can neither be opened nor made.
    """
    from storage.s3.objects import list_objects
    from tasks.ingest.source import KAGGLE, resolve_source

    if settings.csv is not None and not settings.csv.startswith(KAGGLE):
        (list_objects if settings.csv.startswith(SCHEME) else resolve_source)(settings.csv)
    Store.open(settings.store)


def add_synth(commands: Commands[argparse.ArgumentParser]) -> None:
    """`flows synth`."""
    parser = commands.add_parser("synth", help="write the built-in catalogue as a CSV")
    parser.add_argument("--rows", type=number(int, 50, 10_000_000), required=True, metavar="N")
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


def add_encode(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows encode`."""
    parser = commands.add_parser("encode", help="place new songs in the live space, without a run")
    parser.add_argument(
        "--csv",
        required=True,
        metavar="PATH",
        help="in the catalogue's form; any column but Artist(s) and song may be absent, any cell empty",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.parquet")
    parser.add_argument(
        "--k",
        type=number(int, 1, 100),
        metavar="N",
        help="neighbours of each song (default: as many as in the release)",
    )
    parser.set_defaults(command=encode)
    return parser


def encode(options: argparse.Namespace) -> None:
    """Write the latents and neighbours of a file's songs; tell on stderr which rows are left out."""
    from tasks.new_songs.encode import encode_new_songs

    store = existing_store(options.store)
    encoded = encode_new_songs(options.csv, store.root, options.out, options.k)
    for remark in encoded.remarks:
        print(remark, file=sys.stderr)
    print(
        f"{encoded.out}: {encoded.songs:,} songs, {encoded.known:,} of them in {encoded.release} too; "
        f"space {encoded.space_id}"
    )
