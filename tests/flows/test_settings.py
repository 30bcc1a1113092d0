from pathlib import Path

import pytest

from flows.settings import read_settings


def test_a_file_is_changed_by_items_and_those_by_what_is_given(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('store = "there"\n[train]\nepochs = 7\npatience = 2\n')

    settings = read_settings(config, ["train.epochs=5", "csv=a.csv"], store="here")

    assert settings.train.epochs == 5
    assert settings.train.patience == 2
    assert settings.csv == "a.csv"
    assert settings.store == "here"


def test_values_are_read_as_toml_or_else_as_text() -> None:
    settings = read_settings(
        None, ["train.network.hidden=[64, 32]", "contract.allow_fewer_rows=true"]
    )

    assert settings.train.network.hidden == (64, 32)
    assert settings.contract.allow_fewer_rows


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
