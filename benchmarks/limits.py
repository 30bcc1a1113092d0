"""What each stage could take at least on this machine: bytes read, bytes of memory, multiplications."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.limit_sides import (
    latent_products,
    read_file,
    read_memory,
    search_products,
    table_bytes,
    training_products,
)
from benchmarks.measure import measure
from benchmarks.records import Limit, Note, Record
from benchmarks.workplace import Workplace, tell


def run(work: Workplace) -> Iterator[Record]:
    """Each limit in a process of its own."""
    store = work.ensure("latents")
    memory = tell("one pass over memory", measure(read_memory)).facts["bytes/s"]
    file = tell("the file's bytes", measure(read_file, work.broken_catalogue))
    yield Limit("ingest", "reading the file's bytes", file.clocked)
    yield Limit("ingest", "one pass over them in memory", file.facts["bytes"] / memory)

    for stage, tables in (("encode", ("songs", "features")), ("latents", ("features", "latents"))):
        size = measure(table_bytes, store, tables).facts["bytes"]
        yield Limit(stage, f"one pass over {' and '.join(tables)} in memory", size / memory)

    train = tell("products of the training", measure(training_products, store))
    yield Limit("train", "its matrix multiplications", train.clocked, speed(train.facts["flops"]))
    place = tell("products of the latents", measure(latent_products, store))
    yield Limit("latents", "its matrix multiplications", place.clocked, speed(place.facts["flops"]))
    search = tell("products of all pairs", measure(search_products, store))
    yield Limit(
        "neighbours",
        "the cosines of all pairs",
        search.clocked,
        f"{speed(search.facts['flops'])}; 1,024 queries scaled to all. Inverted lists compare few of them.",
    )
    yield Note(f"One pass over memory by all cores: {memory / 1e9:.1f} GB/s.")


def speed(flops: float) -> str:
    """Multiplications and additions a second."""
    return f"{flops / 1e9:.0f} GFLOP/s by NumPy's BLAS"
