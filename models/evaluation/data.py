"""What every space is asked, and what the answers are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from models.evaluation.baselines import random_lists
from models.evaluation.ranking import ideal_gain
from models.evaluation.search import Catalogue
from models.evaluation.settings import EvaluationSettings
from models.evaluation.spaces import ZScores, fit_z_scores
from models.evaluation.split import artist_numbers, held_out_songs
from models.evaluation.tag_sets import TagSets, tag_sets
from models.evaluation.unseen import Unseen, mean_gaps, unseen_columns
from models.picking import Bools, Floats, Integers, group_numbers
from songspace.features import artist_token
from songspace.inputs import Inputs, network_inputs
from songspace.schemas import CONTINUOUS


@dataclass(frozen=True, eq=False)
class EvaluationData:
    """A catalogue and the songs in it that are asked about; what follows from them is computed once."""

    inputs: Inputs  # nothing hidden
    catalogue: Catalogue
    unseen: Unseen
    popularity: Floats  # [n], NaN where unknown
    held_out: Bools  # [n]
    queries: Integers  # songs of held-out artists, [q]
    known: Integers  # songs of other artists that know every field
    settings: EvaluationSettings

    @cached_property
    def candidates(self) -> Inputs:
        """All songs as a model may know them that never met the held-out artists."""
        return replace(self.inputs, artist=np.where(self.held_out, np.int32(0), self.inputs.artist))

    @property
    def taught(self) -> Integers:
        """The songs that a model may learn from."""
        return np.flatnonzero(~self.held_out)

    @cached_property
    def genres(self) -> TagSets:
        """The songs by their tags."""
        return tag_sets(self.inputs.genre)

    @cached_property
    def emotions(self) -> TagSets:
        """The songs by their emotion: a set of one."""
        return tag_sets(self.inputs.emotion[:, None])

    @cached_property
    def ideal_genre(self) -> Floats:
        """What the best lists reach in genre, [q]."""
        return ideal_gain(self.genres, self.queries, self.catalogue, self.settings.k)

    @cached_property
    def ideal_emotion(self) -> Floats:
        """What the best lists reach in emotion, [q]."""
        return ideal_gain(self.emotions, self.queries, self.catalogue, self.settings.k)

    @cached_property
    def z_scores(self) -> ZScores:
        """The scale of the numbers."""
        return fit_z_scores(self.inputs)

    @cached_property
    def audio(self) -> Floats:
        """The measured numbers of all songs as z-scores, [n, 9]; the switches only repeat them coarsely."""
        return np.ascontiguousarray(self.z_scores(self.inputs)[:, : len(CONTINUOUS)])

    @cached_property
    def random(self) -> Integers:
        """Songs by chance for each query, [q, k]."""
        return random_lists(self.queries, self.catalogue, self.settings.k, self.settings.seed)

    @cached_property
    def random_known(self) -> Integers:
        """Songs by chance for each fully known query."""
        return random_lists(self.known, self.catalogue, self.settings.k, self.settings.seed)

    @cached_property
    def chance_gaps(self) -> dict[str, float]:
        """How far random songs are from a query in the columns that no space has seen."""
        return mean_gaps(self.unseen, self.queries, self.random)


def evaluation_data(
    songs: pl.DataFrame, features: pl.DataFrame | Inputs, settings: EvaluationSettings
) -> EvaluationData:
    """Hold artists out and draw the queries.

    Args:
        songs: SONGS, or those of its columns that are needed: "artists", "clone_group", "popularity" and what
            `unseen_columns` reads.
        features: FEATURES, row by row beside *songs*, or the arrays that they are read as.
        settings: Who is held out, and how many are asked about.
    """
    artists = songs.select(artist_token()).to_series()
    held_out = held_out_songs(artists, settings.salt, settings.held_out_share)
    inputs = features if isinstance(features, Inputs) else network_inputs(features)
    complete = (inputs.artist > 0) & (inputs.genre[:, 0] > 0) & (inputs.emotion > 0)
    return EvaluationData(
        inputs=inputs,
        catalogue=Catalogue(
            artist_numbers(artists).to_numpy(), group_numbers(songs["clone_group"].to_numpy())
        ),
        unseen=unseen_columns(songs),
        popularity=songs["popularity"].cast(pl.Float32).fill_null(float("nan")).to_numpy(),
        held_out=held_out,
        queries=draw(held_out, settings.queries, settings.seed),
        known=draw(~held_out & complete, settings.known_queries, settings.seed),
        settings=settings,
    )


def draw(chosen: Bools, wanted: int, seed: int) -> Integers:
    """At most *wanted* of the chosen songs, in the order of the catalogue."""
    rows = np.flatnonzero(chosen)
    drawn = np.random.default_rng(seed).choice(rows, min(wanted, len(rows)), replace=False)
    return np.sort(drawn)
