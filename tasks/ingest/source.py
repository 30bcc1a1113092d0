"""Where the rows come from: files beside us, packed or plain, or the data set's page on Kaggle."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypedDict

ENDINGS: Final = (".csv", ".csv.gz", ".csv.zst")
KAGGLE: Final = "kaggle:"
KAGGLE_FILE: Final = "spotify_dataset.csv"


class SourceError(ValueError):
    """A source that cannot be read as the catalogue; the message says what to do."""


class FileFingerprint(TypedDict):
    """What tells one source file from another."""

    name: str
    bytes: int
    sha256: str
    modified_ns: int  # not its content, but changes with it


def resolve_source(csv: str) -> list[Path]:
    """The files that *csv* names: a file, a folder, a pattern, or ``kaggle:owner/dataset``.

    Raises:
        SourceError: If nothing matches, or the download fails.
    """
    if csv.startswith(KAGGLE):
        return [download_from_kaggle(csv.removeprefix(KAGGLE))]
    try:
        files = sorted(_find(Path(csv).expanduser()))
    except (OSError, RuntimeError) as error:  # a name too long, a home of nobody
        raise SourceError(f"{csv!r} cannot be looked up: {error}.") from error
    if not files:
        raise SourceError(
            f"{csv!r} names no file. Expected a CSV file, a pattern of some, a folder with "
            f"{', '.join('*' + ending for ending in ENDINGS)}, or {KAGGLE}owner/dataset."
        )
    return files


def _find(path: Path) -> Iterator[Path]:
    if path.is_file():
        found = [path]
    elif path.is_dir():
        found = [child for child in path.iterdir() if child.name.lower().endswith(ENDINGS)]
    else:
        found = list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    return (file for file in found if file.is_file())


def names_of(files: Sequence[Path]) -> list[str]:
    """A name of its own for each of *files*: its path from the folder that holds them all."""
    folder = Path(os.path.commonpath([file.absolute().parent for file in files]))
    return [file.absolute().relative_to(folder).as_posix() for file in files]


def fingerprint(files: Sequence[Path]) -> list[FileFingerprint]:
    """Name, size, sha256 and time of each file, in the order given."""
    with ThreadPoolExecutor(thread_name_prefix="sha256") as pool:
        return list(pool.map(_fingerprint_of, files, names_of(files)))


def _fingerprint_of(file: Path, name: str) -> FileFingerprint:
    with file.open("rb") as stream:
        status = os.fstat(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "name": name,
        "bytes": status.st_size,
        "sha256": digest,
        "modified_ns": status.st_mtime_ns,
    }


def refuse_changed(file: Path, size: int, modified_ns: int) -> None:
    """Raise if *file* is no longer what its fingerprint was taken of.

    Raises:
        SourceError: If its size or its time of change differs.
    """
    status = file.stat()
    if (status.st_size, status.st_mtime_ns) != (size, modified_ns):
        raise SourceError(
            f"{file.name} was changed while it was read. Expected a file that stays as it is: "
            "run again when nobody writes to it."
        )


def download_from_kaggle(dataset: str) -> Path:
    """The catalogue's file out of Kaggle's *dataset*, through the cache of kagglehub.

    Raises:
        SourceError: Without network or permission; says how to fetch the file by hand.
    """
    import kagglehub  # only this source needs it
    from kagglehub import exceptions as refused

    try:
        return Path(kagglehub.dataset_download(dataset, path=KAGGLE_FILE))
    except (
        OSError,  # requests' errors are some
        ValueError,
        refused.BackendError,
        refused.CredentialError,
        refused.DataCorruptionError,
        refused.NotFoundError,
        refused.UnauthenticatedError,
    ) as error:
        raise SourceError(
            f"{KAGGLE_FILE} of Kaggle's data set {dataset} could not be downloaded "
            f"({type(error).__name__}: {error}). By hand: open "
            f"https://www.kaggle.com/datasets/{dataset}, press Download, unzip, "
            f"and pass the file with --csv PATH/{KAGGLE_FILE}."
        ) from error
