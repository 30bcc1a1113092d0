"""What Prefect costs a run that has nothing to do: the run beside the hashing of all that it finds again.

`python -m benchmarks.overhead` makes a release of the built-in catalogue first; with `--store` and `--csv` it measures
over what is there already. The server is Prefect's own, started before the clock is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from prefect.testing.utilities import prefect_test_harness

from flows.pipeline import pipeline
from flows.settings import PipelineSettings, read_settings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.source import fingerprint, resolve_source

BOUND_S = 5.0
TURNS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until nothing is left to do, then time both sides in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", help="default: the built-in catalogue")
    parser.add_argument("--store", help="default: a temporary one")
    parser.add_argument(
        "--set", action="append", default=[], metavar="STAGE.NAME=VALUE", help="as of `flows run`"
    )
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as scratch,
        prefect_test_harness(server_startup_timeout=180),
    ):
        store = options.store or str(Path(scratch) / "store")
        settings = read_settings(None, options.set, csv=options.csv, store=store)
        pipeline(settings)
        compare(settings)


def compare(settings: PipelineSettings) -> None:
    """Time a run with nothing to do, and what of it is not Prefect's."""
    runs, hashes = [], []
    for _ in range(TURNS):
        hashes.append(seconds(lambda: hash_all(settings)))
        runs.append(seconds(lambda: pipeline(settings)))
    run_s, hash_s = median(runs), median(hashes)
    print(f"a run with nothing to do: {run_s:.2f} s, median of {TURNS}")
    print(f"hashing its source, its artifacts and its release: {hash_s:.2f} s")
    print(
        f"all else: {run_s - hash_s:.2f} s, {run_s / hash_s:.1f} times the hashing; the bound is {BOUND_S:g} s"
    )


def seconds(work: Callable[[], object]) -> float:
    """How long *work* takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def hash_all(settings: PipelineSettings) -> None:
    """Look at every byte that a run looks at before it believes that nothing is left to do."""
    store = Store.existing(settings.store)
    head = store.head()
    if head is None:
        raise ValueError(f"Expected a live release in {store.root}; the gate refused it.")
    artifacts = store.verify_release(head.release).recipe["artifacts"]
    if not isinstance(artifacts, dict):
        raise TypeError(f"Expected references of artifacts. Received: {artifacts!r}.")
    for ref in artifacts.values():
        store.verify(ArtifactRef.model_validate(ref))
    if settings.csv:
        fingerprint(resolve_source(settings.csv))


if __name__ == "__main__":
    main()
