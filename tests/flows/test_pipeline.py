"""The whole pipeline on a small catalogue, with a real Prefect server."""

import re
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State

import songspace
from flows.pipeline import pipeline
from flows.settings import PipelineSettings, read_settings
from flows.why import explain
from songspace.schemas import FEATURES, LATENTS, LYRICS, MAP, NEIGHBOURS, QUARANTINE, SONGS
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.check import ContractError
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.publish import Published

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.usefixtures("prefect_server")

SMALL = [
    "train.epochs=2",
    "train.network.hidden=[16]",
    "train.network.artist_embedding=8",
    "map.points=200",
    "map.early_iterations=20",
    "map.iterations=20",
    "contract.max_quarantined_share=0.05",
]
STAGES = [
    "ingest",
    "check_contract",
    "encode",
    "train",
    "latents",
    "neighbours",
    "draw_map",
    "report",
    "publish",
]


class Pipeline:
    """One store and one catalogue, run again and again."""

    def __init__(self, folder: Path, rows: int = 400) -> None:
        self.csv = folder / "songs.csv"
        self.root = folder / "store"
        write_catalogue(self.csv, CatalogueSettings(rows=rows, broken_share=0.01))

    def settings(self, *changes: str) -> PipelineSettings:
        return read_settings(None, [*SMALL, *changes], csv=str(self.csv), store=str(self.root))

    def run(self, *changes: str) -> tuple[Published, list[str]]:
        """What was published, and which tasks did any work."""
        state: State[Published] = pipeline(self.settings(*changes), return_state=True)
        published = state.result()
        assert isinstance(published, Published)
        flow_run = state.state_details.flow_run_id
        assert flow_run is not None
        with get_client(sync_client=True) as client:
            self.last_run = client.read_flow_run(flow_run)
            runs = client.read_task_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run]))
            )
        worked = {run.name for run in runs if run.state_name != "Cached"}
        return published, [stage for stage in STAGES if stage in worked]

    @property
    def store(self) -> Store:
        return Store.open(self.root)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline(tmp_path_factory.mktemp("pipeline"))


@pytest.fixture(scope="module")
def first(line: Pipeline) -> tuple[Published, list[str]]:
    return line.run()


def test_the_first_run_does_everything_and_its_release_is_live(
    line: Pipeline, first: tuple[Published, list[str]]
) -> None:
    published, worked = first

    head = line.store.head()
    assert worked == STAGES
    assert head is not None
    assert (head.sequence, head.release) == (1, published.release)


def test_the_ui_knows_a_run_by_its_name_and_tags(
    line: Pipeline, first: tuple[Published, list[str]]
) -> None:
    published, _ = first

    assert line.last_run.name == f"songs.csv -> {published.release}"
    assert line.last_run.tags == ["csv", "songs.csv", "songspace"]


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
@pytest.mark.usefixtures("first")
def test_a_released_table_has_its_schema(line: Pipeline, name: str, schema: pl.Schema) -> None:
    with songspace.open(line.root) as release:
        assert release.table(name).collect_schema() == schema


@pytest.mark.usefixtures("first")
def test_every_row_is_kept_folded_or_quarantined(line: Pipeline) -> None:
    with songspace.open(line.root) as release:
        rows = sum(
            release.table(name).select(pl.len()).collect().item()
            for name in ("songs", "folded", "quarantine")
        )

    assert rows == 400


@pytest.mark.usefixtures("first")
def test_tables_of_a_release_speak_of_the_same_songs_in_the_same_order(line: Pipeline) -> None:
    with songspace.open(line.root) as release:
        songs = release.songs.select("song_id").collect()["song_id"]
        latents = release.latents.select("song_id").collect()["song_id"]
        neighbours = release.neighbours.collect()

    assert latents.equals(songs)
    assert neighbours["song_id"].unique(maintain_order=True).equals(songs)
    assert neighbours["neighbour_id"].is_in(songs.implode()).all()
    assert neighbours.filter(pl.col("song_id") == pl.col("neighbour_id")).is_empty()
    assert neighbours.group_by("song_id").len()["len"].unique().to_list() == [20]


@pytest.mark.usefixtures("first")
def test_what_the_readme_says_of_reading_a_release_works(
    line: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(line.root.parent)
    (line.root.parent / "demo").symlink_to(line.root)
    blocks = re.findall(r"```(python|sql)\n(.*?)```", README.read_text(), re.DOTALL)

    for language, block in blocks:
        if language == "sql":
            assert len(duckdb.execute(block).fetchall()) == 20
        else:
            exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own README

    assert {language for language, _ in blocks} == {"python", "sql"}


@pytest.mark.usefixtures("first")
def test_the_same_run_again_does_no_work(line: Pipeline) -> None:
    line.run()
    before = line.store.head()

    _, worked = line.run()

    assert worked == []
    assert line.store.head() == before


@pytest.mark.usefixtures("first")
def test_another_map_draws_only_map_and_report(line: Pipeline) -> None:
    _, worked = line.run("map.perplexity=20")

    assert worked == ["draw_map", "report", "publish"]
    assert any("map" in told and "20" in told for told in explain(line.store))


@pytest.mark.usefixtures("first")
def test_a_touched_file_is_not_read_again(line: Pipeline) -> None:
    line.run()

    line.csv.touch()

    assert line.run()[1] == []


@pytest.mark.parametrize(
    ("kind", "task"), [("features", "encode"), ("model", "train"), ("map", "draw_map")]
)
@pytest.mark.usefixtures("first")
def test_an_artifact_that_was_deleted_is_made_again_and_nothing_else(
    line: Pipeline, kind: str, task: str
) -> None:
    published, _ = line.run()
    recorded = line.store.release_manifest(published.release).recipe["artifacts"]
    assert isinstance(recorded, dict)
    ref = ArtifactRef.model_validate(recorded[kind])
    shutil.rmtree(line.root / "artifacts" / ref.kind / ref.version)

    again, worked = line.run()

    assert worked == [task]
    assert again == published


def test_known_ids_keep_their_meaning_when_songs_come_and_go(tmp_path: Path) -> None:
    line = Pipeline(tmp_path)
    line.run()
    before = vocabulary(line)
    write_catalogue(line.csv, CatalogueSettings(rows=500, seed=1, broken_share=0))

    line.run()

    after = vocabulary(line)
    assert after[: len(before)] == before
    assert len(after) > len(before)


def vocabulary(line: Pipeline) -> list[str]:
    head = line.store.head()
    assert head is not None
    recorded = line.store.release_manifest(head.release).recipe["artifacts"]
    assert isinstance(recorded, dict)
    features = ArtifactRef.model_validate(recorded["features"])
    assert line.store.table(features, "features").collect_schema() == FEATURES
    tokens: list[str] = line.store.read_json(features, "encoder/artist.json")["tokens"]
    return tokens


def test_a_broken_contract_stops_the_run_before_training(line: Pipeline) -> None:
    live = line.store.head()

    state = pipeline(line.settings("contract.max_quarantined_share=0.001"), return_state=True)

    assert state.is_failed()
    with pytest.raises(ContractError, match="quarantined"):
        state.result()
    assert line.store.head() == live
    assert "ended by ContractError" in next(iter(explain(line.store)))


@pytest.mark.usefixtures("first")
def test_a_release_that_was_rolled_back_stays_so_when_its_run_is_repeated(line: Pipeline) -> None:
    line.run()
    bad, _ = line.run("map.seed=7")
    store = line.store
    back = store.rollback(reason="looks wrong")

    again, _ = line.run("map.seed=7")

    head = store.head()
    assert not again.live
    assert again.release == bad.release
    assert head is not None
    assert head.sequence == back.sequence


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
