"""Training beside Keras' `fit` on arrays: the same network and batch size, by our losses and by Keras' own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.keras_sides import headlines, keras_fit, keras_own_losses, our_training
from benchmarks.measure import Facts, measure
from benchmarks.records import Comparison, Fact, Note, Record
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT
from models.batches import FEWEST_EPOCHS

BOUND: Final = 2.5
OURS: Final = "`train`"

# A batch takes Keras a second: all artists are told apart, and every batch has as many of them.
OWN_BATCHES: Final = 10
OWN_EPOCHS: Final = 3

SPANS: Final = {
    "after the first": "All epochs after the first: what one waits for.",
    "the best": "The best epoch: Keras waits for nothing in it.",
    "with the first": f"All {FEWEST_EPOCHS} epochs, tracing and compiling included.",
}
"""Of which epochs the songs a second are, and what is said of them."""


def run(work: Workplace) -> Iterator[Record]:
    """As many epochs as the stage takes of ours and of Keras' by our losses, some batches of Keras' by its own."""
    store = work.ensure("encode")
    ours, theirs, own, artless = [], [], [], []
    for _ in range(work.turns):
        fit = measure(keras_fit, store, FEWEST_EPOCHS, environment=ENVIRONMENT)
        theirs.append(tell("Keras fit, our losses", fit).facts)
        fit = measure(keras_own_losses, store, OWN_BATCHES, OWN_EPOCHS, environment=ENVIRONMENT)
        own.append(tell("Keras fit, its own losses", fit).facts)
        fit = measure(
            keras_own_losses, store, None, OWN_EPOCHS, ["artist"], environment=ENVIRONMENT
        )
        artless.append(tell("the same without artists", fit).facts)
        training = measure(our_training, store, FEWEST_EPOCHS, environment=ENVIRONMENT)
        ours.append(tell("ours", training).facts)
        ratio = ours[-1]["after the first"] / theirs[-1]["after the first"]
        print(f"  {ratio:.2f} times as fast", flush=True)
    yield Comparison(
        "training",
        OURS,
        "Keras `compile` with its own losses, `fit` on arrays",
        "songs/s",
        rates(ours, "after the first"),
        rates(own, "the best"),  # without a wait
        "at least",
        BOUND,
        f"Theirs of {OWN_BATCHES} batches an epoch, the best; its softmax is over all artists, ours over a sample.",
    )
    yield Comparison(
        "training",
        OURS,
        "Keras by its own losses, artists not asked for",
        "songs/s",
        rates(ours, "after the first"),
        rates(artless, "the best"),
        note="Theirs of all songs, the best epoch; ours is asked for artists, genres under a mask, and a ranking.",
    )
    for span, note in SPANS.items():
        yield Comparison(
            f"training, epochs: {span}",
            OURS,
            "Keras `fit` on arrays, our losses as `train_step`",
            "songs/s",
            rates(ours, span),
            rates(theirs, span),
            "at least" if span == "after the first" else "none",
            BOUND,
            note,
        )
    yield Note(
        f"Keras' epochs after the first took {spread(theirs)}, ours {spread(ours)}: between some of its "
        "epochs Keras waits for the thread that tunes its `tf.data` pipeline."
    )
    yield from quality(work)
    jit = bool(theirs[0]["jit_compile"])
    yield Note(f'Keras\' `jit_compile="auto"` comes to {jit} here.')
    yield Note(
        f"The loss after {FEWEST_EPOCHS} epochs: {ours[0]['loss']:.3f} (ours), {theirs[0]['loss']:.3f} (Keras)."
    )


def quality(work: Workplace) -> Iterator[Record]:
    """The headline of each side, trained on a tenth of the rows for as many epochs."""
    found = measure(headlines, work.catalogue(work.rows // 10), environment=ENVIRONMENT).facts
    ours = found["ours"]
    for name in ("own losses", "own losses, no artists"):
        yield Fact(
            f"training: headline beside Keras' {name}, as many epochs",
            ours / found[name],
            "at least",
            1.0,
            f"{ours:.3f} and {found[name]:.3f}, z-scored cosine {found['z-scored cosine']:.3f}: "
            f"{work.rows // 10:,} rows, {int(found['epochs'])} epochs, {int(found['artists']):,} artists.",
        )


def rates(turns: list[Facts], span: str) -> list[float]:
    """Songs a second of each turn."""
    return [facts[span] for facts in turns]


def spread(turns: list[Facts]) -> str:
    """The shortest and the longest epoch after the first."""
    shortest = min(facts["shortest"] for facts in turns)
    longest = max(facts["longest"] for facts in turns)
    return f"{shortest:.1f} to {longest:.1f} s"
