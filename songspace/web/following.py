"""The live release of a store, followed: what is asked next is answered by what is live now."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from songspace.ledger import is_store, newer, read_head
from songspace.places import Place, place_of
from songspace.recommender import Recommender
from songspace.web.live import read_live
from songspace.web.offer import Offer

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
TRY_AGAIN_S: Final = 60.0
"""So long a release that could not be read is left alone; another one is taken up at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is served, and why it is not what is live: one value, so that nobody sees one of the two change first."""

    offer: Offer
    trouble: str | None = None


class Following:
    """Keeps the offer of the live release in memory, and replaces it when another goes live.

    A request takes `offer` once and so is answered by one release as a whole, also when another goes live meanwhile.
    Given a release's own folder, it stays with that release.
    """

    def __init__(self, store_or_release: str | Place, first: Recommender) -> None:
        """Begin with *first*, which `read_live` gave."""
        self._source = place_of(store_or_release)
        self._is_store = is_store(self._source)
        self.standing = Standing(Offer(first))
        self._refused: tuple[str, float] | None = None  # a release, and when to try it again
        self._taken: list[int] = []  # the numbers in the ledger when it was read last
        self._head: str | None = None  # which release it made live then

    @property
    def offer(self) -> Offer:
        """What is served now."""
        return self.standing.offer

    async def follow(self) -> None:
        """Look at the ledger every second, for ever."""
        await anyio.to_thread.run_sync(self._warm)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await anyio.to_thread.run_sync(self.take_up)

    def _warm(self) -> None:
        """Work ahead for what is served from the start; without it the first who ask would wait."""
        try:
            self.offer.warm()
        except Exception:
            log.exception("what was to be made ready of %s could not be", self.offer.release)

    def take_up(self) -> None:
        """Go over to the release that is live; if it cannot be read, what was served is served on."""
        live = "the ledger"
        try:
            live = self._live()
            if self._is_left_alone(live):
                return
            offer = self.offer if live == self.offer.release else self._read()
        except Exception as error:  # noqa: BLE001 - whatever is wrong there, nobody else would look again
            self._leave_alone(live, error)
        else:
            self._serve(offer)

    def _read(self) -> Offer:
        """What is live now, once all of it is in memory."""
        offer = Offer(read_live(self._source))
        offer.warm()
        return offer

    def _serve(self, offer: Offer) -> None:
        """Serve *offer*, and forget what could not be read before."""
        is_new = offer is not self.offer
        self.standing, self._refused = Standing(offer), None
        if is_new:
            log.info("serving release %s, %d songs", offer.release, offer.songs)

    def _leave_alone(self, release: str, error: Exception) -> None:
        """Remember that *release* cannot be read, and tell of it once."""
        self._refused = release, time.monotonic() + TRY_AGAIN_S
        trouble = f"{release} could not be read: the log says why."
        if trouble != self.standing.trouble:
            log.warning("still serving %s: %s", self.offer.release, error)
        self.standing = Standing(self.offer, trouble)

    def _is_left_alone(self, release: str) -> bool:
        """Whether *release* could not be read lately."""
        if self._refused is None:
            return False
        refused, until = self._refused
        return release == refused and time.monotonic() < until

    def _live(self) -> str:
        """The release that is to be served."""
        taken = newer(self._source, self._taken) if self._is_store else []
        if taken != self._taken:  # a damaged entry is warned of whenever it is read: once, so
            head = read_head(self._source)
            self._taken = taken
            self._head = None if head is None else head.release
        return self._head or self.offer.release
