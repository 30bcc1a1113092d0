"""Where something lies in a bucket, as `s3://bucket/prefix`; joined with `/` like a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SCHEME: Final = "s3://"

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.=+-]{1,255}")


@dataclass(frozen=True, order=True)
class Url:
    """A folder or an object of a bucket; it holds no connection."""

    bucket: str
    key: str = ""  # without a slash at either end; empty: the whole bucket

    @classmethod
    def parse(cls, text: str) -> Url:
        """The place that *text* names.

        Raises:
            ValueError: If it names none, or a folder that could be mistaken for another.
        """
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        key = key.strip("/")
        segments = key.split("/") if key else []
        plain = all(_SEGMENT.fullmatch(one) and one.strip(".") for one in segments)
        if not text.startswith(SCHEME) or not _BUCKET.fullmatch(bucket) or not plain:
            raise ValueError(
                f"Expected s3://bucket/prefix, of letters, digits and -_.=+ only. Received: {text[:200]!r}."
            )
        return cls(bucket, key)

    @property
    def name(self) -> str:
        """The last part of the key; of a whole bucket its name."""
        return self.key.rpartition("/")[2] or self.bucket

    @property
    def parent(self) -> Url:
        """The folder that it lies in."""
        return Url(self.bucket, self.key.rpartition("/")[0])

    def __truediv__(self, name: str) -> Url:
        return Url(self.bucket, f"{self.key}/{name}" if self.key else name)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}".rstrip("/")
