"""The published contract of a release: its tables, and how to open one."""

from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.release import Release
from songspace.release import open_release as open  # noqa: A004 - songspace.open, like gzip.open

__all__ = ["Damaged", "NotFound", "Release", "SongspaceError", "open"]
