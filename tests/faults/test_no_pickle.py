"""Nothing here is pickled: what is read from a disk is never code."""

from __future__ import annotations

import ast
import pickle
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.flows.small_runs import First, Pipeline

ROOT: Final = Path(__file__).parents[2]
OURS: Final = ("songspace", "storage", "models", "tasks", "flows", "benchmarks")

PICKLERS: Final = {
    "pickle",
    "_pickle",
    "cPickle",
    "joblib",
    "cloudpickle",
    "dill",
    "shelve",
    "marshal",
}
"""Modules that make code of what they read."""

FORBIDDEN: Final = {
    *("read_pickle", "to_pickle", "allow_pickle"),
    *("enable_unsafe_deserialization", "safe_mode=False"),
}
"""Functions and arguments of others that do."""

pytestmark = pytest.mark.fault


def sources() -> list[Path]:
    """All our modules, tests left out."""
    return [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]


def faults(source: str) -> Iterator[str]:
    """Every place in a module that could pickle."""
    for node in ast.walk(ast.parse(source)):
        for name in names(node):
            if name.split(".")[0] in PICKLERS or name.split(".")[-1] in FORBIDDEN:
                yield f"line {getattr(node, 'lineno', '?')}: {name}"


def names(node: ast.AST) -> list[str]:
    """Modules, attributes, arguments and short texts that *node* names."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return [node.module or "", *(alias.name for alias in node.names)]
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.keyword(arg=str() as name):
            return [name] if name != "safe_mode" or is_true(node) else ["safe_mode=False"]
        case ast.Constant(value=str() as text):  # a serializer by its name
            return [text.removeprefix("compressed/")]
    return []


def is_true(node: ast.AST) -> bool:
    """Whether an argument is given as True, in so many letters."""
    return isinstance(node, ast.keyword) and ast.unparse(node.value) == "True"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import dump",
        "import numpy as np\nnp.load('a.npy', allow_pickle=True)",
        "load_model(path, safe_mode=False)",
        "task(result_serializer='pickle')",
        "task(result_serializer='compressed/pickle')",
        "keras.config.enable_unsafe_deserialization()",
    ],
)
def test_every_way_to_pickle_is_seen(source: str) -> None:
    assert list(faults(source))


def test_no_module_of_ours_can_pickle() -> None:
    assert len(sources()) > 100

    found = {str(path): list(faults(path.read_text(encoding="utf-8"))) for path in sources()}

    assert {path: places for path, places in found.items() if places} == {}


def test_no_file_that_a_run_leaves_is_a_pickle_nor_holds_one(base: Pipeline, first: First) -> None:
    del first
    files = [path for path in base.root.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} >= {"results", "runs", "live", "model", "report"}

    for path in files:
        for name, content in contents(path):
            assert not is_pickle(content), f"{path} {name}"
            assert b'"pickle"' not in content, f"{path} {name}"  # a serializer by its name


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The file, and where it is an archive, all files in it."""
    yield path.name, path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)


def is_pickle(content: bytes) -> bool:
    """Whether *content* is one whole pickle, of any protocol."""
    try:
        *_, (last, _, end) = pickletools.genops(content)
    except ValueError:  # no operation, or none that ends
        return False
    return last.name == "STOP" and end is not None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_known_as_one(protocol: int) -> None:
    assert is_pickle(pickle.dumps({"a": [1, 2.5, None]}, protocol))
