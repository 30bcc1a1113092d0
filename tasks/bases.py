"""What a run builds upon: the release that was live before it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.integrity import hash_files
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.stage import Stage

log = logging.getLogger(__name__)

Artifacts = Mapping[str, ArtifactRef]

BUILT_UPON: Final = {
    "songs": "profile",
    "features": "encoder",
    "rehearsal": "rehearsal",
    "model": "model",
    "latents": "latents",
    "neighbours": "neighbours",
    "evaluation": "evaluation",
}
"""The folder that a later run reads of each artifact it builds upon; a release holds it too."""

COPY: Final = "base"
"""The kind of an artifact that was taken from a release, since the one it came from is not whole."""

WAYS_ON: Final = (
    "Make a whole release live (python -m flows rollback --to ID; python -m flows releases lists them), "
    "or begin anew in a store of its own (--store)."
)


@dataclass(frozen=True)
class Live:
    """The live release, the artifacts and pieces it was made from, and by kind what each artifact built upon."""

    release: str = ""
    artifacts: Artifacts = field(default_factory=dict)
    pieces: Mapping[str, Sequence[ArtifactRef]] = field(default_factory=dict)  # by kind
    bases: Mapping[str, Artifacts] = field(default_factory=dict)  # by the name of the input


def read_live(store: Store) -> Live:
    """What the live release was made from; nothing before the first.

    Raises:
        SongspaceError: If there is one and its manifest cannot be read: without it, known ids would change.
    """
    head = store.head()
    if head is None:
        return Live()
    try:
        recipe: Mapping[str, Any] = store.release_manifest(head.release).recipe
    except (Damaged, NotFound) as error:
        raise SongspaceError(
            f"Expected to build upon the live release {head.release}: {error} {WAYS_ON}"
        ) from error
    bases = {kind: bases_in(recorded) for kind, recorded in recipe["bases"].items()}
    pieces = {kind: listed(refs) for kind, refs in recipe.get("pieces", {}).items()}
    return Live(head.release, references(recipe["artifacts"]), pieces, bases)


def references(recorded: Any) -> Artifacts:
    """References by kind or name, as a manifest records them."""
    return {name: ArtifactRef.model_validate(ref) for name, ref in recorded.items()}


def listed(recorded: Any) -> list[ArtifactRef]:
    """References in their order, as a manifest records them."""
    return [ArtifactRef.model_validate(ref) for ref in recorded]


def bases_in(recorded: Any) -> Artifacts:
    """What one artifact was built upon; the first releases name one reference, of the input `base`."""
    return references({"base": recorded} if "version" in recorded else recorded)


def bases_of(
    stage: Stage, store: Store, live: Live, inputs: Mapping[str, object]
) -> dict[str, ArtifactRef | None]:
    """The live artifacts that *stage* shall build upon, by the name of the input; whole, or taken from the release.

    None stands for one that the live release does not have. Where the live release itself came from
    these very inputs, settings and code, or where all that the stage would be given is among its inputs
    already, it is what the live one was built upon: so the same run again finds what it made before,
    and a catalogue is not compared with itself.

    Raises:
        SongspaceError: If neither an artifact nor its copy in the live release is whole.
    """
    bases = {name: live.artifacts.get(kind) for name, kind in stage.builds_on.items()}
    found = [base for base in bases.values() if base is not None]
    if all(base in inputs.values() for base in found) or came_from(stage, store, live, inputs):
        earlier = live.bases.get(stage.kind, {})
        return {name: earlier.get(name) for name in bases}
    return {name: base and whole(store, base, live.release) for name, base in bases.items()}


def came_from(stage: Stage, store: Store, live: Live, inputs: Mapping[str, object]) -> bool:
    """Whether the live artifact of *stage* was made from *inputs*, whatever it was built upon.

    Of one that is gone its recipe is gone too: then the same artifacts as inputs must do.
    """
    own = live.artifacts.get(stage.kind)
    if own is None:
        return False
    try:
        recorded: Mapping[str, Any] = store.manifest(own).recipe
    except (Damaged, NotFound):
        given = [value for value in inputs.values() if holds_references(value)]
        return bool(given) and all(is_live(value, live) for value in given)
    recipe = stage.recipe(inputs)
    return {**recorded, "inputs": without(stage.builds_on, recorded["inputs"])} == recipe


def holds_references(value: object) -> bool:
    """Whether an input is an artifact, or a list of some."""
    return isinstance(value, ArtifactRef) or (
        isinstance(value, list) and any(isinstance(part, ArtifactRef) for part in value)
    )


def is_live(value: Any, live: Live) -> bool:
    """Whether an artifact, or every piece of a list, is what the live release was made from."""
    if isinstance(value, ArtifactRef):
        return live.artifacts.get(value.kind) == value
    return bool(live.pieces.get(value[0].kind) == value)


def without(names: Collection[str], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs less those of *names*."""
    return {name: value for name, value in inputs.items() if name not in names}


def whole(store: Store, base: ArtifactRef, release: str) -> ArtifactRef:
    """*base* if it verifies, else an artifact of what *release* holds of it."""
    try:
        return store.verify(base)
    except (Damaged, NotFound) as error:
        log.warning("building upon the release %s itself: %s", release, error)
        return taken_from(store, release, BUILT_UPON[base.kind])


def taken_from(store: Store, release: str, folder: str) -> ArtifactRef:
    """An artifact of kind COPY that holds *folder* of a release, checked against its manifest."""
    expected = store.release_manifest(release).below(folder)
    with store.draft() as draft:
        (draft / folder).mkdir()
        try:
            part = store.release_part(release, folder)
            for name in expected:
                shutil.copyfile(part / name.removeprefix(f"{folder}/"), draft / name)
            found = hash_files(draft, expected)
        except (OSError, Damaged) as error:
            raise SongspaceError(f"Could not take {folder} from {release}: {error}.") from error
        if not expected or found != expected:
            raise SongspaceError(
                f"Expected to build upon {folder} of the live release {release}, but it is damaged, "
                f"and so is the artifact it came from. {WAYS_ON}"
            )
        return store.commit(draft, COPY, recipe={"release": release, "folder": folder})


def origin_of(store: Store, base: ArtifactRef) -> ArtifactRef:
    """The artifact that *base* is: itself, or that of a release of which it is a copy.

    Raises:
        Damaged: If a manifest that tells cannot be read.
        NotFound: If the copy or its release is gone.
    """
    if base.kind != COPY:
        return base
    taken: Mapping[str, Any] = store.manifest(base).recipe
    release: Mapping[str, Any] = store.release_manifest(taken["release"]).recipe
    kind = next(kind for kind, folder in BUILT_UPON.items() if folder == taken["folder"])
    return references(release["artifacts"])[kind]
