import polars as pl

from models.vocabulary import extend_vocabulary


def test_known_tokens_keep_their_ids_and_new_ones_are_appended() -> None:
    """A release that sees other songs never gives an old id to a new name."""
    first = extend_vocabulary((), pl.Series(["pop", "pop", "rock"]), minimum=1)

    second = extend_vocabulary(first.tokens, pl.Series(["jazz", "jazz", "jazz", "rock"]), minimum=1)

    assert first.tokens == ("pop", "rock")
    assert second.tokens == ("pop", "rock", "jazz")


def test_new_tokens_come_most_frequent_first_and_then_by_letter() -> None:
    tokens = pl.Series(["b", "a", "c", "c"])

    vocabulary = extend_vocabulary((), tokens, minimum=1)

    assert vocabulary.tokens == ("c", "a", "b")


def test_rare_and_absent_tokens_get_no_id() -> None:
    vocabulary = extend_vocabulary((), pl.Series(["pop", "pop", "thirst", None, None]), minimum=2)

    assert vocabulary.tokens == ("pop",)
