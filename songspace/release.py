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
from typing import Any, Final, Self

import polars as pl

from songspace.encoder import SongEncoder
from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.features import FILES, FeatureEncoder
from songspace.files import unreadable
from songspace.kept import local_file, verify
from songspace.ledger import is_store, read_head
from songspace.manifest import MANIFEST, RELEASE, Manifest, read_manifest
from songspace.network import Network
from songspace.places import Place, place_of, scan
from songspace.recommender import Recommender
from songspace.s3.url import Url

TABLES: Final = ("songs", "lyrics", "quarantine", "folded", "latents", "neighbours", "map")
"""The folders of a release that are tables: part-*.parquet and nothing else."""

_ATTEMPTS: Final = 5  # a release may be removed between asking which is live and locking it


class Release:
    """An open release: every file was checked, and stays until `close`.

    Keep it while its frames are in use: they read the files only when collected, and cleaning
    the store spares a release only as long as somebody has it open. In a bucket nothing tells the
    cleaning of that: there it spares what is young, and a frame of what was removed cannot be collected.
    """

    def __init__(self, path: Place, manifest: Manifest, lock: int | None) -> None:
        self.path: Any = path
        """Where it lies: a Path, or the Url of a folder in a bucket."""
        self.manifest = manifest
        self.close = weakref.finalize(self, _let_go, lock)
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
        return scan(files)

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
        """The file of that name, on this machine."""
        self._refuse_closed()
        if name not in self.manifest.files:
            raise NotFound(
                f"{self.path} has no {name}: it was published before releases held one. "
                "Publish anew, or open a later release."
            )
        return local_file(self.path / name, self.manifest.files[name])

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


def open_release(
    store_or_release: str | Path | Url, hashed: Collection[str] | None = None
) -> Release:
    """Open a release, or the live release of a store, and check every file of it.

    Either is a folder, or `s3://bucket/prefix`; there the tables are read from the bucket whenever a frame is
    collected, and other files once, into a cache on this machine.

    One who reads only some of its folders may name them as *hashed*: of the other files the size is checked alone.
    The answer stays with the folder found now: a later publish or rollback does not move it.

    Raises:
        NotFound: If there is neither a release nor a store with a live one.
        Damaged: If any file is not what was published.
        SongspaceError: If the disk or the bucket does not give a file, or it has a newer format.
    """
    place = _real(store_or_release)
    if _is_release(place):
        return _open_folder(place, hashed)
    if is_store(place):
        return _open_live(place, hashed)
    raise NotFound(f"{place} is neither a release (no {MANIFEST}) nor a store (no refs/live).")


def _real(named: str | Place) -> Place:
    """The place, without links."""
    try:
        place = place_of(named)
        return place if isinstance(place, Url) else place.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:  # absent, forbidden; NUL; `~` of nobody
        raise NotFound(f"{str(named)[:200]!r} cannot be opened: {error}.") from error


def _is_release(place: Place) -> bool:
    """Whether there is a release, or what was one."""
    if not isinstance(place, Url):
        return (place / MANIFEST).exists()
    from songspace.s3 import bucket

    try:
        return bucket.look(place / MANIFEST) is not None
    except OSError as error:
        raise unreadable(place, error) from error


def _open_live(root: Place, hashed: Collection[str] | None) -> Release:
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


def _open_folder(folder: Place, hashed: Collection[str] | None) -> Release:
    """The release in *folder*, locked against removal, then checked."""
    lock = None if isinstance(folder, Url) else _lock_shared(folder)
    try:
        manifest = read_manifest(folder)
        _check(folder, manifest, hashed)
    except BaseException:
        _let_go(lock)
        raise
    return Release(folder, manifest, lock)


def _check(folder: Place, manifest: Manifest, hashed: Collection[str] | None) -> None:
    """Refuse what is not a release, or not as it was published."""
    if manifest.kind != RELEASE:
        raise NotFound(f"{folder} is not a release: its manifest says {manifest.kind!r}.")
    verify(folder, manifest, hashed)


def _let_go(lock: int | None) -> None:
    """Close what keeps a release from being removed, if anything does."""
    if lock is not None:
        os.close(lock)


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
