"""New songs in the live space: from a CSV to a table of their latents and neighbours."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from songspace.inputs import Floats
from songspace.places import Place, place_of
from songspace.release import Release, open_release
from songspace.schemas import ENCODED, LATENTS, SPACE_ID
from tasks.ingest.source import SourceError, resolve_source
from tasks.new_songs.neighbours import find_neighbours
from tasks.new_songs.reading import read_new_songs
from tasks.new_songs.writing import refuse_place, whole


class Encoded(BaseModel):
    """New songs, encoded, and what is to be said of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Path
    release: str = Field(description="The release whose encoder placed them.")
    space_id: str = Field(description="The space that their latents are of.")
    songs: int
    known: int = Field(description="How many of them the release holds itself.")
    remarks: tuple[str, ...] = Field(description="Lines on the rows that are not in the table.")


def encode_new_songs(
    csv: str, store: str | Place, out: str | Path, k: int | None = None
) -> Encoded:
    """Give the songs of a CSV their places in the space of a store's live release.

    The same rows in a full run would get the same latents from the same model. *out* is either whole or
    untouched. Beside it, rows that break the contract are listed in a file of its name that ends in
    ``.quarantine.csv``; where there are none, there is no such file afterwards.

    Args:
        csv: A file, or a folder or pattern of some. Of the columns only Artist(s) and song must be there.
        store: The store, or a release to use instead of a live one.
        out: The Parquet file, with the columns of ENCODED; its metadata names the space and the release.
        k: Neighbours of each song; else as many as in the release.

    Raises:
        SourceError: If the CSV is not there, cannot be read, or has no row that can be encoded.
        SongspaceError: If there is no live release, or it is damaged or holds no encoder.
        ValueError: If there can be no file at *out*.
    """
    files, store, out = resolve_source(csv), place_of(store), Path(out).expanduser()
    side = out.with_name(f"{out.stem}.quarantine.csv")
    for path in (out, side):
        refuse_place(path, files, store)
    with open_release(store) as release:
        encoder, space_id = release.encoder, release.space_id  # or it is no use to read the file
        new = read_new_songs(files)
        list_quarantined(new.quarantined, side)
        if new.songs.is_empty():
            _, line, reason, _ = new.quarantined.row(0)
            raise SourceError(
                f"{csv} has no song to encode: all rows break the contract, as {side} lists. "
                f"Line {line}: {reason}."
            )
        table = encoded(new.songs, encoder(new.songs), release, k)
        with whole(out) as draft:
            metadata = {SPACE_ID: space_id, "release": release.id}
            table.write_parquet(draft, compression="zstd", metadata=metadata)
        return Encoded(
            out=out,
            release=release.id,
            space_id=space_id,
            songs=len(table),
            known=count_known(release, table),
            remarks=new.remarks(side),
        )


def encoded(songs: pl.DataFrame, latents: Floats, release: Release, k: int | None) -> pl.DataFrame:
    """The table ENCODED of *songs* that lie at *latents*, in their order."""
    return (
        songs.select(name for name in LATENTS if name != "latent")
        .with_columns(
            pl.Series("latent", latents, dtype=LATENTS["latent"]),
            find_neighbours(release, songs, latents, k),
        )
        .select(ENCODED.names())
        .cast(ENCODED)
    )


def count_known(release: Release, songs: pl.DataFrame) -> int:
    """How many of *songs* the release holds, by their artist and title."""
    held = release.songs.join(songs.lazy(), on="song_id", how="semi")
    return int(held.select(pl.len()).collect().item())


def list_quarantined(quarantined: pl.DataFrame, side: Path) -> None:
    """Write the rows that break the contract to *side*; a list of another time does not stay."""
    if quarantined.is_empty():
        side.unlink(missing_ok=True)
        return
    with whole(side) as draft:
        quarantined.write_csv(draft)
