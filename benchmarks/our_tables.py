"""Ingest and encode in one process: as the pipeline runs them, but for Prefect, and their plain functions alone."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl

from benchmarks.measure import Facts
from benchmarks.stages import read_refs, run_stage
from models.encoder import EncodeSettings, fit_encoder
from storage.store import Store
from tasks.ingest.settings import IngestSettings
from tasks.ingest.tables import ingest_csv


def ingest_and_encode(csv: Path, root: Path) -> Facts:
    """CSV to the tables of songs, lyrics, quarantine, folded and features, hashed and committed."""
    ingest, encode = (run_stage(name, csv, root)["seconds"] for name in ("ingest", "encode"))
    store, refs = Store.existing(root), read_refs(root)
    written = sum(store.manifest(refs[kind]).size for kind in ("songs", "features"))
    return {"seconds": ingest + encode, "ingest": ingest, "encode": encode, "bytes": written}


def tables_alone(csv: Path, out: Path) -> Facts:
    """The same tables in a folder, not hashed and not committed, as a plain scan leaves them too."""
    out.mkdir()
    started = time.perf_counter()
    ingest_csv([csv], out, IngestSettings())
    songs = pl.scan_parquet(out / "songs")
    encoder = fit_encoder(songs, EncodeSettings(), None)
    encoder.encode(songs).sink_parquet(out / "features.parquet", compression="zstd")
    seconds = time.perf_counter() - started
    written = sum(file.stat().st_size for file in out.rglob("*.parquet"))
    return {"seconds": seconds, "bytes": written}
