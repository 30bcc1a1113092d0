"""The built-in catalogue, as an artifact of the store."""

from __future__ import annotations

import logging
from pathlib import Path

from storage.store import Store
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.progress import progress
from tasks.stage import stage

log = logging.getLogger(__name__)


@stage("catalogue", libraries=["numpy", "polars"], timeout_s=1800)
def write_demo(draft: Path, _store: Store, *, settings: CatalogueSettings) -> None:
    """Write the built-in catalogue, with the truth about it beside it."""
    with progress("demo", "row") as advance:
        write_catalogue(draft / "catalogue.csv", settings, advance)
    log.info("rows=%d seed=%d", settings.rows, settings.seed)
