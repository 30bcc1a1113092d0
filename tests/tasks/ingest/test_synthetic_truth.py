"""The truth beside a synthetic catalogue tells what stands in it, line by line."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from tasks.ingest.synthetic import (
    CatalogueSettings,
    CatalogueTruth,
    planted_factors,
    write_catalogue,
)

FACTORS = ("drive", "unplugged", "mood", "groove", "voice", "era", "fame")
KEY = ("Artist(s)", "song")


def read_rows(catalogue: Path) -> list[dict[str, str]]:
    with catalogue.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> CatalogueTruth:
    """A catalogue without a broken row."""
    settings = CatalogueSettings(rows=8_000, seed=3, broken_share=0)
    return write_catalogue(tmp_path_factory.mktemp("clean") / "songs.csv", settings)


def test_repeats_are_as_many_as_asked_and_the_truth_names_each(clean: CatalogueTruth) -> None:
    seen: set[tuple[str, ...]] = set()
    repeating = []
    for line, row in enumerate(read_rows(clean.catalogue), 2):
        key = tuple(row[name] for name in KEY)
        if key in seen:
            repeating.append(line)
        seen.add(key)

    told = planted_factors(clean.catalogue).filter(pl.col("kind").is_in(["exact", "variant"]))
    assert len(repeating) == clean.repeats == round(8_000 * 53_391 / 551_443)
    assert repeating == told["line"].to_list()


def test_an_exact_repeat_differs_in_nothing_a_variant_in_something_a_clone_in_its_title(
    clean: CatalogueTruth,
) -> None:
    rows = read_rows(clean.catalogue)

    differing: dict[str, set[frozenset[str]]] = {}
    for line, kind, of_line in (
        planted_factors(clean.catalogue).select("line", "kind", "of_line").iter_rows()
    ):
        row, first = rows[line - 2], rows[of_line - 2]
        changed = frozenset(name for name in row if row[name] != first[name])
        differing.setdefault(kind, set()).add(changed)

    assert differing["song"] == {frozenset()}
    assert differing["exact"] == {frozenset()}
    assert differing["clone"] == {frozenset({"song"})}
    assert frozenset() not in differing["variant"]
    assert not any(set(KEY) & changed for changed in differing["variant"])


def test_songs_that_are_no_copies_share_no_lyrics(clean: CatalogueTruth) -> None:
    rows = read_rows(clean.catalogue)
    own = planted_factors(clean.catalogue).filter(pl.col("kind") == "song")

    lyrics = {rows[line - 2]["text"] for line in own["line"]}

    assert len(lyrics) == len(own)


def test_neighbours_by_the_written_features_share_the_planted_factors(
    clean: CatalogueTruth,
) -> None:
    names = ("Tempo", "Popularity", "Energy", "Danceability", "Positiveness", "Speechiness")
    rows = read_rows(clean.catalogue)
    truth = planted_factors(clean.catalogue)
    features = np.array([[float(row[name]) for name in (*names, "Acousticness")] for row in rows])
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    artists = truth["artist"].to_numpy()

    queries = np.arange(0, len(rows), 20)
    gaps = ((features[queries, None] - features[None]) ** 2).sum(axis=2)
    gaps[artists[queries, None] == artists[None]] = np.inf
    nearest = gaps.argsort(axis=1)[:, :10]

    strangers = np.random.default_rng(0).integers(len(rows), size=nearest.shape)
    for name in ("drive", "unplugged", "mood", "groove", "voice", "fame"):
        factor = truth[name].to_numpy()
        near, far = (
            np.abs(factor[queries, None] - factor[to]).mean() for to in (nearest, strangers)
        )
        assert 0.4 < near / far < 0.97, name


def test_factors_are_standard_and_artists_keep_theirs(clean: CatalogueTruth) -> None:
    truth = planted_factors(clean.catalogue)

    within = truth.group_by("artist").agg(pl.len(), pl.col(FACTORS).std()).filter(pl.col("len") > 9)

    for name in FACTORS:
        assert truth[name].mean() == pytest.approx(0, abs=0.08)
        assert truth[name].std() == pytest.approx(1, abs=0.08)
        spread = within[name].mean()
        assert isinstance(spread, float)
        assert 0.3 < spread < 0.8


def test_every_broken_row_is_one_line_and_each_kind_is_broken_as_told(tmp_path: Path) -> None:
    written = write_catalogue(
        tmp_path / "songs.csv", CatalogueSettings(rows=5_000, seed=1, broken_share=0.02)
    )
    lines = written.catalogue.read_bytes().split(b"\n")

    told = planted_factors(written.catalogue).filter(pl.col("broken").is_not_null())
    by_kind = {kind: lines[line - 1] for line, kind in told.select("line", "broken").iter_rows()}
    cells = {
        kind: next(csv.reader([text.decode(errors="replace")])) for kind, text in by_kind.items()
    }

    assert len(lines) == 5_002  # the header, and nothing behind the last line end
    assert written.broken == len(told) == 100
    assert len(by_kind) == 10
    assert len(cells["short_row"]) == 37
    assert len(cells["long_row"]) == 41
    assert len(cells["truncated"]) == 9
    assert by_kind["stray_quote"].count(b'"') % 2 == 1
    assert cells["garbage_number"][13] == "many"
    assert cells["out_of_range"][14] == "412"
    assert cells["bad_date"][7] == "31st February 2011"
    assert cells["bad_length"][3] == "3m47"
    assert cells["bad_flag"][21] == "maybe"
    with pytest.raises(UnicodeDecodeError):
        by_kind["invalid_utf8"].decode()


def test_the_same_settings_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, same, other = (
        write_catalogue(tmp_path / f"{place}.csv", CatalogueSettings(rows=600, seed=seed)).catalogue
        for place, seed in enumerate((5, 5, 6))
    )

    assert one.read_bytes() == same.read_bytes()
    assert planted_factors(one).equals(planted_factors(same))
    assert one.read_bytes() != other.read_bytes()


def test_the_scaled_revision_holds_the_same_songs_in_other_units(tmp_path: Path) -> None:
    plain, scaled = (
        read_rows(
            write_catalogue(
                tmp_path / f"{revision}.csv",
                CatalogueSettings(rows=400, revision=revision, broken_share=0),
            ).catalogue
        )
        for revision in ("bpm", "scaled")
    )

    months = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
    for row, twin in zip(plain, scaled, strict=True):
        assert round(float(twin["Tempo"]) * 169 + 31, 6) == int(row["Tempo"])
        decibels = float(row["Loudness (db)"].removesuffix("db"))
        assert float(twin["Loudness (db)"]) * 55.04 - 50.06 == pytest.approx(decibels, abs=1e-6)
        day, month, year = row["Release Date"].split(" ")
        assert twin["Release Date"] == f"{year}-{months.index(month) + 1:02}-{int(day[:-2]):02}"
        assert row["text"] == twin["text"]
        assert row["Good for Running"] == twin["Good for Running"]


def test_progress_ends_at_all_rows(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    write_catalogue(
        tmp_path / "songs.csv",
        CatalogueSettings(rows=40_000),
        lambda written, rows: seen.append((written, rows)),
    )

    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (40_000, 40_000)


def test_a_writer_that_is_stopped_leaves_the_old_catalogue_and_nothing_else(tmp_path: Path) -> None:
    def stop(written: int, rows: int) -> None:
        raise KeyboardInterrupt(written, rows)

    (tmp_path / "songs.csv").write_text("old")

    with pytest.raises(KeyboardInterrupt):
        write_catalogue(tmp_path / "songs.csv", CatalogueSettings(rows=100), stop)

    assert [file.name for file in tmp_path.iterdir()] == ["songs.csv"]
    assert (tmp_path / "songs.csv").read_text() == "old"


@pytest.mark.parametrize("rows", [50, 51, 137])
def test_the_smallest_catalogues_have_all_their_rows(tmp_path: Path, rows: int) -> None:
    written = write_catalogue(
        tmp_path / "songs.csv", CatalogueSettings(rows=rows, seed=rows, broken_share=0)
    )

    assert len(read_rows(written.catalogue)) == rows


def test_more_rows_than_promised_are_refused_before_work_starts() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 10000000"):
        CatalogueSettings(rows=10_000_001)
