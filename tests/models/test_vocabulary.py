import polars as pl

from models.encoder import count_tokens
from models.vocabulary import extend_vocabulary


def counts(*tokens: str | None) -> pl.DataFrame:
    """How often each of *tokens* is among them."""
    return count_tokens(pl.Series(tokens, dtype=pl.String))


def test_known_tokens_keep_their_ids_and_new_ones_are_appended() -> None:
    """A release that sees other songs never gives an old id to a new name."""
    first = extend_vocabulary((), counts("pop", "pop", "rock"), minimum=1)

    second = extend_vocabulary(first.tokens, counts("jazz", "jazz", "jazz", "rock"), minimum=1)

    assert first.tokens == ("pop", "rock")
    assert second.tokens == ("pop", "rock", "jazz")


def test_new_tokens_come_most_frequent_first_and_then_by_letter() -> None:
    vocabulary = extend_vocabulary((), counts("b", "a", "c", "c"), minimum=1)

    assert vocabulary.tokens == ("c", "a", "b")


def test_equally_frequent_tokens_come_by_letter_in_whatever_order_they_are_counted() -> None:
    counted = pl.DataFrame({"token": ["é", "b", "B", "a"], "count": [1, 1, 1, 1]})

    vocabulary = extend_vocabulary((), counted, minimum=1)

    assert vocabulary.tokens == ("B", "a", "b", "é")


def test_rare_and_absent_tokens_get_no_id() -> None:
    vocabulary = extend_vocabulary((), counts("pop", "pop", "thirst", None, None), minimum=2)

    assert vocabulary.tokens == ("pop",)
