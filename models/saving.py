"""Networks as files whose bytes depend on nothing but the network."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras

MIDNIGHT_1980 = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip file can hold."""


def save_network(network: keras.Model, path: Path) -> None:
    """Save *network* as `.keras`, without the time of day that Keras writes into it."""
    dated = path.with_name(f"dated-{path.name}")
    network.save(dated)
    with zipfile.ZipFile(dated) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            target.writestr(zipfile.ZipInfo(name, MIDNIGHT_1980), undated(name, source.read(name)))
    dated.unlink()


def undated(name: str, content: bytes) -> bytes:
    """One file of a `.keras` archive, less its date."""
    if name != "metadata.json":
        return content
    metadata = json.loads(content)
    metadata.pop("date_saved", None)
    return json.dumps(metadata).encode()
