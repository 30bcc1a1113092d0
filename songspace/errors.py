"""What can go wrong between a reader and a release, as exceptions."""

from __future__ import annotations


class SongspaceError(Exception):
    """Base of every error that this project raises on purpose about kept data."""


class NotFound(SongspaceError):
    """There is no release, artifact, table or file of that name."""


class Damaged(SongspaceError):
    """Something kept is not what was written: the message names the file."""


class MixedSpaces(SongspaceError):
    """Latents of two spaces were to be compared: the message names both."""


class Unanswerable(SongspaceError, ValueError):
    """What was asked for is well formed and has no answer: the message says why."""
