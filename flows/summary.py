"""A run in the terminal, with what came out at its end."""

from __future__ import annotations

import time

from flows.pipeline import pipeline
from flows.settings import PipelineSettings
from storage.store import Store


def run_and_summarise(settings: PipelineSettings) -> None:
    """Run the flow and print where everything is."""
    started = time.monotonic()
    published = pipeline(settings)
    seconds = time.monotonic() - started

    store = Store.open(settings.store)
    manifest = store.release_manifest(published.release)
    folder = store.root / "releases" / published.release
    state = "live" if published.live else "NOT live: it was rolled back"
    print(f"\n{settings.source} -> {published.release} ({state}), {seconds:.0f} s")
    for name, value in manifest.recipe["counts"].items():  # type: ignore[union-attr]
        print(f"  {name:<12} {value}")
    print(f"  {'release':<12} {folder}")
    print(f"  {'report':<12} {folder / 'report' / 'index.html'}")
    print(f"  {'describe it':<12} songspace info {store.root}")
