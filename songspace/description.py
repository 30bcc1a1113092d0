"""What a release is and holds, for `songspace info`."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from songspace.release import Release


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


def as_text(facts: dict[str, Any]) -> str:
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
