"""A table is worked on in pieces, which are known by what they hold, and gathered in their order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from songspace.integrity import hash_files
from songspace.jsonfile import write_json
from songspace.manifest import FileFacts
from storage import artifacts
from storage.artifacts import ArtifactRef, Linked
from storage.store import Store
from tasks.encode import summarise
from tasks.pieces import Piece, gather, pieces_of
from tasks.stage import plain, stage
from tests.tasks.staged import piece_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def keep(
    store: Store, *parts: list[int], lengths: list[int] | None = None, run: int = 1
) -> ArtifactRef:
    """An artifact with a table `rows` of these parts, which was made in pieces of so many parts."""
    with store.draft() as draft:
        (draft / "rows").mkdir()
        for number, rows in enumerate(parts):
            pl.DataFrame({"row": rows}).write_parquet(draft / f"rows/part-{number:05}.parquet")
        if lengths is not None:
            (draft / "pieces").mkdir()
            write_json(draft / "pieces" / "rows.json", lengths)
        return store.commit(draft, "rows", recipe={"run": run})


def rows_of(store: Store, pieces: list[Piece]) -> list[list[int]]:
    return [piece.scan(store).collect()["row"].to_list() for piece in pieces]


def test_pieces_hold_as_many_parts_as_they_were_made_of(store: Store) -> None:
    table = keep(store, [1], [2, 3], [4], [5], lengths=[1, 2, 1])

    assert rows_of(store, pieces_of(store, table, "rows")) == [[1], [2, 3, 4], [5]]


def test_pieces_without_parts_are_left_out(store: Store) -> None:
    table = keep(store, [1], [2], lengths=[0, 1, 0, 1, 0])

    assert rows_of(store, pieces_of(store, table, "rows")) == [[1], [2]]


def test_more_than_ten_parts_stay_in_their_order(store: Store) -> None:
    table = keep(store, *([row] for row in range(12)), lengths=[12])

    assert rows_of(store, pieces_of(store, table, "rows")) == [[*range(12)]]


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [3], [0]])
def test_a_table_with_more_or_fewer_parts_than_its_pieces_is_refused(
    store: Store, lengths: list[int]
) -> None:
    table = keep(store, [1], [2], lengths=lengths)

    with pytest.raises(ValueError, match=rf"Expected {sum(lengths)} parts of rows in .*, found 2"):
        pieces_of(store, table, "rows")


def test_the_same_parts_in_another_artifact_are_the_same_piece(store: Store) -> None:
    _, one = pieces_of(store, keep(store, [7], [1], [2], lengths=[1, 2]), "rows")
    other, _ = pieces_of(store, keep(store, [1], [2], [9], lengths=[2, 1], run=2), "rows")

    assert one.artifact != other.artifact
    assert one.parts != other.parts
    assert plain(one) == plain(other)
    assert summarise.work({"songs": one}) == summarise.work({"songs": other})


@pytest.mark.parametrize(
    "rows", [([1], [3]), ([2], [1]), ([1, 2],), ([1],)], ids=["other", "turned", "joined", "fewer"]
)
def test_other_parts_are_another_piece(store: Store, rows: tuple[list[int], ...]) -> None:
    one, other = (piece_of(store, keep(store, *parts), "rows") for parts in (([1], [2]), rows))

    assert plain(one) != plain(other)
    assert summarise.work({"songs": one}) != summarise.work({"songs": other})


def test_the_same_parts_of_another_table_are_another_piece(store: Store) -> None:
    piece = piece_of(store, keep(store, [1]), "rows")

    assert plain(piece) != plain(piece.model_copy(update={"table": "others"}))


def test_what_was_made_is_gathered_in_its_order_and_numbered_anew(
    store: Store, tmp_path: Path
) -> None:
    made = [keep(store, [5], [6]), keep(store, [1]), keep(store, [3], [2])]

    linked = gather(store, made, "rows", tmp_path)

    parts = sorted((tmp_path / "rows").iterdir())
    assert linked == hash_files(tmp_path, [f"rows/{part.name}" for part in parts])
    assert [part.name for part in parts] == [f"part-{number:05}.parquet" for number in range(5)]
    assert [pl.read_parquet(part)["row"].to_list() for part in parts] == [[5], [6], [1], [3], [2]]


def test_nothing_is_copied_when_it_is_gathered(store: Store, tmp_path: Path) -> None:
    made = [keep(store, [5]), keep(store, [1])]

    gather(store, made, "rows", tmp_path)

    kept = [store.file(ref, "rows/part-00000.parquet").stat().st_ino for ref in made]
    assert [part.stat().st_ino for part in sorted((tmp_path / "rows").iterdir())] == kept


def test_what_is_gathered_is_not_hashed_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [keep(store, [5], [6]), keep(store, [1])]
    hashed: list[str] = []

    def hash_and_note(folder: Path, names: Iterable[str]) -> dict[str, FileFacts]:
        noted = list(names)
        hashed.extend(noted)
        return hash_files(folder, noted)

    @stage("rows", libraries=[])
    def gather_rows(draft: Path, store: Store) -> Linked:
        (draft / "more.json").write_text("1")
        return gather(store, made, "rows", draft)

    monkeypatch.setattr(artifacts, "hash_files", hash_and_note)
    gathered = gather_rows.run(store, {})

    assert hashed == ["more.json"]
    assert store.verify(gathered) == gathered
