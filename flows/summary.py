"""A run in the terminal, with what came out at its end."""

from __future__ import annotations

import shlex
import time

from prefect.exceptions import CancelledRun
from prefect.settings import PREFECT_API_URL

from flows.pipeline import pipeline
from flows.server import adopt, server_is_away
from flows.settings import PipelineSettings
from flows.starting import StartingServer
from storage.store import Store
from tasks.publish import CandidateRefused, Published


def run_and_summarise(settings: PipelineSettings, server: StartingServer | None) -> None:
    """Run the flow and print where everything is, of a release that the gate refused too.

    Raises:
        CandidateRefused: If the gate refused it.
        RuntimeError: If another run works in the store, or Prefect's server went away and stayed away.
    """
    started = time.monotonic()
    if server:
        adopt(server)
    try:
        published = pipeline(settings)
    except CandidateRefused as refused:
        summarise(settings, refused.published, time.monotonic() - started)
        raise
    except CancelledRun as cancelled:
        raise RuntimeError(str(cancelled)) from cancelled
    except Exception as error:
        if not server_is_away(error):
            raise
        raise RuntimeError(
            f"Prefect's server at {PREFECT_API_URL.value() or 'this computer'} does not answer "
            f"({error}). Nothing that was finished is lost: when it is back, the same command goes "
            "on from there."
        ) from error
    summarise(settings, published, time.monotonic() - started)


def summarise(settings: PipelineSettings, published: Published, seconds: float) -> None:
    """Print what a release holds and where it is."""
    store = Store.existing(settings.store)
    manifest = store.release_manifest(published.release)
    folder = store.release_folder(published.release)
    print(f"\n{settings.source} -> {published.release} ({published.standing}), {seconds:.0f} s")
    for name, value in manifest.recipe["counts"].items():  # type: ignore[union-attr]
        print(f"  {name:<12} {value}")
    print(f"  {'gate':<12} {published.verdict}: {published.reason}")
    print(f"  {'release':<12} {folder}")
    print(f"  {'report':<12} {folder / 'report' / 'index.html'}")
    print(f"  {'describe it':<12} songspace info {shlex.quote(str(store.root))}")
