"""The code that a task runs, as digests that comments and docstrings do not change."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

from songspace.errors import SongspaceError

PROJECT = frozenset({"tasks", "models", "songspace"})
"""Top-level packages whose code shapes what a task writes; the store's does not: what it keeps is verified."""


class CodeEditedError(SongspaceError):
    """The code on the disk is no longer what was read when the program started."""


def code_digests(module: str) -> dict[str, str]:
    """A digest for *module* and for every module of this project that it imports, however deep."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        digest, imports = read_module(name)
        found[name] = digest
        waiting.extend(imports)
    return dict(sorted(found.items()))


def refuse_edited(digests: Mapping[str, str], loaded: Set[str]) -> None:
    """Raise if modules that were imported since, or files beside them, are not those of *digests*.

    Args:
        digests: By module, as they were read when the program started.
        loaded: Modules that were imported by then: to edit those changes nothing any more.

    Raises:
        CodeEditedError: Names the modules.
    """
    edited = [
        name
        for name, digest in digests.items()
        if (name not in loaded or source_file(name).name == "__init__.py")
        and read_module.__wrapped__(name)[0] != digest
    ]
    if edited:
        raise CodeEditedError(
            f"The code of {', '.join(edited)} was edited during the run. Expected the code that the "
            "run started with, so nothing of this step is kept: run again."
        )


@cache
def read_module(name: str) -> tuple[str, tuple[str, ...]]:
    """Digest of one module's code and of the files it lies beside, and the project's modules it imports."""
    path = source_file(name)
    tree = ast.parse(path.read_bytes())
    imports = tuple(sorted(set(imported(tree))))
    drop_docstrings(tree)
    digest = hashlib.sha256(ast.dump(tree, include_attributes=False).encode())
    if path.name == "__init__.py":
        for file in sorted(data_files(path.parent)):
            digest.update(file.relative_to(path.parent).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16], imports


def data_files(package: Path) -> Iterator[Path]:
    """What a package holds beside its modules, such as templates; not what packages inside it hold."""
    for path in package.iterdir():
        if path.name.startswith(".") or path.name.endswith(("~", ".orig", ".rej")):
            continue  # what editors leave behind
        if path.is_file() and path.suffix != ".py":
            yield path
        elif path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            yield from data_files(path)


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of the project's modules that a syntax tree imports, their packages included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] in PROJECT:
                yield from existing_modules(name)


def existing_modules(name: str) -> Iterator[str]:
    """*name* and the packages above it, as far as they are modules and not names inside one."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        prefix = ".".join(parts[:depth])
        if find_source(prefix) is not None:
            yield prefix


@cache
def find_source(name: str) -> Path | None:
    """The file of a module of this project, or None; nothing below the top-level package is imported."""
    top, *below = name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0], *below)
    for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if file.is_file():
            return file
    return None


def source_file(name: str) -> Path:
    """The file of a module of this project, which must be there."""
    file = find_source(name)
    if file is None:
        raise ModuleNotFoundError(f"No source file for the module {name!r}.")
    return file


def drop_docstrings(tree: ast.AST) -> None:
    """Remove the docstring of every module, class and function, and every other idle string, in place."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not is_idle_string(line)]  # type: ignore[attr-defined]


def is_idle_string(line: ast.stmt) -> bool:
    """Whether a statement is nothing but a string."""
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
