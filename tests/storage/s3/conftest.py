"""A store in a bucket; the ways to fill it are those of the store on a disk."""

from __future__ import annotations

import pytest

from songspace.s3.url import Url
from storage import Store


@pytest.fixture
def store(s3_root: Url) -> Store:
    return Store.open(str(s3_root))
