"""The commands that let the pipeline run by itself: server and worker, deployments, pages, notice."""

from __future__ import annotations

import argparse

from flows.arguments import number
from flows.upkeep import Commands


def add_ui(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows ui`."""
    parser = commands.add_parser(
        "ui", help="start Prefect's server, a worker and the reports' pages, and deploy"
    )
    parser.add_argument(
        "--port",
        type=number(int, 1, 65_534),
        default=4200,
        metavar="N",
        help="of the server; the reports have the next one (default: 4200)",
    )
    parser.set_defaults(command=ui)
    return parser


def ui(options: argparse.Namespace) -> None:
    """Run everything until Ctrl-C."""
    from flows.ui import serve_everything

    serve_everything(options.port)


def add_deploy(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows deploy`."""
    parser = commands.add_parser(
        "deploy", help="tell the server of PREFECT_API_URL what to run, and when"
    )
    parser.set_defaults(command=deploy)
    return parser


def deploy(_options: argparse.Namespace) -> None:
    """Send the deployments to the server."""
    from flows.deploying import deploy as send

    send()


def add_reports(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows reports`."""
    parser = commands.add_parser("reports", help="show the releases' reports as web pages")
    parser.add_argument(
        "--store", nargs="+", default=["store"], metavar="DIR", help="default: store"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="default: 127.0.0.1; whatever it is, browsers must ask for 127.0.0.1 or localhost",
    )
    parser.add_argument(
        "--port", type=number(int, 1, 65_535), default=4201, metavar="N", help="default: 4201"
    )
    parser.set_defaults(command=reports)
    return parser


def reports(options: argparse.Namespace) -> None:
    """Serve the pages until Ctrl-C."""
    from flows.reports import serve
    from flows.ui import require_free

    require_free(options.port)
    serve(options.store, options.host, options.port)


def add_overdue(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """`flows overdue`."""
    parser = commands.add_parser("overdue", help="fail if no run was completed for too long")
    parser.add_argument("--store", default="store", metavar="DIR", help="default: store")
    parser.add_argument(
        "--hours", type=number(float, 0, 8_760), default=26, metavar="N", help="default: 26"
    )
    parser.set_defaults(command=overdue)
    return parser


def overdue(options: argparse.Namespace) -> None:
    """Look when a run was last completed in a store."""
    from flows.overdue import require_recent_run

    print(require_recent_run(options.store, options.hours))
