from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.spaces import cosine_space, fit_pca, fit_z_scores, unit_length
from songspace.inputs import Inputs


def songs(rows: int = 400, seed: int = 0) -> Inputs:
    """Songs whose numbers follow their genre a little, ids from 1."""
    random = np.random.default_rng(seed)
    genre = random.integers(1, 6, rows)
    numeric = random.normal(genre[:, None] * 0.5, 1, (rows, 17))
    tags = np.zeros((rows, 4), np.int32)
    tags[:, 0], tags[:, 1] = genre, np.where(genre < 3, 6, 0)
    return Inputs(
        numeric=numeric.astype(np.float32),
        artist=random.integers(1, 50, rows).astype(np.int32),
        genre=tags,
        emotion=random.integers(1, 4, rows).astype(np.int32),
    )


def test_z_scores_leave_the_unknown_out_and_put_it_at_the_mean() -> None:
    inputs = songs(3)
    inputs.numeric[:, 0] = [10, 30, np.nan]
    inputs.numeric[:, 1] = 5

    z_scores = fit_z_scores(inputs)(inputs)

    assert z_scores[:, 0].tolist() == [-1, 1, 0]
    assert z_scores[:, 1].tolist() == [0, 0, 0]


def test_the_cosine_space_is_the_direction_of_the_z_scores_and_reads_nothing_else() -> None:
    inputs = songs()
    space = cosine_space(fit_z_scores(inputs))

    places = space(inputs)

    assert np.linalg.norm(places, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(places, space(inputs.hiding("artist", "genre", "emotion")))


def test_a_song_at_the_mean_of_everything_has_no_direction() -> None:
    assert unit_length(np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


def test_pca_brings_songs_of_a_genre_together() -> None:
    inputs = songs()
    places = fit_pca(inputs, np.arange(400), fit_z_scores(inputs), seed=0)(inputs)

    same = inputs.genre[:, 0][:, None] == inputs.genre[:, 0][None]
    cosine = places @ places.T

    assert places.shape == (400, 20)
    assert np.linalg.norm(places, axis=1) == pytest.approx(1, abs=1e-5)
    assert cosine[same].mean() > cosine[~same].mean() + 0.3


def test_pca_places_are_those_of_the_table_it_was_fitted_on() -> None:
    """What tables of what each tag adds give is the product of the whole centred table."""
    inputs = songs()
    pca = fit_pca(inputs, np.arange(400), fit_z_scores(inputs), seed=0)
    ones = np.zeros((400, 7), np.float32)
    np.put_along_axis(ones, inputs.genre, 1, axis=1)
    ones[:, 0] = 0
    emotions = np.eye(4, dtype=np.float32)[inputs.emotion]

    by_hand = (
        pca.z_scores(inputs) @ pca.numeric
        + (ones - ones.mean(0)) @ pca.genre
        + (emotions - emotions.mean(0)) @ pca.emotion
    )

    assert np.allclose(pca(inputs), unit_length(by_hand), atol=1e-4)


def test_what_is_hidden_from_pca_stands_at_the_mean() -> None:
    """A song of mean numbers with all else hidden lies at the origin."""
    inputs = songs()
    pca = fit_pca(inputs, np.arange(400), fit_z_scores(inputs), seed=0)
    nobody = replace(inputs, numeric=np.full_like(inputs.numeric, np.nan))

    places = pca(nobody.hiding("genre", "emotion"))

    assert (places == 0).all()


def test_pca_reads_ids_that_none_of_the_songs_has_that_it_was_fitted_on() -> None:
    inputs = songs()
    inputs.genre[-1, 0] = 40

    places = fit_pca(inputs, np.arange(300), fit_z_scores(inputs), seed=0)(inputs)

    assert np.isfinite(places).all()


def test_pca_of_a_handful_of_songs_has_as_many_dimensions() -> None:
    inputs = songs(5)

    assert fit_pca(inputs, np.arange(5), fit_z_scores(inputs), seed=0)(inputs).shape == (5, 5)
