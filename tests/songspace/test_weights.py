"""A network in a file comes back as it was, or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from songspace import Damaged, SongspaceError
from songspace.inputs import Inputs
from songspace.network import Dense, Network
from songspace.weights import METADATA

MakeNetwork = Callable[..., Network]


def songs() -> Inputs:
    drawn = np.random.default_rng(3)
    return Inputs(
        numeric=drawn.standard_normal((9, 17), np.float32),
        artist=drawn.integers(0, 20, 9, np.int32),
        genre=drawn.integers(0, 20, (9, 4), np.int32),
        emotion=drawn.integers(0, 20, 9, np.int32),
    )


@pytest.fixture
def path(make_network: MakeNetwork, tmp_path: Path) -> Path:
    """A saved network."""
    make_network().save(tmp_path / "encoder.safetensors")
    return tmp_path / "encoder.safetensors"


def facts_in(path: Path) -> dict[str, Any]:
    """What the header of the file says, read as the format's own page tells it."""
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    facts: dict[str, Any] = json.loads(header["__metadata__"][METADATA])
    return facts


def rewrite(path: Path, tensors: dict[str, Any], facts: dict[str, Any]) -> None:
    save_file(tensors, path, metadata={METADATA: json.dumps(facts)})


@pytest.mark.parametrize("tags_read", [1, 4])
def test_a_saved_network_places_songs_as_before(
    make_network: MakeNetwork, tmp_path: Path, tags_read: int
) -> None:
    network = replace(make_network(), tags_read=tags_read)

    network.save(tmp_path / "it")

    loaded = Network.load(tmp_path / "it")
    assert np.array_equal(loaded(songs()), network(songs()))
    assert loaded.tags_read == tags_read


def test_weights_in_any_order_of_memory_are_saved_as_they_read(
    make_network: MakeNetwork, tmp_path: Path
) -> None:
    network = make_network()
    kernel, bias = network.latent
    turned = replace(network, latent=Dense(np.asfortranarray(kernel), np.repeat(bias, 2)[::2]))

    turned.save(tmp_path / "it")

    assert np.array_equal(Network.load(tmp_path / "it")(songs()), network(songs()))


def test_equal_networks_give_equal_bytes(make_network: MakeNetwork, tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(4)]

    for path in paths:
        make_network().save(path)

    assert len({path.read_bytes() for path in paths}) == 1


def test_the_file_says_how_it_is_to_be_read(path: Path) -> None:
    facts = facts_in(path)

    assert facts["format"] == 1
    assert (facts["hidden"], facts["tags_read"]) == (2, 4)
    assert len(facts["numeric"]) == 17


@pytest.mark.parametrize("name", ["artist", "hidden.1.kernel", "hidden.0.bias", "latent.kernel"])
@pytest.mark.parametrize("fault", ["missing", "shorter", "double", "nan"])
def test_a_network_that_is_not_whole_is_refused(path: Path, name: str, fault: str) -> None:
    tensors = load_file(path)
    match fault:
        case "missing":
            del tensors[name]
        case "shorter":
            tensors[name] = tensors[name][..., :-1].copy()
        case "double":
            tensors[name] = tensors[name].astype(np.float64)
        case "nan":
            tensors[name].flat[0] = np.nan
    rewrite(path, tensors, facts_in(path))

    with pytest.raises(Damaged, match=r"encoder\.safetensors holds no whole network"):
        Network.load(path)


@pytest.mark.parametrize(
    "changes",
    [{"hidden": 1}, {"hidden": "2"}, {"tags_read": 9}, {"tags_read": None}, {"numeric": ["tempo"]}],
)
def test_weights_that_are_not_what_the_file_says_are_refused(
    path: Path, changes: dict[str, Any]
) -> None:
    rewrite(path, load_file(path), facts_in(path) | changes)

    with pytest.raises(Damaged, match="holds no whole network"):
        Network.load(path)


@pytest.mark.parametrize("found", [2, None])
def test_another_format_is_refused_but_not_called_damaged(path: Path, found: int | None) -> None:
    rewrite(path, load_file(path), facts_in(path) | {"format": found})

    with pytest.raises(SongspaceError, match="written by another songspace") as error:
        Network.load(path)

    assert not isinstance(error.value, Damaged)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {METADATA: "["}, {METADATA: "1"}])
def test_weights_that_do_not_say_how_they_are_read_are_refused(
    path: Path, metadata: dict[str, str] | None
) -> None:
    save_file(load_file(path), path, metadata=metadata)

    with pytest.raises(Damaged, match="does not say how"):
        Network.load(path)


@pytest.mark.fault
@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_file_that_is_cut_short_is_refused(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(Damaged, match="no whole safetensors file"):
        Network.load(path)


def test_numbers_of_a_type_that_numpy_has_not_are_refused(path: Path) -> None:
    facts = {METADATA: json.dumps(facts_in(path))}
    tensor = {"dtype": "BF16", "shape": [1, 1], "data_offsets": [0, 2]}
    header = json.dumps({"__metadata__": facts, "artist": tensor}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(2))

    with pytest.raises(Damaged, match=r"encoder\.safetensors"):
        Network.load(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="absent cannot be read: No such file"):
        Network.load(tmp_path / "absent")
    with pytest.raises(Damaged, match="cannot be read: Is a directory"):
        Network.load(tmp_path)


def test_a_disk_that_stumbles_does_not_damage_a_network(
    path: Path, stumbling_disk: Callable[[Path], None]
) -> None:
    stumbling_disk(path)

    with pytest.raises(SongspaceError, match="Input/output error") as error:
        Network.load(path)

    assert not isinstance(error.value, Damaged)
