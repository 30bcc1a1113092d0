"""A model that wants to run code of its own is refused, and nothing of it is run."""

from __future__ import annotations

import base64
import json
import marshal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import songspace
from models.alignment import AlignSettings
from songspace.errors import SongspaceError
from songspace.schemas import LATENT_DIM
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.align import align
from tests.flows.small_runs import First, Pipeline

pytestmark = pytest.mark.fault

CONFIG: Final = "config.json"
Config = dict[str, Any]
Poison = Callable[[Config, Path], None]


def code_making(trace: Path) -> str:
    """A function that leaves *trace*, as Keras writes a lambda: marshalled."""
    source = f"lambda *_: __import__('os').makedirs({str(trace)!r})"
    code = eval(compile(source, "poison", "eval")).__code__  # noqa: S307 - it is our own
    return base64.b64encode(marshal.dumps(code)).decode()


def lambda_for(trace: Path) -> Config:
    """A function in a configuration, to be unmarshalled."""
    value = {"code": code_making(trace), "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": value}


def with_a_lambda_layer(config: Config, trace: Path) -> None:
    """A layer that is nothing but code."""
    function = lambda_for(trace)
    add_layer(
        config,
        module="keras.layers",
        class_name="Lambda",
        config={"name": "l", "function": function},
    )


def with_a_lambda_as_activation(config: Config, trace: Path) -> None:
    """A layer whose activation is code."""
    settings = {"name": "d", "units": 1, "activation": lambda_for(trace)}
    add_layer(config, module="keras.layers", class_name="Dense", config=settings)


def with_a_function_in_the_place_of_a_layer(config: Config, trace: Path) -> None:
    """A function of Python, to be called with what the configuration says."""
    add_layer(config, module="os", class_name="makedirs", config={"name": str(trace)})


def with_a_function_in_the_place_of_the_model(config: Config, trace: Path) -> None:
    """The same at the top."""
    config.clear()
    config.update(module="os", class_name="makedirs", config={"name": str(trace)})


def with_a_download_in_the_place_of_a_layer(config: Config, trace: Path) -> None:
    """A function of Keras itself, which writes where it is told."""
    given = {"fname": "file", "origin": Path(__file__).as_uri(), "cache_dir": str(trace)}
    add_layer(config, module="keras.utils", class_name="get_file", config=given)


def with_unsafe_loading_switched_on(config: Config, trace: Path) -> None:
    """First the switch that lets code through, then code."""
    add_layer(config, module="keras.config", class_name="enable_unsafe_deserialization", config={})
    with_a_lambda_layer(config, trace)


def add_layer(model: Config, **layer: Any) -> None:
    """Put a layer in front of all others."""
    poison = {**layer, "registered_name": None, "name": "poison", "inbound_nodes": []}
    model["config"]["layers"].insert(0, poison)


POISONS: Final[tuple[Poison, ...]] = (
    with_a_lambda_layer,
    with_a_lambda_as_activation,
    with_a_function_in_the_place_of_a_layer,
    with_a_function_in_the_place_of_the_model,
    with_a_download_in_the_place_of_a_layer,
    with_unsafe_loading_switched_on,
)


def poisoned(healthy: Path, target: Path, poison: Poison, trace: Path) -> Path:
    """A copy of a network's file whose configuration is poisoned."""
    with zipfile.ZipFile(healthy) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == CONFIG:
                config = json.loads(content)
                poison(config, trace)
                content = json.dumps(config).encode()
            copy.writestr(name, content)
    return target


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """What any of the poisons would leave."""
    return tmp_path / "the payload ran"


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_network_is_refused_by_the_run_and_makes_no_model(
    line: Pipeline, first: First, trace: Path, poison: Poison
) -> None:
    published, _ = first
    store = line.store
    network = keep_poisoned(store, line.made(published, "network"), poison, trace)
    models = list((line.root / "artifacts" / "model").iterdir())
    inputs = {
        "features": line.made(published, "features"),
        "network": network,
        "base": None,
        "settings": AlignSettings(),
    }

    with pytest.raises(SongspaceError, match=r"autoencoder\.keras"):
        align.run(store, inputs)

    assert not trace.exists()
    assert list((line.root / "artifacts" / "model").iterdir()) == models


def keep_poisoned(store: Store, healthy: ArtifactRef, poison: Poison, trace: Path) -> ArtifactRef:
    """A network whose manifest is right: somebody made it so."""
    with store.draft() as draft:
        (draft / "network").mkdir()
        for name in ("autoencoder.keras", "history.json"):
            (draft / "network" / name).write_bytes(
                store.file(healthy, f"network/{name}").read_bytes()
            )
        source = store.file(healthy, "network/autoencoder.keras")
        poisoned(source, draft / "network" / "autoencoder.keras", poison, trace)
        return store.commit(draft, "network", recipe={})


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_encoder_is_refused_where_keras_is_asked(
    base: Pipeline, first: First, tmp_path: Path, trace: Path, poison: Poison
) -> None:
    from models.inference import keras_latents

    published, _ = first
    store = base.store
    healthy = store.release_folder(published.release) / "model" / "encoder.keras"
    with songspace.open(base.root) as release:
        songs = release.encoder.features.encode(release.songs.head(3)).collect()
    encoder = poisoned(healthy, tmp_path / "encoder.keras", poison, trace)

    with pytest.raises(SongspaceError, match=r"encoder\.keras"):
        keras_latents(encoder, songspace.inputs.network_inputs(songs))

    assert not trace.exists()


def test_a_reader_of_a_release_never_opens_the_models_that_could_hold_code(
    line: Pipeline, first: First, trace: Path
) -> None:
    published, _ = first
    store = line.store
    model = line.made(published, "model")
    with store.draft() as draft:
        for name in store.manifest(model).files:
            (draft / name).parent.mkdir(exist_ok=True)
            (draft / name).write_bytes(store.file(model, name).read_bytes())
        for name in ("encoder.keras", "autoencoder.keras"):
            source = store.file(model, f"model/{name}")
            poisoned(source, draft / "model" / name, with_a_lambda_layer, trace)
        worse = store.commit(draft, "model", recipe={})
    parts = {
        "songs": (line.made(published, "songs"), "songs"),
        "encoder": (line.made(published, "features"), "encoder"),
        "model": (worse, "model"),
    }
    store.promote(store.build_release(parts, meta={}), expected=1)

    with songspace.open(line.root) as release:
        places = release.encoder(release.songs.head(5).collect())

    assert places.shape == (5, LATENT_DIM)
    assert not trace.exists()
