"""The manifest of a folder: what it holds, made from what, and the sha256 of every file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from songspace.errors import Damaged, NotFound
from songspace.files import unreadable
from songspace.places import Place, read_bytes
from songspace.sealed import JSON, require_format, seal, sha256_of, unseal

FORMAT: Final = 1
"""Version of the manifest's layout; readers refuse a newer one."""

MANIFEST: Final = "MANIFEST.json"
"""Name of the manifest, at the top of its folder and nowhere below."""

RELEASE: Final = "release"
"""The kind of a release; any other kind is an artifact's."""

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=+-]{0,127}")
_DEEPEST: Final = 8
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def is_safe(name: str) -> bool:
    """Whether a manifest may list *name*: plain ASCII, relative, nothing hidden, no `..`, no manifest."""
    segments = name.split("/")
    plain = all(_SEGMENT.fullmatch(part) for part in segments)
    return plain and len(segments) <= _DEEPEST and segments[-1] != MANIFEST


@dataclass(frozen=True)
class FileFacts:
    """Size in bytes and sha256 of one file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a folder holds, and what it was made from."""

    kind: str
    version: str
    created_at: datetime
    recipe: Mapping[str, JSON]
    files: Mapping[str, FileFacts]

    @property
    def digest(self) -> str:
        """One sha256 for all files: equal contents have equal digests, whenever they were made."""
        return content_digest(self.files)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(facts.size for facts in self.files.values())

    def below(self, folder: str) -> dict[str, FileFacts]:
        """The files under *folder*, sorted by name, keyed by their path inside the manifest."""
        return {
            name: self.files[name] for name in sorted(self.files) if name.startswith(f"{folder}/")
        }


def content_digest(files: Mapping[str, FileFacts]) -> str:
    """The sha256 over the names and digests of *files*."""
    return sha256_of({name: facts.sha256 for name, facts in files.items()})


def dump_manifest(manifest: Manifest) -> bytes:
    """The manifest as it is written to a file."""
    return seal(
        {
            "format": FORMAT,
            "kind": manifest.kind,
            "version": manifest.version,
            "created_at": manifest.created_at.astimezone(UTC).isoformat(timespec="seconds"),
            "digest": manifest.digest,
            "recipe": manifest.recipe,
            "files": {
                name: {"bytes": facts.size, "sha256": facts.sha256}
                for name, facts in sorted(manifest.files.items())
            },
        }
    )


def read_manifest(folder: Place) -> Manifest:
    """The manifest of *folder*; the files that it lists are not looked at.

    Raises:
        NotFound: If *folder* has no manifest.
        Damaged: If it was changed, or lists a name that leads elsewhere.
        SongspaceError: If it has a newer format, or the disk does not give it.
    """
    path = folder / MANIFEST
    try:
        data = read_bytes(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{folder} has no {MANIFEST}.") from error
    except OSError as error:
        raise unreadable(path, error) from error
    return _parse(unseal(data, str(path)), path)


def _parse(record: dict[str, Any], path: Place) -> Manifest:
    """The checked manifest in *record*."""
    require_format(record, FORMAT, str(path))
    try:
        manifest = Manifest(
            kind=str(record["kind"]),
            version=str(record["version"]),
            created_at=datetime.fromisoformat(record["created_at"]),
            recipe=dict(record["recipe"]),
            files={name: _facts(name, facts) for name, facts in record["files"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{path} is not a manifest: {error!r}.") from error
    if record.get("digest") != manifest.digest:
        raise Damaged(f"{path} lists files that do not give its digest {record.get('digest')!r}.")
    if manifest.kind == RELEASE and not manifest.version.endswith(f"-{manifest.digest[:8]}"):
        raise Damaged(f"{path} names {manifest.version!r}, its files {manifest.digest[:8]}.")
    return manifest


def _facts(name: str, facts: dict[str, Any]) -> FileFacts:
    """The checked facts of one listed file."""
    size, sha256 = facts["bytes"], facts["sha256"]
    if not is_safe(name):
        raise ValueError(f"unsafe file name {name!r}")
    if type(size) is not int or size < 0 or not _SHA256.fullmatch(sha256):
        raise ValueError(f"bad size or sha256 of {name!r}")
    return FileFacts(size, sha256)
