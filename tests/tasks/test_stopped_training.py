"""Training whose process was killed goes on from its last epoch, and gives what it would have given."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from models.saving import load_network
from models.training_settings import NetworkSettings, OriginalSettings, TrainSettings
from songspace.weights import read_weights
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks import train
from tasks.stage import Stage, plain
from tests.tasks.staged import encode_songs

ROOT = Path(__file__).parents[2]
SONGS = 300
SETTINGS = TrainSettings(
    epochs=5,
    batch_size=64,
    network=NetworkSettings(hidden=(8,), decoder=(8,), artist_embedding=4),
    original=OriginalSettings(epochs=5, songs=200),
)
"""The networks that a night trains, as small as they can be."""

KILLED_IN_EPOCH_4 = """
import json, logging, os, signal, sys
from models.training_settings import TrainSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks import train

class Killer(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("epoch=4 "):
            os.kill(os.getpid(), signal.SIGKILL)

logging.getLogger("tasks").setLevel(logging.INFO)
logging.getLogger("tasks").addHandler(Killer())
stage, root, inputs = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
for name in {"songs", "features"} & inputs.keys():
    inputs[name] = ArtifactRef(**inputs[name])
inputs["settings"] = TrainSettings(**inputs["settings"])
getattr(train, stage).run(Store.existing(root), inputs)
"""


def fill(store: Store, make_songs: Callable[..., pl.DataFrame]) -> tuple[ArtifactRef, ArtifactRef]:
    """Songs and their features."""
    drawn = np.random.default_rng(0)
    table = make_songs(
        energy=drawn.integers(0, 101, SONGS).tolist(),
        tempo=drawn.integers(60, 180, SONGS).tolist(),
        artists=[[f"Artist {row % 20}"] for row in range(SONGS)],
        genres=[["rock" if row % 3 else "pop"] for row in range(SONGS)],
    )
    with store.draft() as draft:
        (draft / "songs").mkdir()
        table.write_parquet(draft / "songs" / "part-00000.parquet")
        songs = store.commit(draft, "songs", recipe={})
    return songs, encode_songs(store, songs)


def trained(store: Store, ref: ArtifactRef) -> list[npt.NDArray[Any]]:
    """What was learned, and the curves."""
    history = store.read_json(ref, f"{ref.kind}/history.json")
    if ref.kind == "network":
        weights = load_network(store.file(ref, "network/autoencoder.keras")).get_weights()
    else:
        tensors, _ = read_weights(store.file(ref, f"{ref.kind}/encoder.safetensors"))
        weights = [tensors[name] for name in sorted(tensors)]
    return [*weights, *(np.array(history[name]) for name in sorted(history))]


@pytest.mark.fault
@pytest.mark.parametrize(
    ("stage", "fitted"),
    [
        (train.train, SONGS),
        (train.rehearse_original, 160),
    ],  # of 200, a tenth to stop by, a tenth to lose
    ids=["masked", "original"],
)
def test_a_killed_training_goes_on_and_gives_what_it_would_have_given(
    tmp_path: Path,
    stage: Stage,
    fitted: int,
    make_songs: Callable[..., pl.DataFrame],
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, undisturbed = (Store.open(tmp_path / name) for name in ("store", "undisturbed"))
    songs, features = fill(store, make_songs)
    assert fill(undisturbed, make_songs) == (songs, features)
    inputs: dict[str, object] = {"features": features, "settings": SETTINGS}
    if stage is train.rehearse_original:
        split = {"songs": songs, "salt": "salt", "share": 0.1}
        inputs |= {"settings": SETTINGS.as_baseline(), **split}
    as_json = json.dumps({name: plain(value) for name, value in inputs.items()})

    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED_IN_EPOCH_4, stage.name, str(store.root), as_json], cwd=ROOT
    )
    whole = stage.run(undisturbed, inputs)
    assert killed.wait(timeout=200) == -signal.SIGKILL
    with caplog.at_level(logging.INFO, "models"), caplog.at_level(logging.INFO, "tasks"):
        gone_on = stage.run(store, inputs)

    # Of the third, unless the disk was so slow that this one was not worth it.
    assert re.search("goes on from epoch [1-3] of 5", caplog.text)
    assert f"songs={fitted} epochs=" in caplog.text
    for ours, theirs in zip(trained(store, gone_on), trained(undisturbed, whole), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert list((store.root / "unfinished").iterdir()) == []
