"""The gate: a file comes in only with the 39 columns of the catalogue, in any order."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from tasks.ingest.columns import COLUMNS, REQUIRED
from tasks.ingest.resync import split_fields
from tasks.ingest.source import SourceError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Header:
    """The fields of a file by position."""

    fields: tuple[str, ...]  # as written

    @property
    def extra(self) -> tuple[str, ...]:
        """Fields that no column of the catalogue asks for; they are left out."""
        return tuple(field for field in self.fields if field not in COLUMNS)

    @property
    def names(self) -> tuple[str, ...]:
        """Our name of each field, in the file's order; an extra one gets its position."""
        return tuple(
            COLUMNS[field].name if field in COLUMNS else f"extra_{position}"
            for position, field in enumerate(self.fields)
        )


def read_header(file: Path, first_block: bytes, *, may_lack: bool) -> Header:
    """The header on the first line of *first_block*; it *may lack* all but artist and song.

    Raises:
        SourceError: If a column is missing or there twice, or the line is no such header.
    """
    line = first_block.partition(b"\n")[0]
    if not first_block.strip():
        raise SourceError(f"{file.name} is empty. Expected a header and one song a line.")
    text = line.decode("utf-8", "replace")
    _refuse_other_forms(file, text)
    fields = tuple(field.strip() for field in split_fields(text).fields)
    _refuse_missing_columns(file, fields, may_lack=may_lack)
    _refuse_repeated_columns(file, fields)
    header = Header(fields)
    if header.extra:
        log.warning("%s: columns left out: %s", file.name, ", ".join(map(repr, header.extra)))
    return header


def _refuse_other_forms(file: Path, text: str) -> None:
    if "\r" in text:
        raise SourceError(
            f"{file.name} ends its lines with a carriage return alone (old Mac). "
            "Expected newlines: convert it, for example with tr '\\r' '\\n'."
        )
    for name, separator in (("semicolons", ";"), ("tabs", "\t"), ("bars", "|")):
        if text.count(separator) > text.count(","):
            raise SourceError(
                f"{file.name} separates its columns by {name}. Expected commas: export it again."
            )


def _refuse_missing_columns(file: Path, fields: tuple[str, ...], *, may_lack: bool) -> None:
    missing = [name for name in COLUMNS if name not in fields]
    if not missing:
        return
    lacks = (
        f"{file.name} lacks {len(missing)} of {len(COLUMNS)} columns: "
        f"{', '.join(map(repr, missing))}."
    )
    if may_lack and not any(COLUMNS[name].name in REQUIRED for name in missing):
        log.warning("%s Their cells are taken for empty.", lacks)
        return
    way_out = (
        "Artist and song must be there."
        if may_lack
        else "Set ingest.allow_missing_columns to read a file without columns other than artist and song."
    )
    raise SourceError(f"{lacks} Its header is {', '.join(fields)[:300]!r}. {way_out}")


def _refuse_repeated_columns(file: Path, fields: tuple[str, ...]) -> None:
    twice = sorted({name for name in COLUMNS if fields.count(name) > 1})
    if twice:
        raise SourceError(f"{file.name} has columns twice: {', '.join(map(repr, twice))}.")
