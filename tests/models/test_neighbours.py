import numpy as np
import pytest

from models.neighbours import Floats, Integers, NeighbourSearch, NeighbourSettings, first_of_each


def directions(*degrees: float) -> Floats:
    """Unit vectors in a plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def neighbours(latents: Floats, groups: Integers, **settings: int) -> tuple[Integers, Floats]:
    search = NeighbourSearch(latents, groups, NeighbourSettings.model_validate(settings))
    lists = list(search.batches(2))
    return np.concatenate([batch.rows for batch in lists]), np.concatenate(
        [batch.scores for batch in lists]
    )


def crowd(rows: int, dimensions: int = 20) -> Floats:
    drawn = np.random.default_rng(0).standard_normal((rows, dimensions)).astype(np.float32)
    unit: Floats = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def test_the_nearest_come_first_with_their_cosine() -> None:
    rows, scores = neighbours(directions(0, 10, 30, 90), np.arange(4), k=2)

    assert rows.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert scores[0] == pytest.approx(np.cos(np.radians([10, 30])), abs=1e-6)


def test_a_song_is_never_its_own_neighbour_nor_that_of_its_clones() -> None:
    rows, _ = neighbours(directions(0, 0, 0, 50, 90), np.array([0, 0, 0, 3, 4]), k=2)

    assert rows[:3].tolist() == [[3, 4], [3, 4], [3, 4]]


def test_a_list_holds_one_song_of_a_clone_group() -> None:
    rows, _ = neighbours(directions(0, 10, 10, 10, 40), np.array([0, 1, 1, 1, 4]), k=2)

    assert rows[0, 0] in {1, 2, 3}
    assert rows[0, 1] == 4


def test_a_list_ends_where_there_are_no_more_songs() -> None:
    rows, scores = neighbours(directions(0, 10), np.arange(2), k=3)

    assert rows.tolist() == [[1, -1, -1], [0, -1, -1]]
    assert scores[0, 1] == -np.inf


def test_lists_are_full_although_a_song_has_more_clones_than_candidates() -> None:
    groups = np.arange(400)
    groups[:100] = 0
    latents = crowd(400)
    latents[:100] = latents[0]

    rows, _ = neighbours(latents, groups, k=5)

    assert (rows >= 0).all()
    assert (rows[:100] >= 100).all()


def test_inverted_lists_find_what_exact_search_finds() -> None:
    latents = crowd(5_000)

    inverted = NeighbourSearch(latents, np.arange(5_000), NeighbourSettings(exact_below=0))
    exact, _ = neighbours(latents, np.arange(5_000), k=20, exact_below=10_000)

    assert inverted.facts()["method"] == "inverted lists"
    assert inverted.recall() >= 0.998
    found = np.concatenate([batch.rows for batch in inverted.batches(5_000)])
    assert np.mean([len(np.intersect1d(a, b)) for a, b in zip(found, exact, strict=True)]) >= 19.9


def test_recall_falls_when_too_few_lists_are_probed() -> None:
    search = NeighbourSearch(crowd(5_000), np.arange(5_000), NeighbourSettings(exact_below=0))

    search.index.nprobe = 1

    assert search.recall() < 0.9


def test_the_first_of_each_group_is_marked() -> None:
    marked = first_of_each(np.array([[5, 3, 5, 3, 1]]))

    assert marked.tolist() == [[True, True, False, False, True]]
