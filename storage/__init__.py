"""Where things are kept: artifacts, releases and the ledger that says which release is live."""

from storage.artifacts import ArtifactRef
from storage.errors import Conflict, StoreError
from storage.local import LocalStore
from storage.store import Store

__all__ = ["ArtifactRef", "Conflict", "LocalStore", "Store", "StoreError"]
