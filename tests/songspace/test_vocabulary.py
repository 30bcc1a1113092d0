import polars as pl

from songspace.vocabulary import Vocabulary


def test_ids_count_from_one_and_unknown_names_are_nought() -> None:
    vocabulary = Vocabulary(("pop", "rock"))

    ids = pl.DataFrame({"token": ["rock", "polka", None, "pop"]}).select(
        vocabulary.ids(pl.col("token"), pl.Int16)
    )

    assert ids.to_series().to_list() == [2, 0, 0, 1]
    assert ids.dtypes == [pl.Int16]
    assert vocabulary.size == 3


def test_an_empty_vocabulary_knows_nothing() -> None:
    ids = pl.DataFrame({"token": ["pop", "rock"]}).select(
        Vocabulary(()).ids(pl.col("token"), pl.Int8)
    )

    assert ids.to_series().to_list() == [0, 0]
