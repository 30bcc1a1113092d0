"""One run: what it has made so far, and what it builds upon."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from flows import showcase
from flows.settings import PipelineSettings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.bases import base_of, read_live
from tasks.ingest.demo import write_demo
from tasks.ingest.task import SourceFile, find_source
from tasks.publish import Published, publish
from tasks.stage import Stage

log = logging.getLogger(__name__)


class Run:
    """Calls stages in a store, remembers what they made, and publishes it."""

    def __init__(self, settings: PipelineSettings) -> None:
        """Open the store, before any work is done."""
        self.settings = settings
        self.store = Store.open(settings.store)
        self.head = self.store.head()
        self.live = read_live(self.store)
        self.artifacts: dict[str, ArtifactRef] = {}
        self.started = datetime.now(UTC)
        self.record()

    def __call__(self, stage: Stage, **inputs: object) -> ArtifactRef:
        """Run a stage, or find what it made before; the Prefect UI shows what came out."""
        if stage.builds_on:
            inputs["base"] = base_of(stage, self.store, self.live, inputs)
        ref = stage(self.store, fresh=self.settings.fresh, **inputs)
        self.artifacts[stage.kind] = ref
        self.record()
        showcase.show(self.store, ref)
        return ref

    def source(self) -> list[SourceFile]:
        """The files to read: those that the settings name, or the demo's."""
        if self.settings.csv is not None:
            return find_source(self.settings.csv)
        catalogue = self(write_demo, settings=self.settings.demo)
        return find_source(str(self.store.file(catalogue, "catalogue.csv")))

    def publish(self) -> Published:
        """Put everything together as a release and make it live."""
        published = publish(self.store, self.artifacts, self.settings.stages(), self.head)
        self.record(published)
        showcase.show_release(self.store, self.settings, published)
        return published

    def record(self, published: Published | None = None) -> None:
        """Note what the run has made, for `flows why`."""
        folder = self.store.root / "runs"
        folder.mkdir(exist_ok=True)
        note = {
            "started": self.started.isoformat(),
            "source": self.settings.source,
            "fresh": self.settings.fresh,
            "artifacts": {kind: ref.model_dump() for kind, ref in self.artifacts.items()},
            "published": published.model_dump() if published else None,
        }
        path: Path = folder / f"{self.started:%Y%m%dT%H%M%S%f}.json"
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(note, indent=1))
        unfinished.replace(path)
