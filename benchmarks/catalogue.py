"""Made-up catalogues of any size, written once and kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.ingest.synthetic.catalogue import truth_path

PARTS: Final = 10
BROKEN: Final = 0.0005
"""One row in 2,000, as no reader should let through."""


def write_full_catalogue(csv: Path, rows: int, broken_share: float, seed: int = 0) -> None:
    """One file, without the truth about it."""
    write_catalogue(csv, CatalogueSettings(rows=rows, broken_share=broken_share, seed=seed))
    truth_path(csv).unlink()


def write_folder(folder: Path, rows: int) -> None:
    """PARTS files of a tenth of *rows* each, every one drawn from another seed; what is there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(PARTS):
        csv = folder / f"part-{part}.csv"
        if not csv.exists():
            print(f"  writing {csv.name} of {PARTS}, {rows // PARTS:,} rows", flush=True)
            write_full_catalogue(csv, rows // PARTS, 0.0, seed=part + 1)


def link_folder(source: Path, target: Path) -> None:
    """The files of *source* under the names they have, by hard links."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        (target / file.name).hardlink_to(file)


def change_one(folder: Path) -> Path:
    """Write another file in the place of the one in the middle: its last row is gone."""
    csv = sorted(folder.glob("*.csv"))[PARTS // 2]
    content = csv.read_bytes().rstrip(b"\n")
    csv.unlink()  # a hard link: the file itself stays as it is
    csv.write_bytes(content[: content.rindex(b"\n") + 1])
    return csv
