"""`python -m flows`: run the pipeline, look after its releases."""

from __future__ import annotations

import os
import sys

# Read by libraries when they are first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("DO_NOT_TRACK", "1")

from flows.commands import main

if __name__ == "__main__":
    sys.exit(main())
