from pathlib import Path

import pytest

from flows.settings import PipelineSettings, read_settings


def test_a_file_is_changed_by_items_and_those_by_what_is_given(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('store = "there"\n[train]\nepochs = 7\nseed = 2\n')

    settings = read_settings(config, ["train.epochs=5", "csv=a.csv"], store="here")

    assert settings.train.epochs == 5
    assert settings.train.seed == 2
    assert settings.csv == "a.csv"
    assert settings.store == "here"


def test_values_are_read_as_toml_or_else_as_text() -> None:
    settings = read_settings(
        None, ["train.network.hidden=[64, 32]", "contract.allow_fewer_rows=true"]
    )

    assert settings.train.network.hidden == (64, 32)
    assert settings.contract.allow_fewer_rows


def test_only_its_own_settings_shape_the_nightly_baseline() -> None:
    usual = PipelineSettings().train.as_baseline()

    for change in ("train.weights.genre=2", "train.objective=original", "train.network.hidden=[8]"):
        assert read_settings(None, [change]).train.as_baseline() == usual
    for change in ("train.original.epochs=7", "train.seed=7"):
        assert read_settings(None, [change]).train.as_baseline() != usual


@pytest.mark.parametrize(("csv", "store"), [(None, "demo"), ("songs.csv", "store")])
def test_made_up_and_real_songs_are_kept_apart_unless_told_otherwise(
    csv: str | None, store: str
) -> None:
    assert PipelineSettings(csv=csv).store == store
    assert PipelineSettings(csv=csv, store="there").store == "there"


@pytest.mark.parametrize("name", ["csv", "store"])
def test_on_the_command_line_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"The {name} is empty"):
        read_settings(None, [], **{name: ""})


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"

    for content in (b"epochs is 5", b"\xff\xfe"):
        config.write_bytes(content)
        with pytest.raises(ValueError, match=r"run\.toml is not a TOML file"):
            read_settings(config, [])


@pytest.mark.parametrize(
    ("csv", "source"),
    [("a/songs.csv", "songs.csv"), ("a/songs/", "songs"), ("kaggle:one/songs", "songs")],
)
def test_a_source_is_called_by_its_last_part(csv: str, source: str) -> None:
    assert PipelineSettings(csv=csv).source == source


@pytest.mark.parametrize("csv", [".", "..", "songs/.."])
def test_a_source_that_is_the_present_folder_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, csv: str
) -> None:
    (tmp_path / "catalogue" / "songs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "catalogue" / ("songs" if csv == ".." else ""))

    assert PipelineSettings(csv=csv).source == "catalogue"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train.epoch=5", "train.epoch"),
        ("train.epochs=0", "greater than or equal to 1"),
        ("train.epochs=many", "valid integer"),
        ("epochs", "Expected stage.name=value"),
        ("csv.name=5", "csv"),
        ("train.epochs.more=5", "train.epochs"),
    ],
)
def test_a_wrong_name_or_value_is_named(change: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_settings(None, [change])


def test_empty_text_counts_as_not_given_as_forms_and_unset_variables_give_it() -> None:
    assert PipelineSettings(csv="", store=" ").store == "demo"
    assert PipelineSettings(csv="songs.csv", store="").store == "store"
