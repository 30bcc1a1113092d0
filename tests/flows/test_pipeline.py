"""The whole pipeline on a small catalogue, with a real Prefect server."""

import re
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.logging.handlers import APILogHandler

import songspace
from flows.pipeline import pipeline
from flows.settings import read_settings
from flows.why import explain
from songspace.schemas import LATENTS, LYRICS, MAP, NEIGHBOURS, QUARANTINE, SONGS
from tasks.ingest.check import ContractError
from tests.flows.small_runs import CATALOGUE, SMALL, STAGES, First, Pipeline

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.usefixtures("first")


def test_the_first_run_does_everything_and_its_release_is_live(
    base: Pipeline, first: First
) -> None:
    published, worked = first

    head = base.store.head()
    assert worked == list(STAGES)
    assert head is not None
    assert (head.sequence, head.release) == (1, published.release)


def test_the_ui_knows_a_run_by_its_name_and_tags(base: Pipeline, first: First) -> None:
    published, _ = first

    assert base.last_run.name == f"songs.csv -> {published.release}"
    assert base.last_run.tags == ["csv", "songs.csv", "songspace"]


def test_what_the_stages_say_is_in_the_ui(base: Pipeline) -> None:
    APILogHandler().flush()
    only = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[base.last_run.id]))
    with get_client(sync_client=True) as client:
        said = client.read_logs(log_filter=only, limit=200)

    assert {"tasks.ingest.task", "tasks.train", "tasks.publish"} <= {log.name for log in said}
    assert any(log.message.startswith("epoch=2 loss=") for log in said)


@pytest.mark.fault
def test_a_run_that_meets_another_in_its_store_is_cancelled_and_says_why(line: Pipeline) -> None:
    before = line.store.head()

    with line.store.turn("a run on real.csv"):
        state = pipeline(line.settings(), return_state=True)

    assert state.is_cancelled()
    assert "Another run works in" in (state.message or "")
    assert "a run on real.csv, process" in (state.message or "")
    assert line.store.head() == before
    assert state.state_details.flow_run_id
    with get_client(sync_client=True) as client:
        name = client.read_flow_run(state.state_details.flow_run_id).name
    assert name.startswith(f"songs.csv: Another run works in {line.root} since ")


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("songs", SONGS),
        ("lyrics", LYRICS),
        ("quarantine", QUARANTINE),
        ("latents", LATENTS),
        ("neighbours", NEIGHBOURS),
        ("map", MAP),
    ],
)
def test_a_released_table_has_its_schema(base: Pipeline, name: str, schema: pl.Schema) -> None:
    with songspace.open(base.root) as release:
        assert release.table(name).collect_schema() == schema


@pytest.mark.parametrize(
    "file",
    [
        "encoder/artist.json",
        "model/autoencoder.keras",
        "model/encoder.keras",
        "model/encoder.safetensors",
        "model/space.json",
        "rehearsal/encoder.safetensors",
        "rehearsal/split.json",
        "evaluation/metrics.json",
        "evaluation/queries.parquet",
        "gate/gate.json",
        "report/index.html",
    ],
)
def test_a_release_holds_what_it_was_judged_by_beside_its_tables(
    base: Pipeline, first: First, file: str
) -> None:
    published, _ = first

    assert file in base.store.verify_release(published.release).files


def test_every_row_is_kept_folded_or_quarantined(base: Pipeline) -> None:
    with songspace.open(base.root) as release:
        rows = sum(
            release.table(name).select(pl.len()).collect().item()
            for name in ("songs", "folded", "quarantine")
        )

    assert rows == CATALOGUE.rows


def test_tables_of_a_release_speak_of_the_same_songs_in_the_same_order(base: Pipeline) -> None:
    with songspace.open(base.root) as release:
        songs = release.songs.select("song_id").collect()["song_id"]
        latents = release.latents.select("song_id").collect()["song_id"]
        neighbours = release.neighbours.collect()

    assert latents.equals(songs)
    assert neighbours["song_id"].unique(maintain_order=True).equals(songs)
    assert neighbours["neighbour_id"].is_in(songs.implode()).all()
    assert neighbours.filter(pl.col("song_id") == pl.col("neighbour_id")).is_empty()
    assert neighbours.group_by("song_id").len()["len"].unique().to_list() == [20]


def test_what_the_readme_says_of_reading_a_release_works(
    line: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(line.folder)
    (line.folder / "demo").symlink_to(line.root)
    blocks = re.findall(r"```(python|sql)\n(.*?)```", README.read_text(), re.DOTALL)

    for language, block in blocks:
        if language == "sql":
            assert len(duckdb.execute(block).fetchall()) == 20
        else:
            exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own README

    assert {language for language, _ in blocks} == {"python", "sql"}


@pytest.mark.fault
def test_the_same_run_again_does_no_work(line: Pipeline, first: First) -> None:
    published, _ = first
    before = line.store.head()

    assert line.run() == (published, [])
    assert line.store.head() == before


def test_another_map_is_drawn_and_judged_and_nothing_else_is_done(line: Pipeline) -> None:
    _, worked = line.run("map.perplexity=20")

    assert worked == ["draw_map", "evaluate", "gate", "report", "publish"]
    assert any("map" in told and "20" in told for told in explain(line.store))


def test_another_limit_of_the_gate_only_judges_again(line: Pipeline) -> None:
    _, worked = line.run("gate.min_recall=0.5")

    assert worked == ["gate", "report", "publish"]


@pytest.mark.fault
def test_a_touched_file_is_not_read_again(line: Pipeline) -> None:
    line.csv.touch()

    assert line.run()[1] == []


@pytest.mark.fault
@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("songs", "fold"),
        ("encoder", "fit"),
        ("features", "gather_features"),
        ("network", "train"),
        ("model", "align"),
        ("index", "index"),
        ("map", "draw_map"),
        ("evaluation", "evaluate"),
    ],
)
def test_an_artifact_that_was_deleted_is_made_again_and_nothing_else(
    line: Pipeline, first: First, kind: str, task: str
) -> None:
    published, _ = first
    ref = line.made(published, kind)
    shutil.rmtree(line.root / "artifacts" / ref.kind / ref.version)

    assert line.run() == (published, [task])


@pytest.mark.fault
@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("shard", "ingest"),
        ("summary", "summarise"),
        ("encoded", "encode"),
        ("placed", "latents"),
        ("nearest", "neighbours"),
    ],
)
def test_what_was_made_of_a_piece_and_deleted_is_made_again_and_nothing_else(
    line: Pipeline, first: First, kind: str, task: str
) -> None:
    published, _ = first
    (ref,) = line.pieces(published, kind)
    shutil.rmtree(line.root / "artifacts" / ref.kind / ref.version)

    assert line.run() == (published, [task])


def test_a_broken_contract_stops_the_run_before_training(line: Pipeline) -> None:
    live = line.store.head()

    state = pipeline(line.settings("contract.max_quarantined_share=0.001"), return_state=True)

    assert state.is_failed()
    with pytest.raises(ContractError, match="quarantined"):
        state.result()
    assert line.store.head() == live
    assert "ended by ContractError" in next(iter(explain(line.store)))


def test_a_release_that_was_rolled_back_stays_so_when_its_run_is_repeated(line: Pipeline) -> None:
    bad, _ = line.run("neighbours.seed=7")
    store = line.store
    back = store.rollback(reason="looks wrong")

    again, _ = line.run("neighbours.seed=7")

    head = store.head()
    assert not again.live
    assert again.release == bad.release
    assert head is not None
    assert head.sequence == back.sequence


@pytest.mark.fault
def test_a_store_that_cannot_be_written_is_noticed_before_any_work(tmp_path: Path) -> None:
    state = pipeline(
        read_settings(None, SMALL, csv="songs.csv", store=str(tmp_path / "missing" / "store")),
        return_state=True,
    )

    with pytest.raises(songspace.SongspaceError, match="there is no folder"):
        state.result()


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    state = pipeline(
        read_settings(None, SMALL, csv="nowhere.csv", store=str(tmp_path / "store")),
        return_state=True,
    )

    with pytest.raises(ValueError, match=r"nowhere\.csv"):
        state.result()
