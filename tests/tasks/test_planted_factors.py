"""On the built-in catalogue, planted factors: neighbours share them more than under the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from models.alignment import AlignSettings
from models.evaluation.baselines import popularity_lists, random_lists
from models.evaluation.data import EvaluationData, evaluation_data
from models.evaluation.settings import EvaluationSettings
from models.evaluation.spaces import Space, cosine_space, fit_pca
from models.picking import Floats, Integers
from models.training_settings import TrainSettings
from songspace.network import Network
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.align import align
from tasks.evaluate.task import COLUMNS
from tasks.ingest.synthetic import CatalogueSettings, planted_factors, write_catalogue
from tasks.train import train
from tests.models.evaluation.exact import nearest
from tests.tasks.staged import encode_songs, read_songs

FACTORS = ("drive", "unplugged", "mood", "groove", "voice", "era")
K = 10

Shares = Mapping[str, dict[str, float]]


@dataclass(frozen=True)
class Planted:
    """A catalogue as the space and the baselines read it, and what was planted in it."""

    store: Store
    features: ArtifactRef
    data: EvaluationData
    factors: Floats  # [songs, factors]

    @property
    def rows(self) -> Integers:
        """Every song."""
        return np.arange(len(self.factors))

    def released(self, objective: str) -> Space:
        """The space of a release that is trained by *objective*."""
        settings = TrainSettings.model_validate({"objective": objective})
        made = {"features": self.features}
        network = train.run(self.store, {**made, "settings": settings})
        made |= {"network": network}
        model = align.run(self.store, {**made, "base": None, "settings": AlignSettings()})
        return Network.load(self.store.file(model, "model/encoder.safetensors"))

    def lists(self, space: Space) -> Integers:
        """The songs nearest to each; never one of its artist."""
        places = space(self.data.inputs)
        return nearest(places, self.rows, places, self.data.catalogue, K)

    def gaps(self, lists: Integers) -> Floats:
        """Mean difference between a song and those of its list, by factor."""
        assert (lists >= 0).all()
        gaps: Floats = np.abs(self.factors[:, None] - self.factors[lists]).mean(axis=(0, 1))
        return gaps


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    folder = tmp_path_factory.mktemp("planted")
    csv = folder / "songs.csv"
    write_catalogue(csv, CatalogueSettings(rows=10_000, broken_share=0))
    store = Store.open(folder / "store")
    songs = read_songs(store, csv)
    features = encode_songs(store, songs)
    table = store.table(songs, "songs").collect()
    factors = table.select("line").join(planted_factors(csv), on="line", maintain_order="left")
    data = evaluation_data(
        table.select(COLUMNS), store.table(features, "features").collect(), EvaluationSettings()
    )
    return Planted(store, features, data, factors.select(FACTORS).to_numpy())


@pytest.fixture(scope="module")
def shares(planted: Planted) -> Shares:
    """By space and factor: how far the neighbours lie, as a share of how far random songs lie."""
    data, rows = planted.data, planted.rows
    lists = {
        "release": planted.lists(planted.released("masked")),
        "original": planted.lists(planted.released("original")),
        "pca": planted.lists(fit_pca(data.inputs, rows, data.z_scores, seed=0)),
        "cosine": planted.lists(cosine_space(data.z_scores)),
        "popularity": popularity_lists(rows, data.catalogue, data.popularity, K),
        "random": random_lists(rows, data.catalogue, K, seed=0),
    }
    chance = planted.gaps(random_lists(rows, data.catalogue, K, seed=1))
    return {
        name: dict(zip(FACTORS, (planted.gaps(found) / chance).tolist(), strict=True))
        for name, found in lists.items()
    }


def mean(shares: dict[str, float]) -> float:
    return sum(shares.values()) / len(shares)


@pytest.mark.parametrize("factor", FACTORS)
def test_neighbours_share_what_was_planted(shares: Shares, factor: str) -> None:
    assert shares["release"][factor] < 0.9


def test_neighbours_share_the_factors_clearly_on_the_whole(shares: Shares) -> None:
    assert mean(shares["release"]) < 0.75


@pytest.mark.parametrize("baseline", ["random", "popularity", "cosine", "pca", "original"])
def test_neighbours_share_the_factors_more_than_under_a_baseline(
    shares: Shares, baseline: str
) -> None:
    assert mean(shares["release"]) < mean(shares[baseline])
