"""What a run builds upon: the release that was live before it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.integrity import hash_files
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import Stage

log = logging.getLogger(__name__)

Artifacts = Mapping[str, ArtifactRef]

BUILT_UPON: Final = {"features": "encoder", "songs": "profile"}
"""The folder that a later run reads of each artifact it builds upon; a release holds it too."""

WAYS_ON: Final = (
    "Make a whole release live (python -m flows rollback --to ID; python -m flows releases lists them), "
    "or begin anew in a store of its own (--store)."
)


@dataclass(frozen=True)
class Live:
    """The live release, the artifacts it was put together from, and those that they built upon, by kind."""

    release: str = ""
    artifacts: Artifacts = field(default_factory=dict)
    bases: Artifacts = field(default_factory=dict)


def read_live(store: Store) -> Live:
    """What the live release was made from; nothing before the first.

    Raises:
        SongspaceError: If there is one and its manifest cannot be read: without it, known ids would change.
    """
    head = store.head()
    if head is None:
        return Live()
    try:
        recipe = store.release_manifest(head.release).recipe
    except (Damaged, NotFound) as error:
        raise SongspaceError(
            f"Expected to build upon the live release {head.release}: {error} {WAYS_ON}"
        ) from error
    return Live(head.release, references(recipe["artifacts"]), references(recipe["bases"]))


def references(recorded: Any) -> Artifacts:
    """References by kind, as a manifest records them."""
    return {kind: ArtifactRef.model_validate(ref) for kind, ref in recorded.items()}


def base_of(
    stage: Stage, store: Store, live: Live, inputs: Mapping[str, object]
) -> ArtifactRef | None:
    """The live artifact that *stage* shall build upon, as its input `base`; whole, or taken from the release.

    Where the live release itself came from these very inputs, settings and code, or where the stage
    would be given one artifact as input and as base, it is what the live one was built upon: so the
    same run again finds what it made before, and a catalogue is not compared with itself.

    Raises:
        SongspaceError: If neither the artifact nor its copy in the live release is whole.
    """
    own = live.artifacts.get(stage.kind)
    if own is not None and came_from(store, own, stage.recipe({**inputs, "base": None}), live):
        return live.bases.get(stage.kind)
    base = live.artifacts.get(stage.builds_on or "")
    if base in inputs.values():  # a catalogue beside itself tells nothing
        return live.bases.get(stage.kind)
    return None if base is None else whole(store, base, live.release)


def came_from(store: Store, ref: ArtifactRef, recipe: dict[str, Any], live: Live) -> bool:
    """Whether a live artifact was made by *recipe*, whatever it was built upon.

    Of one that is gone its recipe is gone too: then the same songs must do.
    """
    try:
        recorded: dict[str, Any] = dict(store.manifest(ref).recipe)
    except (Damaged, NotFound):
        songs = live.artifacts.get("songs")
        return songs is not None and recipe["inputs"]["songs"] == songs.model_dump()
    return without_base(recorded) == without_base(recipe)


def without_base(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe less its input `base`."""
    inputs = {name: value for name, value in recipe["inputs"].items() if name != "base"}
    return {**recipe, "inputs": inputs}


def whole(store: Store, base: ArtifactRef, release: str) -> ArtifactRef:
    """*base* if it verifies, else an artifact of what *release* holds of it."""
    try:
        return store.verify(base)
    except (Damaged, NotFound) as error:
        log.warning("building upon the release %s itself: %s", release, error)
        return taken_from(store, release, BUILT_UPON[base.kind])


def taken_from(store: Store, release: str, folder: str) -> ArtifactRef:
    """An artifact of kind "base" that holds *folder* of a release, checked against its manifest."""
    expected = store.release_manifest(release).below(folder)
    with store.draft() as draft:
        (draft / folder).mkdir()
        try:
            for name in expected:
                shutil.copyfile(store.release_folder(release) / name, draft / name)
            found = hash_files(draft, expected)
        except OSError as error:
            raise SongspaceError(f"Could not take {folder} from {release}: {error}.") from error
        if not expected or found != expected:
            raise SongspaceError(
                f"Expected to build upon {folder} of the live release {release}, but it is damaged, "
                f"and so is the artifact it came from. {WAYS_ON}"
            )
        return store.commit(draft, "base", recipe={"release": release, "folder": folder})
