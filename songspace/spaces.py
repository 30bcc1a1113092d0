"""Latents of several sources, side by side only where they are places of one space.

A cosine between places of two spaces is a number without meaning, and nothing about it looks wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import polars as pl
from polars.exceptions import ComputeError

from songspace.errors import Damaged, MixedSpaces, NotFound, SongspaceError
from songspace.release import Release
from songspace.schemas import SPACE_ID

Source: TypeAlias = Release | str | Path
"""An open release, or a Parquet file of songs that were encoded with one."""


def read_latents(*sources: Source) -> pl.LazyFrame:
    """The rows of all *sources* under one another, if they are of one space; absent columns are null.

    Releases have to stay open until the frame is collected.

    Raises:
        MixedSpaces: If they are not of one space.
        NotFound: If a file is not there, or names no space.
        Damaged: If a file is no Parquet.
    """
    require_same_space(*sources)
    frames = [
        source.latents if isinstance(source, Release) else pl.scan_parquet(source, glob=False)
        for source in sources
    ]
    return pl.concat(frames, how="diagonal")


def require_same_space(*sources: Source) -> str:
    """The one space that the latents of all *sources* are of.

    Raises:
        MixedSpaces: If they are not of one space; the message names two of them.
        NotFound: If a file is not there, or names no space.
        Damaged: If a file is no Parquet.
    """
    if not sources:
        raise ValueError("Expected a release or a Parquet file at least.")
    first, *others = sources
    space = space_of(first)
    for other in others:
        if (another := space_of(other)) != space:
            raise MixedSpaces(
                f"Latents of two spaces cannot be compared: {name_of(first)} is of the space {space}, "
                f"{name_of(other)} of {another}. Encode the songs of the one with the release of the other."
            )
    return space


def space_of(source: Source) -> str:
    """The space that the latents of *source* are of, as its release or its file says."""
    if isinstance(source, Release):
        return source.space_id
    try:
        space = pl.read_parquet_metadata(source).get(SPACE_ID)
    except FileNotFoundError as error:
        raise NotFound(f"{source} is not there.") from error
    except ComputeError as error:
        raise Damaged(
            f"Expected an open release or a Parquet file. {source} is neither: {error}."
        ) from error
    except OSError as error:
        raise SongspaceError(f"{source} cannot be read: {error}.") from error
    if not space:
        raise NotFound(
            f"{source} does not say of which space it is: expected a file written by "
            f"`python -m flows encode`, with {SPACE_ID!r} in its metadata."
        )
    return space


def name_of(source: Source) -> str:
    """What a message calls *source*."""
    return f"the release {source.id}" if isinstance(source, Release) else str(source)
