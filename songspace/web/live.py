"""The release that is live now, read into memory; without a web framework, so that both can be loaded at once."""

from __future__ import annotations

from typing import Final

from songspace.places import Place
from songspace.recommender import Recommender
from songspace.release import open_release

SERVED: Final = ("songs", "latents", "map", "encoder", "model")
"""The folders of a release that are served; a quarter of its bytes, so that a start need not wait for the lyrics."""


def read_live(store_or_release: str | Place) -> Recommender:
    """The recommender of a release, or of the live one of a store; its files are let go of.

    Raises:
        SongspaceError: If there is none, or it cannot be read.
    """
    with open_release(store_or_release, SERVED) as release:
        return release.recommender
