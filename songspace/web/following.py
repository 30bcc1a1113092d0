"""The live release of a store, followed: what is asked next is answered by what is live now."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

import anyio.to_thread

from songspace.errors import SongspaceError
from songspace.ledger import read_head, refs_folder
from songspace.recommender import Recommender
from songspace.web.live import read_live
from songspace.web.offer import Offer

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
TRY_AGAIN_S: Final = 60.0


class Following:
    """Keeps the offer of the live release in memory, and replaces it when another goes live.

    A request takes `offer` once and so is answered by one release as a whole, also when another goes live meanwhile.
    Given a release's own folder, it stays with that release.
    """

    def __init__(self, store_or_release: str | Path, first: Recommender) -> None:
        """Begin with *first*, which `read_live` gave."""
        self._source = Path(store_or_release).expanduser()
        self._is_store = refs_folder(self._source).is_dir()
        self.trouble: str | None = None
        self.offer = Offer(first)

    async def follow(self) -> None:
        """Look at the ledger every second, for ever."""
        await anyio.to_thread.run_sync(self.offer.warm)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not await anyio.to_thread.run_sync(self.take_up):
                await asyncio.sleep(TRY_AGAIN_S)

    def take_up(self) -> bool:
        """Go over to the release that is live, if that is another; False if it could not be read.

        What was served is served on then.
        """
        try:
            if self._is_another_live():
                offer = Offer(read_live(self._source))
                offer.warm()
                self.offer = offer
                log.info("serving release %s, %d songs", self.offer.release, self.offer.songs)
        except SongspaceError as error:
            self.trouble = str(error)
            log.warning("still serving %s: %s", self.offer.release, error)
            return False
        self.trouble = None
        return True

    def _is_another_live(self) -> bool:
        """Whether the ledger names another release than the one that is served."""
        if not self._is_store:
            return False
        head = read_head(self._source)
        return head is not None and head.release != self.offer.release
