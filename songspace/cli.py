"""The command `songspace`: looks into a release, and asks it for songs, from the shell."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Final

import polars as pl

from songspace.description import as_text, describe
from songspace.errors import SongspaceError
from songspace.options import add_list_options, add_taste_options, choice_of, filters_of, taste_of
from songspace.release import open_release
from songspace.shown import as_json, as_table, one_line

LAST_PORT: Final = 65_535
RELEASE_HELP: Final = (
    "folder or s3:// place of a store, whose live release is taken, or of a release"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, else 1 and one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()  # here, where a full disk or a reader that went away can be told of
    except BrokenPipeError:  # `songspace ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (SongspaceError, ValueError, OSError, pl.exceptions.PolarsError) as error:
        print(f"songspace: {one_line(str(error))}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(prog="songspace", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    info = commands.add_parser(
        "info", help="check every file of a release and say what it holds", allow_abbrev=False
    )
    info.add_argument("path", metavar="STORE_OR_RELEASE", help=RELEASE_HELP)
    info.add_argument("--json", action="store_true", help="print one JSON object")
    info.set_defaults(run=_info)

    similar = _list_command(commands, "similar", "songs like a song")
    similar.add_argument("song", help="'artist - title', or a song_id")
    similar.set_defaults(run=_similar)

    taste = _list_command(commands, "taste", "songs after a taste; what is not named is unknown")
    add_taste_options(taste)
    taste.set_defaults(run=_taste)

    blend = _list_command(commands, "blend", "songs like several, and unlike others")
    blend.add_argument("likes", nargs="+", metavar="SONG", help="'artist - title', or a song_id")
    blend.add_argument("--not", dest="dislikes", action="append", default=[], metavar="SONG")
    blend.set_defaults(run=_blend)

    path = _list_command(commands, "path", "songs that lead from one to another", length="steps")
    path.add_argument("start", help="'artist - title', or a song_id")
    path.add_argument("end", help="likewise")
    path.set_defaults(run=_path)

    serve = commands.add_parser(
        "serve", help="serve an API and a page; needs songspace[web]", allow_abbrev=False
    )
    serve.add_argument("--release", required=True, metavar="STORE_OR_RELEASE", help=RELEASE_HELP)
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s, this machine")
    serve.add_argument("--port", type=_port, default=8000, help="default: %(default)s")
    serve.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a name under which a proxy passes requests on; may be repeated; default: this machine's",
    )
    serve.add_argument(
        "--cors",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="an origin such as https://example.org whose pages may ask; may be repeated; default: none",
    )
    serve.set_defaults(run=_serve)
    return parser


def _list_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_: str,
    length: str = "n",
) -> argparse.ArgumentParser:
    """A command that answers with a list of songs."""
    command = commands.add_parser(name, help=help_, allow_abbrev=False)
    command.add_argument(
        "--release",
        default=".",
        metavar="STORE_OR_RELEASE",
        help=f"{RELEASE_HELP}; default: the current folder",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    add_list_options(command, length)
    return command


def _info(options: argparse.Namespace) -> int:
    """Print what the release holds."""
    with open_release(options.path) as release:
        facts = describe(release)
    print(json.dumps(facts, indent=2) if options.json else as_text(facts))
    return 0


def _similar(options: argparse.Namespace) -> int:
    """Print songs like one."""
    with open_release(options.release) as release:
        found = release.recommender.similar(
            _named(options.song), choice_of(options), filters_of(options)
        )
    print(as_json(found) if options.json else as_table(found))
    return 0


def _taste(options: argparse.Namespace) -> int:
    """Print songs after a taste."""
    with open_release(options.release) as release:
        found = release.recommender.taste(
            choice_of(options), filters_of(options), **taste_of(options)
        )
    print(as_json(found) if options.json else as_table(found))
    return 0


def _blend(options: argparse.Namespace) -> int:
    """Print songs like several."""
    likes, dislikes = map(_named, options.likes), map(_named, options.dislikes)
    with open_release(options.release) as release:
        found = release.recommender.blend(
            [*likes], [*dislikes], choice_of(options), filters_of(options)
        )
    print(as_json(found) if options.json else as_table(found))
    return 0


def _path(options: argparse.Namespace) -> int:
    """Print songs on the way from one to another."""
    with open_release(options.release) as release:
        found = release.recommender.path(
            _named(options.start),
            _named(options.end),
            options.steps,
            choice_of(options).per_artist,
            filters_of(options),
        )
    print(as_json(found) if options.json else as_table(found))
    return 0


def _serve(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    try:
        from songspace.web.server import serve

        serve(options.release, options.host, options.port, options.cors, options.name)
    except ModuleNotFoundError as error:
        raise SongspaceError(
            f"Serving needs {error.name}, which is not installed: pip install 'songspace[web]'."
        ) from error
    return 0


def _port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"expected 1 to {LAST_PORT}, received {text!r}")
    return int(text)


def _named(text: str) -> int | str:
    """A song_id as a number, a name as it is."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text


if __name__ == "__main__":
    sys.exit(main())
