"""What the machine gives at most: bytes of a file, bytes of memory, multiplications and additions."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Facts
from benchmarks.stages import read_refs
from models.autoencoder import FLAG_LOGITS
from models.batches import batch_size_for, epochs_for, steps_per_epoch
from models.training_settings import NetworkSettings, TrainSettings
from songspace.network import ROWS_PER_BLOCK
from songspace.schemas import CONTINUOUS, LATENT_DIM, NUMERIC
from storage.store import Store
from tasks.encode import load_encoder

Product = tuple[int, int, int]
"""[rows, in] times [in, out]."""

REPEATS: Final = 10
BLOCK: Final = 16 * 2**20
ARRAY: Final = 2**31
QUERIES: Final = 1_024


def read_file(file: Path) -> Facts:
    """All bytes once, as a plain loop reads them; the best of two, so from the page cache if it fits."""
    buffer = bytearray(BLOCK)

    def read() -> None:
        with file.open("rb", buffering=0) as stream:
            while stream.readinto(buffer):
                pass

    return {"seconds": best(read, 2), "bytes": file.stat().st_size}


def read_memory() -> Facts:
    """Bytes a second of a sum over a large array, by all cores."""
    cores = len(os.sched_getaffinity(0))
    pieces = np.array_split(np.ones(ARRAY // 4, np.float32), cores)
    with ThreadPoolExecutor(cores) as pool:
        seconds = best(lambda: list(pool.map(np.sum, pieces)), REPEATS)
    return {"seconds": seconds, "bytes/s": ARRAY / seconds}


def table_bytes(root: Path, names: Sequence[str]) -> Facts:
    """What the tables *names* of the store at *root* take in memory."""
    store, refs = Store.existing(root), read_refs(root)
    sizes = (store.table(refs[name], name).collect().estimated_size() for name in names)
    return {"bytes": sum(sizes)}


def training_products(root: Path) -> Facts:
    """The matrix multiplications of a whole training, forward and backward, and nothing else."""
    store, refs = Store.existing(root), read_refs(root)
    encoder = load_encoder(store, refs["features"])
    rows = store.table(refs["features"], "features").select("song_id").collect().height
    settings = TrainSettings()
    batch = settings.batch_size or batch_size_for(rows)
    steps = steps_per_epoch(rows, batch)
    products = step_products(batch, encoder.genre.size, encoder.emotion.size, settings)
    seconds = multiply(backward_too(products))
    return {
        "seconds": seconds * steps * (settings.epochs or epochs_for(steps)),
        "flops": 3 * flops(products) / seconds,
    }


def latent_products(root: Path) -> Facts:
    """The encoder's matrix multiplications of all songs, block by block."""
    store, refs = Store.existing(root), read_refs(root)
    rows = store.table(refs["features"], "features").select("song_id").collect().height
    products = list(encoder_products(ROWS_PER_BLOCK, NetworkSettings()))
    seconds = multiply(products)
    return {"seconds": seconds * rows / ROWS_PER_BLOCK, "flops": flops(products) / seconds}


def search_products(root: Path) -> Facts:
    """All songs by all songs, of a block of queries scaled to all."""
    store, refs = Store.existing(root), read_refs(root)
    latents = store.table(refs["latents"], "latents").select("latent").collect()["latent"]
    places = np.ascontiguousarray(latents.to_numpy(), np.float32)
    queries = places[:QUERIES]
    out = np.empty((len(queries), len(places)), np.float32)
    seconds = best_threads(lambda: np.matmul(queries, places.T, out=out))
    scale = len(places) / len(queries)
    return {"seconds": seconds * scale, "flops": 2 * out.size * LATENT_DIM / seconds}


def step_products(batch: int, genres: int, emotions: int, settings: TrainSettings) -> list[Product]:
    """The products of one step forward."""
    ranked = min(settings.ranked_songs, batch)
    widths = (LATENT_DIM, *settings.network.decoder)
    heads = [
        *((batch, *pair) for pair in itertools.pairwise(widths)),
        (batch, widths[-1], len(CONTINUOUS)),
        (batch, widths[-1], FLAG_LOGITS),
        *((batch, LATENT_DIM, ids) for ids in (genres, emotions, settings.artist_negatives)),
        (min(settings.ranking_songs, ranked), LATENT_DIM, ranked),
    ]
    return [
        *encoder_products(batch, settings.network),
        *encoder_products(ranked, settings.network),
        *heads,
    ]


def encoder_products(rows: int, network: NetworkSettings) -> Iterable[Product]:
    """The products that place *rows* songs."""
    embedded = network.artist_embedding + network.genre_embedding + network.emotion_embedding
    widths = (2 * len(NUMERIC) + embedded, *network.hidden, LATENT_DIM)
    return ((rows, *pair) for pair in itertools.pairwise(widths))


def backward_too(products: Iterable[Product]) -> list[Product]:
    """Each product, and the two of its gradient."""
    return [
        shape
        for rows, before, after in products
        for shape in ((rows, before, after), (rows, after, before), (before, rows, after))
    ]


def multiply(products: Iterable[Product]) -> float:
    """Seconds that these products take, all operands ready."""
    random = np.random.default_rng(0)
    operands = [
        (
            random.random((rows, before), np.float32),
            random.random((before, after), np.float32),
            np.empty((rows, after), np.float32),
        )
        for rows, before, after in products
    ]

    def once() -> None:
        for left, right, out in operands:
            np.matmul(left, right, out=out)

    return best_threads(once)


def flops(products: Iterable[Product]) -> float:
    """Multiplications and additions of *products*."""
    return float(sum(2 * rows * before * after for rows, before, after in products))


def best_threads(work: Callable[[], object]) -> float:
    """The least seconds by one thread or by all: small products wait for each other's threads."""
    seconds = []
    for threads in (1, None):
        with threadpool_limits(threads, "blas"):
            seconds.append(best(work, REPEATS))
    return min(seconds)


def best(work: Callable[[], object], times: int) -> float:
    """The least seconds that a call of *work* takes."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
