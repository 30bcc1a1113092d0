"""`python -m flows`: run the pipeline, look after its releases."""

from __future__ import annotations

import sys

from flows.environment import prepare

prepare()  # before the libraries that read it are imported

from flows.commands import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
