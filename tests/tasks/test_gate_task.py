"""The gate as a stage: the tables of a candidate held against their contract, and a verdict written down."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.gate import GateSettings, Judgement
from songspace.schemas import FOLDED, LATENT_DIM, LATENTS, LYRICS, MAP, NEIGHBOURS, QUARANTINE
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.gate import gate

SONGS_MADE = 30
K = 3
HOLDERS = {"latents": "latents", "neighbours": "neighbours", "map": "map"}

Tables = dict[str, pl.DataFrame]
Change = Callable[[pl.DataFrame], pl.DataFrame]

GOOD: Mapping[str, Any] = {
    "protocol": {"held_out_artists": 12, "queries": 30},
    "headline": None,
    "spaces": None,
    "live": None,
    "lists": {"recall": 1.0, "duplicates": 0, "clones": 0, "empty_lists": 0},
    "encoders": {"songs": SONGS_MADE, "largest_difference": 0.0},
}
MEASURED: Mapping[str, Any] = {
    **GOOD,
    "protocol": {"held_out_artists": 120, "queries": 300},
    "spaces": [
        {"space": "candidate", "genre": 0.25},
        *({"space": space, "genre": 0.1} for space in ("random", "pca", "cosine")),
    ],
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def tables(make_songs: Callable[..., pl.DataFrame]) -> Tables:
    """Sound tables of thirty songs, each the neighbour of the three before it."""
    songs = make_songs(song_id=list(range(100, 100 + SONGS_MADE)))
    songs = songs.with_columns(clone_group="song_id")
    song_id = songs["song_id"].to_numpy()
    places = np.random.default_rng(0).normal(size=(SONGS_MADE, LATENT_DIM))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    before = (np.arange(SONGS_MADE)[:, None] - np.arange(1, K + 1)) % SONGS_MADE
    return {
        "songs": songs,
        "lyrics": pl.DataFrame({"song_id": song_id, "text": "la"}).cast(LYRICS),
        "quarantine": pl.DataFrame(schema=QUARANTINE),
        "folded": pl.DataFrame(schema=FOLDED),
        "latents": songs.select(name for name in LATENTS if name != "latent").with_columns(
            latent=pl.Series(places, dtype=LATENTS["latent"])
        ),
        "neighbours": pl.DataFrame(
            {
                "song_id": song_id.repeat(K),
                "rank": np.tile(np.arange(1, K + 1), SONGS_MADE),
                "neighbour_id": song_id[before].ravel(),
                "score": 0.5,
            }
        ).cast(NEIGHBOURS),
        "map": pl.DataFrame({"song_id": song_id[:10], "x": 0.0, "y": 1.0}).cast(MAP),
    }


def keep(store: Store, kind: str, tables: Tables, metrics: Mapping[str, Any]) -> ArtifactRef:
    """An artifact of *kind* with its tables, each in two parts, or with the metrics."""
    with store.draft() as draft:
        for name, table in tables.items():
            if HOLDERS.get(name, "songs") == kind:
                (draft / name).mkdir()
                for number, rows in enumerate((table[:7], table[7:])):
                    rows.write_parquet(draft / name / f"part-{number:05d}.parquet")
        if kind == "evaluation":
            (draft / kind).mkdir()
            (draft / kind / "metrics.json").write_text(json.dumps(metrics))
        return store.commit(draft, kind, recipe={})


def verdict_on(
    store: Store,
    tables: Tables,
    metrics: Mapping[str, Any] = GOOD,
    before: Mapping[str, Any] | None = None,
) -> Judgement:
    """What the stage writes down, of a live release the metrics *before*."""
    refs = {
        name: keep(store, kind, tables, metrics)
        for name, kind in {
            "songs": "songs",
            "latents": "latents",
            "neighbours": "neighbours",
            "flat": "map",
            "evaluation": "evaluation",
        }.items()
    }
    live = keep(store, "evaluation", {}, before) if before else None
    made = gate.run(store, {**refs, "live_evaluation": live, "settings": GateSettings()})
    return Judgement.model_validate(store.read_json(made, "gate/gate.json"))


def test_sound_tables_and_metrics_pass_and_say_what_could_not_be_told(
    store: Store, tables: Tables
) -> None:
    verdict = verdict_on(store, tables)

    assert verdict.verdict == "pass"
    assert all(check.passed for check in verdict.checks)
    assert "12 artists were held out, 100 are needed to tell" in verdict.reason


def test_a_quality_that_fails_is_written_down_and_may_be_forced(
    store: Store, tables: Tables
) -> None:
    lists = {**GOOD["lists"], "recall": 0.9}

    verdict = verdict_on(store, tables, {**GOOD, "lists": lists})

    assert verdict.verdict == "fail"
    assert verdict.reason == "recall of the lists: 0.9, expected 0.99 or more"
    assert verdict.may_be_forced


def test_a_candidate_is_held_against_what_was_measured_of_the_live_release(
    store: Store, tables: Tables
) -> None:
    before, now = ({**MEASURED, "headline": {"value": v, "low": 0.2}} for v in (0.4, 0.25))

    verdict = verdict_on(store, tables, now, before)

    assert verdict.verdict == "fail"
    assert verdict.reason == (
        "lead over random lists: 0.15, "
        "expected 0.75 or more of the live release's, 0.3000 when it was built"
    )


def first_row(column: str, value: Any) -> Change:
    """Puts *value* into the first row of *column*."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        changed = [value, *table[column][1:].to_list()]
        return table.with_columns(pl.Series(column, changed, dtype=table.schema[column]))

    return change


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("songs", lambda t: t.drop("key"), "songs/part-00000.parquet has no column key"),
        ("songs", lambda t: t.cast({"tempo": pl.Int32}), "tempo as Int32 instead of Int16"),
        ("folded", lambda t: t.with_columns(more=1), "a column more too many"),
        ("map", lambda t: t.select("x", "song_id", "y"), "its columns in another order"),
        ("songs", first_row("song_id", None), "1 songs without a song_id"),
        ("songs", first_row("song_id", 101), "1 songs whose song_id another has"),
        ("songs", first_row("clone_group", 7), "1 songs of a clone_group that is no song"),
        ("songs", first_row("clone_group", None), "1 songs of a clone_group that is no song"),
        ("lyrics", lambda t: t[1:], "lyrics: 29 rows for 30 songs"),
        ("latents", lambda t: t[::-1], "30 rows of another song than in that row of songs"),
        ("latents", first_row("song_id", None), "1 rows of another song"),
        ("latents", first_row("latent", None), "1 songs without a latent"),
        ("latents", first_row("latent", [math.nan] * 20), "1 latents with a number that is not"),
        ("latents", first_row("latent", [None] * 20), "1 latents with a number that is not"),
        ("latents", first_row("latent", [0.0] * 20), "1 latents whose length is not 1"),
        ("latents", first_row("latent", [0.224] * 20), "1 latents whose length is not 1"),
        ("neighbours", first_row("neighbour_id", 7), "1 rows with a song that is not in songs"),
        ("neighbours", first_row("song_id", 7), "1 rows with a song that is not in songs"),
        ("neighbours", first_row("song_id", None), "1 rows with an empty cell"),
        ("neighbours", first_row("rank", None), "1 rows with an empty cell"),
        ("neighbours", first_row("neighbour_id", 100), "1 rows with a song as its own neighbour"),
        ("neighbours", first_row("score", math.nan), "1 rows with a score that is not finite"),
        ("neighbours", first_row("rank", 2), "1 lists whose ranks do not run from 1"),
        ("neighbours", lambda t: t[1:], "1 lists whose ranks do not run from 1"),
        ("map", first_row("song_id", 101), "1 points of a song that has another"),
        ("map", first_row("song_id", 7), "1 points of a song that is not in songs"),
        ("map", first_row("song_id", None), "1 points of a song that is not in songs"),
        ("map", first_row("x", math.inf), "1 points without a finite place"),
        ("map", first_row("y", None), "1 points without a finite place"),
    ],
)
def test_a_table_that_breaks_its_contract_fails_and_may_not_be_forced(
    store: Store, tables: Tables, table: str, change: Change, said: str
) -> None:
    verdict = verdict_on(store, {**tables, table: change(tables[table])})

    assert verdict.verdict == "fail"
    assert said in verdict.reason
    assert not verdict.may_be_forced


def test_a_part_unlike_the_others_is_found_behind_a_sound_one(store: Store, tables: Tables) -> None:
    refs = {name: keep(store, name, tables, GOOD) for name in ("latents", "neighbours", "map")}
    with store.draft() as draft:
        for name in ("songs", "lyrics", "quarantine", "folded"):
            (draft / name).mkdir()
            tables[name].write_parquet(draft / name / "part-00000.parquet")
        tables["lyrics"].drop("text").write_parquet(draft / "lyrics" / "part-00001.parquet")
        refs["songs"] = store.commit(draft, "songs", recipe={})
    refs |= {"flat": refs.pop("map"), "evaluation": keep(store, "evaluation", {}, GOOD)}

    made = gate.run(store, {**refs, "live_evaluation": None, "settings": GateSettings()})

    verdict = Judgement.model_validate(store.read_json(made, "gate/gate.json"))
    assert "lyrics/part-00001.parquet has no column text" in verdict.reason
