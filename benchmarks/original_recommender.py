"""The recommender of the first scripts, as they have it: a CSV into a dictionary, every row for every query."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl
from sklearn.metrics.pairwise import cosine_similarity

from songspace.inputs import Floats
from songspace.release import open_release
from songspace.schemas import LATENT_DIM

SHOWN: Final = ("artist", "genre", "song", "length_s", "album", "release_date")
SIMILAR: Final = tuple(
    f"{what}_{place}"
    for place in (1, 2, 3)
    for what in ("similar_artist", "similar_song", "similarity_score")
)
LATENTS: Final = [f"latent_{place}" for place in range(LATENT_DIM)]
THRESHOLD: Final = 0.9


def write_csv(release_path: Path, csv: Path) -> None:
    """The table that the scripts load: names, the Similar columns, and a column a dimension."""
    with open_release(release_path) as release:
        latents = release.latents.select(
            pl.col("latent").arr.get(place).alias(name) for place, name in enumerate(LATENTS)
        )
        songs = release.songs.select(*SHOWN, *SIMILAR)
        pl.concat([songs.collect(), latents.collect()], how="horizontal").write_csv(csv)


class OriginalRecommender:
    """Songs by their latents in a dictionary: of equal ones the last is left."""

    def __init__(self, csv: Path) -> None:
        table = pd.read_csv(csv)
        latents = table[LATENTS].to_numpy()
        shown = table[list(SHOWN)].to_dict("records")
        self.songs: dict[tuple[float, ...], dict[str, Any]] = dict(
            zip(map(tuple, latents), shown, strict=True)
        )

    def recommend(self, latent: Floats, n: int) -> list[tuple[float, dict[str, Any]]]:
        """The *n* nearest above the threshold."""
        keys = list(self.songs)
        scores = cosine_similarity(latent[None], np.array(keys))[0]
        near = [
            (float(score), key)
            for score, key in zip(scores, keys, strict=True)
            if score >= THRESHOLD
        ]
        near.sort(key=lambda pair: -pair[0])
        return [(score, self.songs[key]) for score, key in near[:n]]
