"""A release, opened: checked file by file, pinned to its folder, its tables as lazy frames."""

from __future__ import annotations

import fcntl
import json
import os
import weakref
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from songspace.encoder import SongEncoder
from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.features import FILES, FeatureEncoder
from songspace.files import unreadable
from songspace.integrity import verify_files
from songspace.ledger import read_head, refs_folder
from songspace.manifest import MANIFEST, RELEASE, Manifest, read_manifest
from songspace.network import Network
from songspace.recommender import Recommender

TABLES: Final = ("songs", "lyrics", "quarantine", "folded", "latents", "neighbours", "map")
"""The folders of a release that are tables: part-*.parquet and nothing else."""

_ATTEMPTS: Final = 5  # a release may be removed between asking which is live and locking it


class Release:
    """An open release: every file was checked, and stays until `close`.

    Keep it while its frames are in use: they read the files only when collected, and cleaning
    the store spares a release only as long as somebody has it open.
    """

    def __init__(self, path: Path, manifest: Manifest, lock: int) -> None:
        self.path = path
        self.manifest = manifest
        self.close = weakref.finalize(self, os.close, lock)
        """Let go of the files; a second call does nothing."""

    @property
    def id(self) -> str:
        """Name of the release: when it was built, and the start of its digest."""
        return self.manifest.version

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that this release holds."""
        return tuple(name for name in TABLES if self.manifest.below(name))

    def table(self, name: str) -> pl.LazyFrame:
        """The table of that name.

        Raises:
            NotFound: If the release has no such table.
            ValueError: If the release was closed.
        """
        self._refuse_closed()
        files = [self.path / file for file in self.manifest.below(name)]
        if name not in TABLES or not files:
            raise NotFound(f"{self.path} has no table {name!r}; it has {', '.join(self.tables)}.")
        return pl.scan_parquet(files)

    @property
    def songs(self) -> pl.LazyFrame:
        """One row a song, see `schemas.SONGS`."""
        return self.table("songs")

    @property
    def lyrics(self) -> pl.LazyFrame:
        """The lyrics, see `schemas.LYRICS`."""
        return self.table("lyrics")

    @property
    def quarantine(self) -> pl.LazyFrame:
        """Rows that broke the contract, see `schemas.QUARANTINE`."""
        return self.table("quarantine")

    @property
    def latents(self) -> pl.LazyFrame:
        """Every song's place in the space, see `schemas.LATENTS`."""
        return self.table("latents")

    @property
    def neighbours(self) -> pl.LazyFrame:
        """The nearest songs of every song, see `schemas.NEIGHBOURS`."""
        return self.table("neighbours")

    @property
    def map(self) -> pl.LazyFrame:
        """The map of a sample of songs, see `schemas.MAP`."""
        return self.table("map")

    @cached_property
    def encoder(self) -> SongEncoder:
        """Gives any song its place in this release's space; read once, and kept when the release is closed.

        Raises:
            NotFound: If the release has no encoder.
            ValueError: If the release was closed before it was read.
        """
        weights = self._file("model/encoder.safetensors")
        vocabularies = [self._file(f"encoder/{name}") for name in FILES]
        features = FeatureEncoder.load(vocabularies[0].parent)
        return SongEncoder(features, Network.load(weights))

    @cached_property
    def recommender(self) -> Recommender:
        """Finds songs in this release: like one, after a taste, between several; read once, and kept when it is closed.

        Raises:
            NotFound: If the release has no encoder.
            ValueError: If the release was closed before it was read.
        """
        return Recommender(self)

    @cached_property
    def space_id(self) -> str:
        """Name of the space that the latents are of: only latents of one space can be compared.

        Raises:
            NotFound: If the release does not name its space.
            ValueError: If the release was closed before it was read.
        """
        path = self._file("model/space.json")
        return str(json.loads(path.read_bytes())["space_id"])

    def _file(self, name: str) -> Path:
        """The file of that name."""
        self._refuse_closed()
        if name not in self.manifest.files:
            raise NotFound(
                f"{self.path} has no {name}: it was published before releases held one. "
                "Publish anew, or open a later release."
            )
        return self.path / name

    def _refuse_closed(self) -> None:
        """Raise if the files may be gone."""
        if not self.close.alive:
            raise ValueError(f"The release {self.id} was closed; open it again.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Release {self.id} at {self.path}>"


def open_release(store_or_release: str | Path, hashed: Collection[str] | None = None) -> Release:
    """Open a release folder, or the live release of a store, and check every file of it.

    One who reads only some of its folders may name them as *hashed*: of the other files the size is checked alone.
    The answer stays with the folder found now: a later publish or rollback does not move it.

    Raises:
        NotFound: If there is neither a release nor a store with a live one.
        Damaged: If any file is not what was published.
        SongspaceError: If the disk does not give a file, or it has a newer format.
    """
    path = Path(store_or_release)
    try:
        folder = path.expanduser().resolve(strict=True)
        is_release, is_store = (folder / MANIFEST).exists(), refs_folder(folder).is_dir()
    except (OSError, ValueError, RuntimeError) as error:  # absent, forbidden; NUL; `~` of nobody
        raise NotFound(f"{str(path)[:200]!r} cannot be opened: {error}.") from error
    if is_release:
        return _open_folder(folder, hashed)
    if is_store:
        return _open_live(folder, hashed)
    raise NotFound(f"{path} is neither a release (no {MANIFEST}) nor a store (no refs/live).")


def _open_live(root: Path, hashed: Collection[str] | None) -> Release:
    """The live release of the store at *root*."""
    reason = ""
    for _ in range(_ATTEMPTS):
        head = read_head(root)
        if head is None:
            raise NotFound(f"The store {root} has no live release yet.")
        try:
            release = _open_folder(root / "releases" / head.release, hashed)
        except NotFound as error:
            reason = f"Entry {head.sequence} of the ledger makes {head.release} live, but: {error}"
            continue
        if release.id != head.release:
            release.close()
            raise Damaged(f"{release.path} holds the release {release.id}.")
        return release
    raise NotFound(reason)


def _open_folder(folder: Path, hashed: Collection[str] | None) -> Release:
    """The release in *folder*, locked against removal, then checked."""
    lock = _lock_shared(folder)
    try:
        manifest = read_manifest(folder)
        _check(folder, manifest, hashed)
    except BaseException:
        os.close(lock)
        raise
    return Release(folder, manifest, lock)


def _check(folder: Path, manifest: Manifest, hashed: Collection[str] | None) -> None:
    """Refuse what is not a release, or not as it was published."""
    if manifest.kind != RELEASE:
        raise NotFound(f"{folder} is not a release: its manifest says {manifest.kind!r}.")
    verify_files(folder, manifest, hashed)


def _lock_shared(folder: Path) -> int:
    """A descriptor that keeps *folder* from being removed until it is closed.

    Raises:
        NotFound: If the folder went away before the lock was ours.
    """
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{folder} cannot be opened: {error.strerror}.") from error
    except OSError as error:
        raise unreadable(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        there = os.path.samestat(os.fstat(lock), folder.stat())
    except FileNotFoundError:
        there = False
    except OSError as error:
        os.close(lock)
        raise SongspaceError(f"{folder} cannot be locked: {error.strerror}.") from error
    if not there:
        os.close(lock)
        raise NotFound(f"{folder} was removed while it was being opened.")
    return lock
