"""A run in the terminal, with what came out at its end."""

from __future__ import annotations

import shlex
import time

from prefect.settings import PREFECT_API_URL

from flows.pipeline import pipeline
from flows.server import server_is_away, start_temporary_server
from flows.settings import PipelineSettings
from storage.store import Store


def run_and_summarise(settings: PipelineSettings) -> None:
    """Run the flow and print where everything is.

    Raises:
        RuntimeError: If Prefect's server went away and stayed away.
    """
    started = time.monotonic()
    start_temporary_server()
    try:
        published = pipeline(settings)
    except Exception as error:
        if not server_is_away(error):
            raise
        raise RuntimeError(
            f"Prefect's server at {PREFECT_API_URL.value() or 'this computer'} does not answer "
            f"({error}). Nothing that was finished is lost: when it is back, the same command goes "
            "on from there."
        ) from error
    seconds = time.monotonic() - started

    store = Store.existing(settings.store)
    manifest = store.release_manifest(published.release)
    folder = store.release_folder(published.release)
    state = "live" if published.live else "NOT live: it was rolled back"
    print(f"\n{settings.source} -> {published.release} ({state}), {seconds:.0f} s")
    for name, value in manifest.recipe["counts"].items():  # type: ignore[union-attr]
        print(f"  {name:<12} {value}")
    print(f"  {'release':<12} {folder}")
    print(f"  {'report':<12} {folder / 'report' / 'index.html'}")
    print(f"  {'describe it':<12} songspace info {shlex.quote(str(store.root))}")
