"""`python -m flows`: run the pipeline, look after its releases."""

from __future__ import annotations

import sys

from flows.commands import main

if __name__ == "__main__":
    sys.exit(main())
