"""Small JSON records that carry their own checksum: manifests and ledger entries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from songspace.errors import Damaged, SongspaceError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""Anything that JSON can write; no NaN, no infinity."""

SEAL: Final = "seal"
"""The field with the sha256 of all the other fields."""


def canonical(value: JSON) -> bytes:
    """The one spelling of *value* in JSON that digests are taken of.

    Raises:
        ValueError: If a number is NaN or infinite.
        TypeError: If something in it is not JSON.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256_of(value: JSON) -> str:
    """The sha256 of the canonical JSON of *value*, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def seal(record: Mapping[str, JSON]) -> bytes:
    """*record* as indented JSON with its seal, ready to be written to a file."""
    sealed = {**record, SEAL: sha256_of(record)}
    return (json.dumps(sealed, indent=2, allow_nan=False) + "\n").encode()


def unseal(data: bytes, name: str) -> dict[str, Any]:
    """The record that `seal` wrote, without its seal; *name* is what errors call it.

    Raises:
        Damaged: If *data* is not a sealed record, or was changed since.
    """
    try:
        record = json.loads(data, object_pairs_hook=_without_repeats)
        found = record.pop(SEAL)
        expected = sha256_of(record)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise Damaged(f"{name} is not a whole sealed record: {error!r}.") from error
    if found != expected:
        raise Damaged(f"{name} was changed: its seal is {found!r}, its content gives {expected!r}.")
    return dict(record)


def require_format(record: Mapping[str, JSON], known: int, name: str) -> None:
    """Refuse a record of another layout; not as damaged, for its writer may know more than we do.

    Raises:
        SongspaceError: If its field `format` is not the *known* one.
    """
    if record.get("format") != known:
        raise SongspaceError(
            f"{name} has format {record.get('format')!r}, this songspace reads {known}: "
            "it was written by another songspace, probably a newer one. Use that one."
        )


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dictionary; parsers differ on which of two equal keys counts, so none may."""
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key is repeated")
    return record
