"""One run: what it has made so far, and what it builds upon."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from flows import showcase
from flows.naming import tag_run
from flows.runners import mapping_on
from flows.server import server_is_away
from flows.settings import PipelineSettings
from flows.why import RUNNING
from songspace.errors import SongspaceError
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.bases import bases_of, read_live
from tasks.ingest.demo import write_demo
from tasks.ingest.space import require_space
from tasks.ingest.task import SourceFile, look_for_source
from tasks.publish import CandidateRefused, Published, publish
from tasks.stage import Stage

log = logging.getLogger(__name__)


class Run:
    """Calls stages in a store, remembers what they made, and publishes it."""

    @classmethod
    @contextmanager
    def begin(cls, settings: PipelineSettings) -> Iterator[Run]:
        """A run that has the store to itself until the end of the block.

        Raises:
            Busy: If another run works there.
            StoreError: If the store can neither be opened nor made.
        """
        tag_run(settings)
        store = Store.open(settings.store)
        with store.turn(f"a run on {settings.source}"), mapping_on(settings.runner):
            yield cls(store, settings)

    def __init__(self, store: Store, settings: PipelineSettings) -> None:
        """Look at what is live, before any work is done."""
        self.settings = settings
        self.store = store
        self.head = self.store.head()
        self.live = read_live(self.store)
        self.artifacts: dict[str, ArtifactRef] = {}
        self.pieces: dict[str, list[ArtifactRef]] = {}
        self.started = datetime.now(UTC)
        self.record()

    def __call__(self, stage: Stage, **inputs: object) -> ArtifactRef:
        """Run a stage, or find what it made before; the Prefect UI shows what came out."""
        with self.noting_failure(stage.name):
            inputs |= bases_of(stage, self.store, self.live, inputs)
            ref = stage(self.store, fresh=self.settings.fresh, **inputs)
            self.artifacts[stage.kind] = ref
            self.record()
            showcase.show(self.store, ref)
            return ref

    def map(
        self, stage: Stage, over: Mapping[str, Sequence[object]], **inputs: object
    ) -> list[ArtifactRef]:
        """Run a stage on one piece after the other, or on several at once, as the runner has workers."""
        with self.noting_failure(stage.name):
            refs = stage.map(self.store, over, fresh=self.settings.fresh, **inputs)
            self.pieces[stage.kind] = refs
            self.record()
            return refs

    def source(self) -> list[SourceFile]:
        """The files to read: those that the settings name, or the demo's."""
        csv = self.settings.csv
        if csv is None:
            catalogue = self(write_demo, settings=self.settings.demo)
            csv = str(self.store.file(catalogue, "catalogue.csv"))
        with self.noting_failure("find_source"):
            files = look_for_source(csv)
            require_space(self.store, files)
            return files

    def publish(self) -> Published:
        """Put everything together as a release, and make it live if the gate lets it.

        Raises:
            CandidateRefused: If it does not: the release stays in the store, and the run has failed.
        """
        with self.noting_failure("publish"):
            published = publish(
                self.store,
                self.artifacts,
                self.pieces,
                self.settings.stages(),
                self.head,
                self.settings.force,
            )
        refused = published.verdict == "fail"
        self.record(f"refused: {published.reason}" if refused else "completed", published)
        showcase.show_release(self.store, self.settings, published)
        if refused:
            error = CandidateRefused(showcase.refusal(self.store, published), published)
            showcase.show_failure(self.settings, "gate", error)
            raise error
        return published

    @contextmanager
    def noting_failure(self, stage: str) -> Iterator[None]:
        """Should the run end inside the block, note why, and show it if it failed."""
        try:
            yield
        except BaseException as error:
            if isinstance(error, Exception) and not server_is_away(error):
                showcase.show_failure(self.settings, stage, error)
            reason, _, _ = f"{type(error).__name__}: {error}".rstrip(": ").partition("\n")
            try:
                self.record(f"ended by {reason}")
            except SongspaceError as refused:  # a full disk, say, and that is the reason itself
                log.warning("%s", refused)
            raise

    def record(self, state: str = RUNNING, published: Published | None = None) -> None:
        """Note how far the run has come and what it has made, for `python -m flows why`."""
        note: dict[str, JSON] = {
            "started": self.started.isoformat(),
            "state": state,
            "ended": None if state == RUNNING else datetime.now(UTC).isoformat(),
            "source": self.settings.source,
            "fresh": self.settings.fresh,
            "artifacts": {kind: ref.model_dump() for kind, ref in self.artifacts.items()},
            "pieces": {
                kind: [ref.model_dump() for ref in refs] for kind, refs in self.pieces.items()
            },
            "published": published.model_dump() if published else None,
        }
        self.store.write_note(f"{self.started:%Y%m%dT%H%M%S%f}", note)
