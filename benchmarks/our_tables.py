"""Ingest and encode as the pipeline runs them, in one process and without Prefect."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Facts
from benchmarks.stages import read_refs, run_stage
from storage.store import Store


def ingest_and_encode(csv: Path, root: Path) -> Facts:
    """CSV to the tables of songs, lyrics, quarantine, folded and features, hashed and committed."""
    ingest, encode = (run_stage(name, csv, root)["seconds"] for name in ("ingest", "encode"))
    store, refs = Store.existing(root), read_refs(root)
    written = sum(store.manifest(refs[kind]).size for kind in ("songs", "features"))
    return {"seconds": ingest + encode, "ingest": ingest, "encode": encode, "bytes": written}
