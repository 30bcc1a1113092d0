from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models.picking
from models.neighbours import NeighbourSearch, NeighbourSettings
from models.picking import Floats, Integers, Lists


def directions(*degrees: float) -> Floats:
    """Unit vectors in a plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def neighbours(latents: Floats, groups: Integers, **settings: float) -> tuple[Integers, Floats]:
    search = NeighbourSearch.build(latents, groups, NeighbourSettings.model_validate(settings))
    lists = [search.lists(rows) for rows in np.array_split(np.arange(len(latents)), 4)]
    return np.concatenate([some.rows for some in lists]), np.concatenate(
        [some.scores for some in lists]
    )


def all_lists(search: NeighbourSearch) -> Lists:
    """The lists of all songs at once."""
    return search.lists(np.arange(len(search.latents)))


def inverted(latents: Floats, groups: Integers, **settings: int) -> tuple[NeighbourSearch, Any]:
    """A search in inverted lists, and those."""
    given = NeighbourSettings.model_validate({"exact_below": 0, **settings})
    search = NeighbourSearch.build(latents, groups, given)
    assert search.index is not None
    return search, search.index


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


@pytest.mark.parametrize("most", [500, 2**22])
def test_a_song_with_many_clones_has_a_full_list_however_little_fits_into_memory(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Groups of 25 and one of 300 among 3,000: in inverted lists as in an exact search."""
    monkeypatch.setattr(models.picking, "CANDIDATES_AT_ONCE", most)
    latents, groups = crowd(3_000), np.arange(3_000)
    groups[:300] = 0
    groups[300:1_300] = np.repeat(np.arange(300, 340), 25)
    for group in np.unique(groups[:1_300]):
        latents[groups == group] = latents[group]

    found, scores = neighbours(
        latents, groups, k=20, exact_below=0, recall_sample=100, recall_aim=0.999
    )
    exact, best = neighbours(latents, groups, k=20, recall_sample=100)

    assert (found >= 0).all()
    assert (groups[found] != groups[:, None]).all()
    assert np.mean(scores >= best - 1e-6) > 0.98
    assert (exact >= 0).all()


def test_only_songs_that_stay_short_are_compared_with_all_others() -> None:
    latents, groups = crowd(3_000), np.arange(3_000)
    groups[:1_000] = np.repeat(np.arange(40), 25)
    for group in range(40):
        latents[groups == group] = latents[25 * group]
    search, index = inverted(latents, groups, recall_sample=100)
    index.nprobe = index.nlist
    search.exact = None  # whoever asks for it fails

    lists = all_lists(search)

    assert (lists.rows >= 0).all()


def test_lists_that_the_probed_songs_cannot_fill_are_filled_by_an_exact_search() -> None:
    latents = crowd(2_000)
    search, index = inverted(latents, np.arange(2_000), k=100, recall_sample=50)
    index.nprobe = 1  # about 39 songs

    lists = all_lists(search)

    exact, _ = neighbours(latents, np.arange(2_000), k=100, recall_sample=50)
    assert np.array_equal(np.sort(lists.rows), np.sort(exact))


def test_too_few_songs_for_inverted_lists_get_one() -> None:
    rows, _ = neighbours(crowd(5), np.arange(5), k=4, exact_below=0)

    assert np.sort(rows, axis=1).tolist() == [[b for b in range(5) if b != a] for a in range(5)]


def test_clones_of_one_another_have_no_neighbours_and_none_is_missed() -> None:
    search = NeighbourSearch.build(crowd(50), np.zeros(50, np.int64), NeighbourSettings())

    assert (all_lists(search).rows == -1).all()
    assert search.facts()["recall"] == 1.0


def test_inverted_lists_find_what_exact_search_finds() -> None:
    latents = crowd(5_000)

    search, _ = inverted(latents, np.arange(5_000))
    exact, _ = neighbours(latents, np.arange(5_000), k=20, exact_below=10_000)

    assert search.facts()["method"] == "inverted lists"
    assert search.recall() >= NeighbourSettings().recall_aim
    found = all_lists(search).rows
    assert np.mean([len(np.intersect1d(a, b)) for a, b in zip(found, exact, strict=True)]) >= 19.9


def test_recall_falls_when_too_few_lists_are_probed() -> None:
    search, index = inverted(crowd(5_000), np.arange(5_000))

    index.nprobe = 1

    assert search.recall() < 0.9


@pytest.mark.parametrize(
    ("exact_below", "method"), [(10_000, "exact"), (0, "inverted lists")], ids=["exact", "inverted"]
)
def test_a_search_that_was_saved_gives_the_same_lists(
    tmp_path: Path, exact_below: int, method: str
) -> None:
    latents, groups = crowd(3_000), np.arange(3_000) // 2
    settings = NeighbourSettings(exact_below=exact_below, recall_sample=200)
    built = NeighbourSearch.build(latents, groups, settings)
    built.save(tmp_path)

    loaded = NeighbourSearch.load(tmp_path, latents, groups, settings)

    assert loaded.method == method
    assert loaded.facts() == built.facts()
    found, expected = all_lists(loaded), all_lists(built)
    assert np.array_equal(found.rows, expected.rows)
    assert np.array_equal(found.scores, expected.scores)


def test_the_same_index_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    latents, groups = crowd(3_000), np.arange(3_000)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        inverted(latents, groups)[0].save(tmp_path / name)

    saved = [
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "other")
    ]
    assert saved[0] == saved[1]
    assert len(saved[0]) == 2
