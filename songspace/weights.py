"""Weights as a safetensors file that says how it is to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from songspace.errors import Damaged
from songspace.files import open_regular, unreadable
from songspace.sealed import JSON, require_format

FORMAT: Final = 1
"""Version of the file's layout; readers refuse another one."""

METADATA: Final = "songspace"
"""The one key of the file's metadata: safetensors writes several in an order that changes from run to run."""

Tensors: TypeAlias = dict[str, npt.NDArray[Any]]


def write_weights(
    path: Path, tensors: Mapping[str, npt.NDArray[np.float32]], facts: Mapping[str, JSON]
) -> None:
    """Write *tensors* and what is needed to read them; equal ones give equal bytes."""
    record = json.dumps({"format": FORMAT, **facts}, sort_keys=True)
    # A view that is not contiguous would be written as the memory behind it.
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    save_file(contiguous, path, metadata={METADATA: record})


def read_weights(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """The tensors and facts that `write_weights` wrote.

    Raises:
        Damaged: If it is no such file, or not the whole of it.
        SongspaceError: If it has another format, or the disk does not give it.
    """
    try:
        with open_regular(path), safe_open(path, framework="numpy") as file:
            facts = read_facts(file.metadata(), str(path))  # first: it may be of another format
            names = file.keys()
            return dict(zip(names, map(file.get_tensor, names), strict=True)), facts
    except OSError as error:
        raise unreadable(path, error) from error
    except (SafetensorError, TypeError) as error:  # TypeError: a type of numbers that NumPy has not
        raise Damaged(f"{path} is no whole safetensors file: {error}.") from error


def read_facts(metadata: Mapping[str, str] | None, name: str) -> dict[str, Any]:
    """The facts in the metadata of the file that errors call *name*."""
    try:
        facts = dict(json.loads((metadata or {})[METADATA]))
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{name} does not say how its weights are to be read: {error!r}.") from error
    require_format(facts, FORMAT, name)
    return facts
