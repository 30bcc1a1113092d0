"""What spaces are asked, and what they get for their answers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.data import EvaluationData
from models.evaluation.metrics import (
    beside_live,
    bound_row,
    headline,
    protocol_facts,
    space_row,
)
from models.evaluation.protocol import (
    evaluate_baselines,
    evaluate_bound,
    evaluate_space,
    known_lists,
)
from models.picking import Floats
from songspace.inputs import Inputs
from tests.models.evaluation.conftest import Catalogue


class Reader:
    """A space that reads one field and nothing else; remembers what it was asked."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.asked: list[Inputs] = []

    def __call__(self, inputs: Inputs) -> Floats:
        """A direction for every id of the field."""
        self.asked.append(inputs)
        ids = getattr(inputs, self.field).reshape(len(inputs), -1)[:, 0]
        angles = np.random.default_rng(0).random((200, 5)).astype(np.float32) - 0.5
        angles[0] = 0
        places: Floats = (
            angles[ids] / np.maximum(np.linalg.norm(angles[ids], axis=1), 1e-9)[:, None]
        )
        return places


def heard(inputs: Inputs) -> Floats:
    """A space that hears the energy, which tells the genre."""
    energy = inputs.numeric[:, 2]
    return np.stack([np.cos(energy), np.sin(energy)], axis=1)


def test_held_out_songs_ask_and_fully_known_songs_of_others_are_asked_too(
    catalogue: Catalogue,
) -> None:
    data = catalogue(queries=20, known_queries=30)

    assert data.held_out[data.queries].all()
    assert not data.held_out[data.known].any()
    assert (len(data.queries), len(data.known)) == (20, 30)
    assert set(data.taught.tolist()) == set(range(600)) - set(np.flatnonzero(data.held_out))


def test_the_artist_of_held_out_songs_is_hidden_and_nothing_else(catalogue: Catalogue) -> None:
    data = catalogue()

    assert ((data.candidates.artist == 0) == data.held_out).all()
    assert data.candidates.genre is data.inputs.genre
    assert (data.inputs.artist > 0).all()


def test_what_is_asked_for_is_hidden_from_its_query(catalogue: Catalogue) -> None:
    data, space = catalogue(), Reader("genre")

    evaluate_space(space, data)

    candidates, without_genre, without_emotion = space.asked
    assert len(candidates) == 600
    assert not without_genre.genre.any()
    assert without_genre.emotion.all()
    assert not without_emotion.emotion.any()
    assert without_emotion.genre[:, 0].all()
    assert not without_genre.artist.any()
    assert not without_emotion.artist.any()


@pytest.mark.parametrize("field", ["genre", "emotion", "artist"])
def test_a_space_that_reads_a_field_shares_it_wholly_and_guesses_it_by_chance(
    catalogue: Catalogue, field: str
) -> None:
    data = catalogue()
    chance = {"genre": 1 / 3, "emotion": 1 / 2}

    scores = evaluate_space(Reader(field), data)

    shares = {"genre": scores.balance["genre"], "emotion": scores.balance["emotion"]}
    for name, share in shares.items():
        assert share == (1 if name == field else pytest.approx(chance[name], abs=0.1))
    assert scores.balance["any_tag"] == scores.balance["genre"]
    # Of an artist's five songs four others can be listed, and those fill the first four places of ten.
    assert scores.balance["artist"] == (0.4 if field == "artist" else pytest.approx(0, abs=0.05))
    assert np.nanmean(scores.genre) < 0.6


def test_a_space_that_hears_the_genre_finds_it_although_it_is_hidden(catalogue: Catalogue) -> None:
    data = catalogue()

    scores = evaluate_space(heard, data)

    assert np.nanmean(scores.genre) == pytest.approx(1)
    assert scores.gaps["length_s"] == 0  # songs of a genre are of a length here
    assert scores.gaps["key"] is None  # all songs are in C
    assert scores.balance["genre"] == 1


def test_a_space_is_better_for_knowing_than_the_baselines_that_do_not(
    catalogue: Catalogue,
) -> None:
    data = catalogue()

    genre = {name: np.nanmean(found.genre) for name, found in evaluate_baselines(data).items()}

    assert set(genre) == {"random", "popularity", "cosine", "pca"}
    assert genre["cosine"] > max(genre["random"], genre["popularity"]) + 0.1


def test_random_songs_are_as_far_as_random_songs(catalogue: Catalogue) -> None:
    random = evaluate_baselines(catalogue())["random"]

    assert random.gaps["length_s"] == 1
    assert random.balance["audio"] == 1


def test_the_bound_learns_the_genre_from_what_it_hears(catalogue: Catalogue) -> None:
    data = catalogue()

    bound = evaluate_bound(data)

    assert bound is not None
    assert bound.accuracy > 0.95
    assert np.nanmean(bound.genre) > 0.95


def test_lists_of_the_fully_known_do_not_depend_on_what_else_is_asked(catalogue: Catalogue) -> None:
    data = catalogue()

    lists = known_lists(heard, data)

    assert lists.shape == (len(data.known), 10)
    assert (data.inputs.genre[lists, 0] == data.inputs.genre[data.known, :1]).all()


def rows_of(data: EvaluationData) -> str:
    """All that metrics.json would hold; fails where JSON has no word for a value."""
    scores = evaluate_space(heard, data)
    bound = evaluate_bound(data)
    table = [space_row("candidate", scores, data), *([bound_row(bound, data)] if bound else [])]
    facts = [protocol_facts(data), headline(scores, bound, data), beside_live(scores, scores, data)]
    return json.dumps([*facts, *table], allow_nan=False)


def test_the_metrics_tell_who_was_asked_and_how_sure_the_answer_is(catalogue: Catalogue) -> None:
    facts, head, live, candidate, bound = json.loads(rows_of(catalogue()))

    assert facts["candidates"] == 600
    assert facts["held_out_songs"] == facts["queries"] == 5 * facts["held_out_artists"] > 0
    assert head["name"] == "masked genre nDCG@10"
    assert head["low"] <= head["value"] <= head["high"]
    assert head["of_bound"] == pytest.approx(head["value"] / head["bound"])
    assert live == {"ratio": 1, "low": 1, "high": 1}
    assert candidate["genre"] == head["value"]
    assert bound["genre"] == head["bound"]


def test_a_catalogue_without_held_out_artists_tells_nothing_and_fails_nowhere(
    catalogue: Catalogue,
) -> None:
    facts, head, live, candidate = json.loads(rows_of(catalogue(artists=3, held_out_share=1e-9)))

    assert facts["queries"] == facts["held_out_artists"] == 0
    assert head["value"] is head["of_bound"] is live["ratio"] is candidate["genre"] is None


def test_songs_of_one_artist_only_have_nobody_beside_them(catalogue: Catalogue) -> None:
    data = catalogue(artists=1, held_out_share=1 - 1e-9)

    facts, head, *_ = json.loads(rows_of(data))

    assert (facts["held_out_artists"], facts["queries"]) == (1, 0)
    assert head["value"] is None


def test_a_query_without_tags_is_not_counted(catalogue: Catalogue) -> None:
    data = catalogue()
    tags = data.inputs.genre.copy()
    tags[data.queries[:7]] = 0

    fewer = replace(data, inputs=replace(data.inputs, genre=tags))

    assert protocol_facts(fewer)["queries"] == protocol_facts(data)["queries"] - 7
    assert np.isnan(evaluate_space(heard, fewer).genre[:7]).all()
