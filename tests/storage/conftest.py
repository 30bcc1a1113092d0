"""A store on a temporary folder or in a bucket, and short ways to fill and to damage it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from songspace.sealed import JSON
from storage import ArtifactRef, Store


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """On a disk, unless a test asks for one in a bucket, see `both`."""
    if getattr(request, "param", "disk") == "bucket":
        return Store.open(str(request.getfixturevalue("s3_root")))
    return Store.open(tmp_path / "store")


@pytest.fixture
def keep(store: Store) -> Callable[..., ArtifactRef]:
    """Commits the given files as an artifact."""

    def commit(
        files: Mapping[str, bytes],
        kind: str = "songs",
        recipe: Mapping[str, JSON] | None = None,
    ) -> ArtifactRef:
        with store.draft() as draft:
            for name, content in files.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).write_bytes(content)
            return store.commit(draft, kind, recipe=recipe or {})

    return commit


@pytest.fixture
def build(store: Store, keep: Callable[..., ArtifactRef]) -> Callable[[int], str]:
    """Builds the release with that number as its only content."""

    def build_release(number: int) -> str:
        songs = keep({"songs/part-0.parquet": b"song %d" % number})
        return store.build_release({"songs": (songs, "songs")}, meta={"number": number})

    return build_release


@pytest.fixture
def flip() -> Callable[[Path], None]:
    """Flips one bit in the middle of a file, behind the store's back."""

    def flip_bit(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 4
        path.chmod(0o644)
        path.write_bytes(content)

    return flip_bit
