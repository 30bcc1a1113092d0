"""The synthetic catalogue is laid out as the real one, and its numbers come out as asked."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tasks.ingest.synthetic import (
    CatalogueSettings,
    CatalogueTruth,
    planted_factors,
    write_catalogue,
)

REAL_HEAD = Path(__file__).parents[4] / "shared" / "data" / "spotify_head_1000.csv"
SETTINGS = CatalogueSettings(rows=20_000, seed=7)
FEATURES = {  # mean, sd, quartiles, lowest and highest of the real catalogue
    "Tempo": (120.78, 29.26, (97, 120, 140), 31, 200),
    "Popularity": (30.49, 17.19, (19, 28, 40), 0, 100),
    "Energy": (62.74, 22.69, (48, 65, 81), 0, 100),
    "Danceability": (58.29, 17.35, (46, 59, 71), 6, 99),
    "Positiveness": (47.07, 24.09, (28, 46, 66), 0, 100),
    "Speechiness": (11.40, 12.28, (4, 6, 14), 2, 97),
    "Liveness": (19.79, 16.31, (10, 13, 25), 1, 100),
    "Acousticness": (26.06, 29.62, (2, 13, 44), 0, 100),
    "Instrumentalness": (7.36, 20.74, (0, 0, 0), 0, 100),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> CatalogueTruth:
    return write_catalogue(tmp_path_factory.mktemp("catalogue") / "songs.csv", SETTINGS)


@pytest.fixture(scope="module")
def truth(written: CatalogueTruth) -> pl.DataFrame:
    return planted_factors(written.catalogue)


@pytest.fixture(scope="module")
def sound(written: CatalogueTruth, truth: pl.DataFrame) -> pl.DataFrame:
    """The rows that are not broken, every cell as text, read by the standard library."""
    broken = set(truth.filter(pl.col("broken").is_not_null())["line"])
    lines = written.catalogue.read_bytes().decode(errors="replace").splitlines(keepends=True)
    kept = (text for line, text in enumerate(lines, 1) if line not in broken)
    header, *rows = csv.reader(kept, strict=True)
    return pl.DataFrame(rows, schema=header, orient="row")


@pytest.fixture(scope="module")
def numbers(sound: pl.DataFrame) -> pl.DataFrame:
    loudness = pl.col("Loudness (db)").str.strip_suffix("db").cast(pl.Float64)
    return sound.select(*(pl.col(name).cast(pl.Float64) for name in FEATURES), loudness)


def test_every_sound_row_reads_back_with_39_cells_in_the_order_of_the_truth(
    sound: pl.DataFrame, truth: pl.DataFrame
) -> None:
    told = truth.filter(pl.col("broken").is_null())

    assert sound.width == 39
    assert sound["Artist(s)"].to_list() == told["artist"].to_list()
    assert sound["song"].to_list() == told["song"].fill_null("").to_list()


@pytest.mark.real_rows
@pytest.mark.skipif(not REAL_HEAD.exists(), reason=f"no real rows at {REAL_HEAD}")
def test_the_header_is_the_real_one_to_the_byte(written: CatalogueTruth) -> None:
    with REAL_HEAD.open("rb") as real, written.catalogue.open("rb") as synthetic:
        assert synthetic.readline() == real.readline()


def test_lines_end_in_a_line_feed_and_hold_no_other_line_end(written: CatalogueTruth) -> None:
    content = written.catalogue.read_bytes()

    assert content.count(b"\n") == SETTINGS.rows + 1
    assert content.endswith(b"\n")
    assert b"\r" not in content


def test_rewriting_with_quotes_only_where_needed_gives_the_same_bytes(
    written: CatalogueTruth, sound: pl.DataFrame, truth: pl.DataFrame, tmp_path: Path
) -> None:
    again = tmp_path / "again.csv"

    with again.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(sound.columns)
        writer.writerows(sound.iter_rows())

    broken = set(truth.filter(pl.col("broken").is_not_null())["line"])
    lines = written.catalogue.read_bytes().splitlines(keepends=True)
    assert again.read_bytes() == b"".join(
        text for line, text in enumerate(lines, 1) if line not in broken
    )


@pytest.mark.parametrize(
    ("column", "form"),
    [
        ("Length", r"^\d\d:[0-5]\d$"),
        ("Release Date", r"^\d{1,2}(st|nd|rd|th) [A-Z][a-z]+ \d{4}$"),
        ("Key", r"^([ACDFG]#?|[BE]) (min|Maj)$"),
        ("Loudness (db)", r"^-?\d+(\.\d{1,2})?db$"),
        ("Time signature", r"^(\d/4)?$"),
        ("Explicit", "^(Yes|No)$"),
        ("Similarity Score 1", r"^(0\.\d+|1\.0|1\.0000000000000002)$"),
    ],
)
def test_cells_have_the_real_form(sound: pl.DataFrame, column: str, form: str) -> None:
    assert sound[column].str.contains(form).all()


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_has_the_real_mean_spread_and_quartiles(numbers: pl.DataFrame, name: str) -> None:
    mean, sd, quartiles, low, high = FEATURES[name]
    values = numbers[name].to_numpy()

    assert values.mean() == pytest.approx(mean, abs=0.05 * sd)
    assert values.std() == pytest.approx(sd, rel=0.04)
    assert np.quantile(values, (0.25, 0.5, 0.75)) == pytest.approx(quartiles, abs=2)
    assert low <= values.min()
    assert values.max() <= high


@pytest.mark.parametrize(
    ("one", "other", "correlation"),
    [
        ("Energy", "Acousticness", -0.69),
        ("Danceability", "Positiveness", 0.43),
        ("Energy", "Positiveness", 0.27),
        ("Danceability", "Speechiness", 0.25),
        ("Tempo", "Energy", 0.19),
        ("Energy", "Loudness (db)", 0.79),
        *(("Popularity", name, 0.0) for name in FEATURES if name != "Popularity"),
    ],
)
def test_features_correlate_as_the_real_ones(
    numbers: pl.DataFrame, one: str, other: str, correlation: float
) -> None:
    tolerance = 0.05 if correlation else 0.1

    got = np.corrcoef(numbers[one], numbers[other])[0, 1]

    assert got == pytest.approx(correlation, abs=tolerance)


def test_every_flag_follows_its_rule(sound: pl.DataFrame) -> None:
    for row in sound.iter_rows(named=True):
        tempo, fame, energy, dance, speech, acoustic = (
            int(row[name])
            for name in (
                *("Tempo", "Popularity", "Energy", "Danceability", "Speechiness"),
                "Acousticness",
            )
        )
        calm = speech < 20
        rules = {
            "Party": fame > 40 and tempo > 120 and energy > 60 and dance > 50,
            "Exercise": tempo > 120 and energy > 60 and dance > 50,
            "Running": tempo > 140 and energy > 70 and dance > 50,
            "Driving": 80 < tempo < 120 and 40 < energy < 60 and acoustic < 40 and dance > 50,
            "Social Gatherings": 100 < tempo < 130 and 50 < energy < 70 and fame > 50 < dance - 10,
            "Morning Routine": 100 < tempo < 130 and 50 < energy < 70 and acoustic < 50 < dance,
            "Work/Study": 60 < tempo < 110 and energy < 50 and acoustic > 40 and calm,
            "Relaxation/Meditation": tempo < 90 and energy < 40 and acoustic > 50 and calm,
            "Yoga/Stretching": tempo < 90 and energy < 30 and acoustic > 55 and calm,
        }
        assert {name: int(row[f"Good for {name}"]) for name in rules} == rules


def test_emotions_have_their_shares_and_a_few_are_junk(sound: pl.DataFrame) -> None:
    shares = dict(sound["emotion"].value_counts(normalize=True).iter_rows())

    real = {"joy": 38, "sadness": 31, "anger": 19, "fear": 5, "love": 5, "surprise": 1}
    for name, percent in real.items():
        assert 100 * shares.pop(name) == pytest.approx(percent, abs=max(0.4, percent / 20))
    assert {"True", "Love", "pink"} == set(shares)


def test_genres_are_given_per_artist_and_nearly_half_are_the_default(sound: pl.DataFrame) -> None:
    genres = sound["Genre"]

    assert (genres == "hip hop").mean() == pytest.approx(0.475, abs=0.005)
    assert genres.str.contains(",").mean() == pytest.approx(0.35, abs=0.005)
    assert set(genres.str.count_matches(",")) == {0, 1, 2}
    assert sound.group_by("Artist(s)").agg(pl.col("Genre").n_unique())["Genre"].max() == 1


def test_artists_are_many_sorted_and_a_fifth_of_the_rows_have_several(sound: pl.DataFrame) -> None:
    artists = sound["Artist(s)"]

    assert artists.n_unique() == pytest.approx(SETTINGS.rows / 4.33, rel=0.01)
    assert artists.str.contains(r",\S").mean() == pytest.approx(0.21, abs=0.005)
    assert artists.str.contains(", Jr.", literal=True).any()
    assert artists.str.to_lowercase().is_sorted()


def test_lyrics_have_the_real_lengths_and_characters(sound: pl.DataFrame) -> None:
    lyrics = sound["text"]
    lengths = lyrics.str.len_chars()

    assert lengths.mean() == pytest.approx(1_794, rel=0.03)
    assert lengths.median() == pytest.approx(1_491, rel=0.03)
    assert lengths.quantile(0.95) == pytest.approx(3_702, rel=0.05)
    assert lyrics.str.contains('"').mean() == pytest.approx(0.16, abs=0.015)
    assert (lyrics.str.len_bytes() != lengths).mean() == pytest.approx(0.28, abs=0.02)


def test_there_are_a_few_rows_of_every_oddity(sound: pl.DataFrame) -> None:
    empty = {name: int((sound[name] == "").sum()) for name in sound.columns}
    titles = sound["song"]

    assert {name: count for name, count in empty.items() if count} == {
        "song": 3,
        "Album": 3,
        "Time signature": 3,
    }
    assert sound["Release Date"].str.ends_with(" 1900").any()
    assert sound["Release Date"].str.slice(-4).max() == "2024"
    assert sound["Key"].n_unique() == 24
    assert sound["Album"].value_counts().sort("count")[-1].row(0) == ("Greatest Hits", 58)
    for oddity in ("^=", "<b>", '"', ",", r"[^\x00-\x7f]"):
        assert titles.str.contains(oddity).any()


def test_similar_songs_stand_in_the_catalogue_and_one_in_six_is_alike(sound: pl.DataFrame) -> None:
    pairs = set(sound.select("Artist(s)", "song").iter_rows())
    named = set(sound.select("Similar Artist 1", "Similar Song 1").iter_rows())

    assert len(named & pairs) / len(named) > 0.98
    assert (sound["Similarity Score 1"] == "1.0").mean() == pytest.approx(0.157, abs=0.01)


def test_songs_with_a_perfect_score_are_clones_as_in_the_real_catalogue(
    sound: pl.DataFrame,
) -> None:
    songs = sound.unique(["Artist(s)", "song"], keep="first", maintain_order=True)
    recording = [name for name in songs.columns if name != "song"]
    marked = songs.select(
        cloned=pl.len().over(recording) > 1, perfect=pl.col("Similarity Score 1") == "1.0"
    )

    assert marked["perfect"].mean() == pytest.approx(0.157, abs=0.01)
    assert marked.filter("perfect")["cloned"].mean() == pytest.approx(1, abs=0.02)
    assert marked.filter("cloned")["perfect"].mean() == pytest.approx(1, abs=0.02)
