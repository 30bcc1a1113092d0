"""`python -m benchmarks.serving --store DIR`: how fast songs are recommended, and whether they are the right ones.

Measures a store's live release as `songspace serve` gives it, under load and while another release goes live, beside
the loading and a query of the first scripts. Needs wrk (Debian's package of that name). Works on a copy by hard links;
the store stays as it is.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any, Final

import httpx
import numpy as np

from benchmarks.measure import measure
from benchmarks.original_recommender import OriginalRecommender, write_csv
from benchmarks.running_server import Server
from songspace.encoder import COLUMNS_READ, readable
from songspace.inputs import network_inputs
from songspace.recommender import Choice, Filters, Recommender
from songspace.recommender.choosing import Picker, distinct
from songspace.release import Release, open_release
from storage.artifacts import ArtifactRef
from storage.releases import PARTS
from storage.store import Store
from tasks.publish import FOLDERS

QUESTIONS: Final = 2_000
EXACT: Final = 500
EMOTIONS: Final = ("joy", "sadness", "anger", "love", "fear")
LUA: Final = Path(__file__).with_name("taste.lua")


def main() -> None:
    """Measure, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=60, help="of load")
    parser.add_argument("--connections", type=int, default=2)
    parser.add_argument("--changes", type=int, default=1, help="releases that go live meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.store.parent) as scratch:
        store = Path(scratch) / "store"
        shutil.copytree(options.store, store, symlinks=True, copy_function=_link)
        compare_with_original(
            store, Path(scratch)
        )  # first: a child's memory begins with its parent's
        next_release = build_next(store)
        with Server(store) as server:
            print(f"ready {server.ready_s:.2f} s after its start, {server.memory()}", flush=True)
            ask_one_by_one(server)
            search_as_one_types(server)
            load(
                server,
                options.seconds,
                options.connections,
                lambda: go_live_by_turns(store, next_release, options.changes, options.seconds / 2),
            )
            print(f"after the load: {server.memory()}")
        with open_release(store) as release:
            compare_with_exact_search(release.recommender)
            compare_with_keras(release)


def _link(source: str, target: str) -> None:
    """A hard link in place of a copy."""
    Path(target).hardlink_to(source)


def build_next(root: Path) -> str:
    """Another release of the same songs, not live yet."""
    store = Store.open(root)
    head = store.head()
    if head is None:
        raise ValueError(f"Expected a live release in {root}.")
    manifest = store.release_manifest(head.release)
    refs: Any = manifest.recipe["artifacts"]
    parts = {
        folder: (ArtifactRef.model_validate(refs[kind]), folder)
        for kind, folders in FOLDERS.items()
        for folder in folders
        if folder != "lyrics"  # so that its digest is another
    }
    meta = {name: value for name, value in manifest.recipe.items() if name != PARTS}
    return store.build_release(parts, meta=meta)


def go_live_by_turns(root: Path, other: str, changes: int, within_s: float) -> None:
    """Make *other* live, and the first release again, so many times in all: each is read anew."""
    store = Store.open(root)
    head = store.head()
    if head is None:
        raise ValueError(f"Expected a live release in {root}.")
    store.promote(other, expected=head.sequence, reason="benchmark")
    for change in range(1, changes):
        time.sleep(within_s / changes)
        store.rollback([other, head.release][change % 2], reason="benchmark")
    print(f"  {changes} times another release went live", flush=True)


def questions() -> Iterator[dict[str, Any]]:
    """Tastes of four fields, as people push sliders: at random."""
    drawn = random.Random(7)  # noqa: S311 - no secrets
    for _ in range(QUESTIONS):
        yield {
            "tempo": drawn.randint(60, 180),
            "energy": drawn.randint(0, 100),
            "acousticness": drawn.randint(0, 100),
            "emotion": drawn.choice(EMOTIONS),
            "n": 20,
        }


def ask_one_by_one(server: Server) -> None:
    """The time of one recommendation inside the server, after a taste and like a song."""
    with httpx.Client(base_url=server.url) as client:
        tastes = [_inside_ms(client.post("/recommend", json=body)) for body in questions()]
        ids = client.get("/map").json()["song_id"][:QUESTIONS]
        songs = [_inside_ms(client.get(f"/songs/{one}/similar")) for one in ids]
    for name, spent in (("after a taste", tastes), ("like a song", songs)):
        print(f"one recommendation {name}, inside the server: {_quantiles(spent)}", flush=True)


def search_as_one_types(server: Server) -> None:
    """The time of a search by the first letters of names."""
    with httpx.Client(base_url=server.url) as client:
        ids = client.get("/map").json()["song_id"][:200]
        names = [client.get(f"/songs/{one}").json()["song"]["song"] or "" for one in ids]
        typed = [name[:length] for name in names for length in (1, 3, 6)]
        spent = [_inside_ms(client.get("/songs", params={"q": text})) for text in typed]
    print(f"search as one types, inside the server: {_quantiles(spent)}", flush=True)


def _inside_ms(answer: httpx.Response) -> float:
    """What the server says that it took."""
    answer.raise_for_status()
    return float(answer.headers["Server-Timing"].partition("dur=")[2])


def _quantiles(spent: list[float]) -> str:
    """Median, 99th percentile and worst."""
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(spent):.1f} ms of {len(spent)}"


def load(server: Server, seconds: int, connections: int, meanwhile: Callable[[], None]) -> None:
    """As many recommendations as the server gives, from a process of its own, while a release goes live."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise FileNotFoundError("Expected wrk on the PATH: apt-get install wrk.")
    before = server.release()
    change = Timer(seconds / 4, meanwhile)
    change.start()
    command = [
        wrk,
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(LUA),
        server.url,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    change.join()
    wanted = r"(50%|99%|Requests/sec|Socket errors|Non-2xx|requests in).*"
    for line in said.splitlines():
        if re.search(wanted, line):
            print(f"  wrk: {line.strip()}", flush=True)
    print(f"  served {before} before and {server.release()} after", flush=True)


def compare_with_exact_search(recommender: Recommender) -> None:
    """Share of the first ten places that an exhaustive search with the same filters fills alike."""
    drawn = np.random.default_rng(1)
    bodies = list(questions())[:EXACT]
    same = places = 0
    for number, row in enumerate(drawn.choice(len(recommender), EXACT).tolist()):
        filters = FILTERS[number % len(FILTERS)]
        query = recommender.index.vector(row)
        asked = np.array([row])
        song_id = recommender.catalogue.shown["song_id"][row]
        found = recommender.similar(song_id, Choice(n=10), filters)
        if number % 2:
            taste = {name: value for name, value in bodies[number].items() if name != "n"}
            query, asked = recommender.place(taste), asked[:0]  # type: ignore[arg-type]
            found = recommender.taste(Choice(n=10), filters, **taste)
        exact = exhaustive(recommender, query, filters, asked)
        ours = [one.song.song_id for one in found]
        same += sum(a == b for a, b in zip(ours, exact, strict=True))
        places += len(exact)
    print(f"the same as exhaustive search: {same / places:.4%} of {places} places", flush=True)


FILTERS: Final = (
    Filters(),
    Filters(genres=["rock", "country"]),
    Filters(years=(1990, 1999), explicit=False),
    Filters(emotions=["love"], popularity=(60, None)),
    Filters(good_for=["running"]),
)


def exhaustive(recommender: Recommender, query: Any, filters: Filters, asked: Any) -> list[int]:
    """The first ten by comparing every song."""
    catalogue = recommender.catalogue
    scores = recommender.index.vector(np.arange(len(recommender))) @ query
    rows = np.flatnonzero(filters.mask(catalogue))
    ranked = rows[np.lexsort((rows, -scores[rows]))]
    picker = Picker(catalogue, Choice().per_artist, asked, asked[:0])
    best, _ = distinct(lambda k: (ranked[:k], scores[ranked[:k]]), picker, 10)
    ids: list[int] = catalogue.shown["song_id"].gather(best).to_list()
    return ids


def compare_with_keras(release: Release) -> None:
    """The largest difference between NumPy's and Keras' latents on songs with fields missing at random."""
    from models.evaluation.encoders import compare_encoders  # brings TensorFlow

    encoder = release.encoder
    songs = release.songs.select(COLUMNS_READ).collect()
    inputs = network_inputs(encoder.features.encode(readable(songs).lazy()).collect())
    keras = release.path / "model" / "encoder.keras"
    found = compare_encoders(keras, encoder.network, inputs)
    print(
        f"NumPy beside Keras: {found['largest_difference']:.1e} at most, of {found['songs']} songs "
        "with three fields in ten missing",
        flush=True,
    )


def compare_with_original(store: Path, scratch: Path) -> None:
    """Loading and one query of the first scripts, beside ours, each in a process of its own."""
    csv = scratch / "latents.csv"
    write_csv(store, csv)
    theirs, ours = measure(original_session, csv, store), measure(our_session, store)
    for name, cost in (("first scripts", theirs), ("this", ours)):
        print(f"  {name}: {cost.seconds:.2f} s, {cost.peak_mb:,.0f} MB", flush=True)
    print(f"loading and {SESSION} queries: {theirs.seconds / ours.seconds:.1f} times as fast")


SESSION: Final = 5


def original_session(csv: Path, store: Path) -> None:
    """Load, and ask."""
    with open_release(store) as release:
        latents = release.latents.select("latent").head(SESSION).collect()["latent"].to_numpy()
    started = time.perf_counter()
    original = OriginalRecommender(csv)
    loaded = time.perf_counter()
    for latent in latents:
        original.recommend(latent, 20)
    _tell("first scripts", started, loaded)


def our_session(store: Path) -> None:
    """Open, check every file, read, and ask."""
    started = time.perf_counter()
    with open_release(store) as release:
        recommender = release.recommender
    loaded = time.perf_counter()
    for song_id in recommender.catalogue.shown["song_id"].head(SESSION).to_list():
        recommender.similar(song_id, Choice(n=20))
    _tell("this", started, loaded)


def _tell(name: str, started: float, loaded: float) -> None:
    """Time to load and of a query."""
    query_ms = (time.perf_counter() - loaded) / SESSION * 1000
    print(f"  {name}: loading {loaded - started:.2f} s, a query {query_ms:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
