"""The command `songspace`: looks into a release from the shell."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import polars as pl

from songspace.errors import SongspaceError
from songspace.release import Release, open_release


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, else 1 and one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (SongspaceError, pl.exceptions.PolarsError) as error:
        print(f"songspace: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(prog="songspace", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="check every file of a release and say what it holds")
    info.add_argument("path", metavar="STORE_OR_RELEASE", help="folder of a store or a release")
    info.add_argument("--json", action="store_true", help="print one JSON object")
    info.set_defaults(run=_info)
    return parser


def _info(options: argparse.Namespace) -> int:
    """Print what the release holds."""
    with open_release(options.path) as release:
        facts = describe(release)
    print(json.dumps(facts, indent=2) if options.json else _as_text(facts))
    return 0


def describe(release: Release) -> dict[str, Any]:
    """What a release is and holds, ready for JSON."""
    manifest = release.manifest
    return {
        "id": release.id,
        "created_at": manifest.created_at.isoformat(),
        "digest": manifest.digest,
        "path": str(release.path),
        "bytes": manifest.size,
        "files": len(manifest.files),
        "tables": {name: _describe_table(release, name) for name in release.tables},
        "meta": manifest.recipe,
    }


def _describe_table(release: Release, name: str) -> dict[str, Any]:
    """Rows, columns and bytes of one table."""
    table = release.table(name)
    return {
        "rows": table.select(pl.len()).collect().item(),
        "columns": {column: str(dtype) for column, dtype in table.collect_schema().items()},
        "bytes": sum(facts.size for facts in release.manifest.below(name).values()),
    }


def _as_text(facts: dict[str, Any]) -> str:
    """The facts for a terminal: one line each, the tables as a table."""
    lines = [f"{name:<12}{facts[name]}" for name in ("id", "created_at", "digest", "path")]
    lines.append(f"{'size':<12}{facts['bytes']:,} bytes in {facts['files']} files")
    lines.append(f"\n{'table':<12}{'rows':>12}{'bytes':>16}  columns")
    for name, table in facts["tables"].items():
        columns = ", ".join(table["columns"])
        lines.append(f"{name:<12}{table['rows']:>12,}{table['bytes']:>16,}  {columns}")
    lines.append("\nmeta")
    lines += [f"  {name}: {json.dumps(value)}" for name, value in facts["meta"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
