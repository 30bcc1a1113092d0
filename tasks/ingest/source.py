"""Where the rows come from: files beside us, packed or plain, or the data set's page on Kaggle."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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


def resolve_source(csv: str) -> list[Path]:
    """The files that *csv* names: a file, a folder, a pattern, or ``kaggle:owner/dataset``.

    Raises:
        SourceError: If nothing matches, or the download fails.
    """
    if csv.startswith(KAGGLE):
        return [download_from_kaggle(csv.removeprefix(KAGGLE))]
    path = Path(csv).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [child for child in path.iterdir() if child.name.endswith(ENDINGS)]
    else:
        found = list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    files = sorted((file for file in found if file.is_file()), key=lambda file: file.name)
    if not files:
        raise SourceError(
            f"{csv!r} names no file. Expected a CSV file, a pattern of some, a folder with "
            f"{', '.join('*' + ending for ending in ENDINGS)}, or {KAGGLE}owner/dataset."
        )
    return files


def fingerprint(files: Sequence[Path]) -> list[FileFingerprint]:
    """Name, size and sha256 of each file, in the order given."""
    return [_fingerprint_of(file) for file in files]


def _fingerprint_of(file: Path) -> FileFingerprint:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": file.name, "bytes": file.stat().st_size, "sha256": digest}


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
