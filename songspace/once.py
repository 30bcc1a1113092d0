"""Properties that are worked out when first asked for, once, whichever threads ask."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import Any, Self, TypeVar, overload

T = TypeVar("T")


class once(cached_property[T]):  # noqa: N801 - a decorator, like its base
    """A cached property for which a second thread waits instead of working it out as well.

    Once it is there it costs what an attribute costs.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | T:
        """The value, or the property itself if asked of the class."""
        if instance is None:
            return self
        lock = instance.__dict__.setdefault(f"_lock_of_{self.attrname}", RLock())
        with lock:
            return super().__get__(instance, owner)
