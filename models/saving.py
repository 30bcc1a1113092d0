"""Networks as files whose bytes depend on nothing but the network."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import keras

from songspace.errors import Damaged

MIDNIGHT_1980 = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip file can hold."""


def save_network(network: keras.Model, path: Path) -> None:
    """Save *network* as `.keras`, without the moment and the memory addresses that Keras writes into it."""
    accidental = path.with_name(f"accidental-{path.name}")
    network.save(accidental)
    with zipfile.ZipFile(accidental) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            target.writestr(zipfile.ZipInfo(name, MIDNIGHT_1980), without_accidents(name, content))
    accidental.unlink()


def load_network(path: Path) -> keras.Model:
    """The network that `save_network` saved.

    Raises:
        Damaged: If it is no such file, or one that wants to run code of its own; none of that is run.
    """
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError) as error:
        reason, _, _ = str(error).partition("\n")
        raise Damaged(
            f"{path} is refused, for a network is layers and weights and no code: {reason[:300]}"
        ) from error


def without_accidents(name: str, content: bytes) -> bytes:
    """One file of a `.keras` archive, less what differs between two savings of one network."""
    match name:
        case "metadata.json":
            metadata = json.loads(content)
            metadata.pop("date_saved", None)
            return json.dumps(metadata).encode()
        case "config.json":
            return number_shared_objects(content.decode()).encode()
    return content


def number_shared_objects(config: str) -> str:
    """The configuration with its shared objects numbered from 1 instead of by their address."""
    numbers: dict[str, int] = {}
    return re.sub(
        r'("shared_object_id": )(\d+)',
        lambda match: match[1] + str(numbers.setdefault(match[2], len(numbers) + 1)),
        config,
    )
