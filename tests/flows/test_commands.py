"""The command line, as one types it."""

from pathlib import Path

import pytest

import songspace
from flows.commands import main
from storage.store import Store
from tests.flows.small_runs import AS_OPTIONS, CATALOGUE, Pipeline, assert_same_places, latents_of

ROWS = str(CATALOGUE.rows)


def run(root: Path, *arguments: str) -> int:
    return main(["run", "--store", str(root), *AS_OPTIONS, *arguments])


def demo(root: Path, *arguments: str) -> int:
    """A run over the catalogue of the other tests."""
    broken = f"demo.broken_share={CATALOGUE.broken_share}"
    return run(root, "--demo", ROWS, "--set", broken, *arguments)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> Path:
    del prefect_server
    root = tmp_path_factory.mktemp("commands") / "my store"
    assert demo(root) == 0
    return root


def test_a_demo_ends_with_where_everything_is(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(root) == 0

    said = capsys.readouterr().out
    assert "demo of 400 songs -> " in said
    assert "read         400" in said
    assert f"songspace info '{root}'" in said
    report = next(line for line in said.splitlines() if line.startswith("  report"))
    assert Path(report.removeprefix("  report").strip()).is_file()


@pytest.mark.usefixtures("first")
def test_one_seed_in_two_stores_gives_the_same_places(root: Path, base: Pipeline) -> None:
    assert_same_places(latents_of(root), latents_of(base.root))


def test_releases_are_listed_with_the_live_one_marked(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["releases", "--store", str(root)]) == 0

    with songspace.open(root) as release:
        assert f"* {release.id}" in capsys.readouterr().out


def test_a_release_without_its_manifest_is_listed_as_damaged(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "releases" / "20200101T000000Z-00000000").mkdir()

    assert main(["releases", "--store", str(root)]) == 0

    assert "20200101T000000Z-00000000  DAMAGED" in capsys.readouterr().out


def test_verify_says_that_the_live_release_is_whole(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--store", str(root)]) == 0

    assert "is whole" in capsys.readouterr().out


def test_why_tells_of_every_stage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo(root, "--set", "neighbours.k=5") == 0
    capsys.readouterr()

    assert main(["why", "--store", str(root)]) == 0

    said = capsys.readouterr().out
    assert "index       made again: input settings.k: 20 -> 5" in said
    assert "neighbours  made again: input index" in said
    assert "nearest     1 of 1 pieces made by this run" in said
    assert "model       as before" in said


def test_rollback_and_gc_keep_what_is_needed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(root, "--set", "neighbours.k=6") == 0
    before = Store.open(root).head()

    assert main(["rollback", "--store", str(root), "--reason", "a drill"]) == 0
    assert main(["gc", "--store", str(root), "--keep", "1", "--older-than", "0"]) == 0

    head = Store.open(root).head()
    assert before is not None
    assert head is not None
    assert head.release != before.release
    assert "freed" in capsys.readouterr().out
    songspace.open(root).close()


def test_rollback_without_an_earlier_release_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.open(tmp_path / "store")

    assert main(["rollback", "--store", str(tmp_path / "store")]) == 1

    assert "no earlier release" in capsys.readouterr().err


def test_a_folder_that_is_no_store_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["releases", "--store", str(tmp_path)]) == 1

    assert "no store" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_stores_that_are_there_are_named_where_another_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.open(tmp_path / "my demo")
    monkeypatch.chdir(tmp_path)

    assert main(["releases"]) == 1

    said = capsys.readouterr().err
    assert "no store at 'store'" in said
    assert "--store 'my demo'" in said


@pytest.mark.parametrize("wrong", ["", "nowhere.csv"])
def test_a_csv_that_is_not_there_is_refused_before_anything_starts(
    tmp_path: Path, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "store", "--csv", wrong) == 1

    said = capsys.readouterr().err
    assert "csv" in said
    assert "Beginning flow run" not in said
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--demo", "0"],
        ["run", "--demo", "49"],
        ["run", "--demo", "many"],
        ["synth", "--rows", "49", "--out", "songs.csv"],
        ["gc", "--older-than", "nan"],
        ["gc", "--older-than", "1e15"],
        ["gc", "--older-than", "-1"],
        ["gc", "--keep", "-1"],
    ],
)
def test_a_number_out_of_bounds_is_refused_with_the_bounds(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert f"argument {arguments[1]}: expected a number from" in capsys.readouterr().err


@pytest.mark.usefixtures("prefect_server")
def test_an_error_that_explains_itself_is_told_without_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "songs.csv").write_text("a,b\n1,2\n")

    assert run(tmp_path / "store", "--csv", str(tmp_path / "songs.csv")) == 1

    assert "Encountered exception during execution: SourceError" in caplog.text
    assert "Traceback" not in caplog.text


def test_synth_writes_a_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "songs.csv"

    assert main(["synth", "--rows", "60", "--out", str(out)]) == 0

    assert "60 rows" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"Artist(s),song,text,")


def test_rows_of_a_demo_can_be_set_like_any_setting(tmp_path: Path) -> None:
    from flows.settings import read_settings

    settings = read_settings(None, ["demo.rows=500"])

    assert settings.demo.rows == 500
    assert settings.store == "demo"
    assert read_settings(None, ["csv=songs.csv"], store=str(tmp_path)).store == str(tmp_path)
