"""JSON as the project writes it: UTF-8, indented, with a final newline."""

from __future__ import annotations

import json
from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Write *value* into the file *path*; NaN and infinity are refused, since JSON has none."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
