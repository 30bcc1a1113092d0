"""Both sides of a comparison do the same work."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.catalogue import change_one, link_folder, write_folder, write_full_catalogue
from benchmarks.measure import measure
from benchmarks.our_tables import ingest_and_encode
from benchmarks.pandas_side import ingest_and_encode as in_pandas
from benchmarks.stages import read_refs
from benchmarks.tables_sides import duckdb_copy, plain_scan
from storage.store import Store


def test_pandas_gives_the_songs_that_ingest_gives(tmp_path: Path) -> None:
    csv, root = tmp_path / "catalogue.csv", tmp_path / "store"
    write_full_catalogue(csv, 500, 0.0)
    in_pandas(csv, tmp_path, "c")
    ingest_and_encode(csv, root)

    store, refs = Store.existing(root), read_refs(root)
    shown = ["artist", "song", "length_s", "release_date", "explicit", "loudness_db"]
    ours = store.table(refs["songs"], "songs").select(shown).collect()
    named = pl.read_parquet(tmp_path / "songs.parquet").drop_nulls(["artist", "song"])
    assert named.select(shown).cast(ours.schema).equals(ours)


def test_scans_give_every_row(tmp_path: Path) -> None:
    csv = tmp_path / "catalogue.csv"
    write_full_catalogue(csv, 500, 0.0)
    plain_scan(csv, tmp_path)
    duckdb_copy(csv, tmp_path)
    plain, copied = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("plain", "duckdb"))
    assert plain.fill_null("").equals(copied.fill_null(""))
    assert len(plain) == 500


def test_change_touches_one_file_and_no_original(tmp_path: Path) -> None:
    write_folder(tmp_path / "files", 1_000)
    before = {file.name: file.read_bytes() for file in (tmp_path / "files").iterdir()}
    link_folder(tmp_path / "files", tmp_path / "linked")
    changed = change_one(tmp_path / "linked")
    assert {file.name: file.read_bytes() for file in (tmp_path / "files").iterdir()} == before
    after = {file.name: file.read_bytes() for file in (tmp_path / "linked").iterdir()}
    assert [name for name in before if before[name] != after[name]] == [changed.name]
    assert before[changed.name].startswith(after[changed.name])
    assert before[changed.name].count(b"\n") - after[changed.name].count(b"\n") == 1


def test_numbers_that_a_call_returns_come_back() -> None:
    cost = measure(told)
    assert cost.facts == {"seconds": 7.0, "rows": 2.0}
    assert cost.clocked == 7.0
    assert cost.peak_mb > 1


def told() -> dict[str, float]:
    return {"seconds": 7.0, "rows": 2.0}
