"""What holds of a store wherever it is: such tests are run on a disk and in a bucket."""

from __future__ import annotations

import pytest

BOTH = pytest.mark.parametrize("store", ["disk", "bucket"], indirect=True)
