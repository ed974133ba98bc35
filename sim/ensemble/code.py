"""What code a process runs: the part that the content of a block depends on, and the whole.

A block in the store is found by the digest of the code that made it. That code is the engine and every module of this
package that it imports, directly or through others; the list is read off the import statements. Of the reading of
scenarios it is only the classes of values, since a block is named by the digest of the values as well. The digest is of
the syntax tree without docstrings, so a comment or a better sentence empties no store.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sim.io.version import __version__

PACKAGE = Path(__file__).resolve().parents[1]
WAIST = ("sim.scenario.quantity", "sim.scenario.schema", "sim.scenario.posterior")
"""All that a block depends on of the package ``sim.scenario``: the values themselves."""
ROOTS = ("sim.engine.world", "sim.ensemble.ensemble", *WAIST)
"""Modules that simulate a block: the world, and what turns its records into a block."""


@cache
def code_digest() -> str:
    """Return the digest of the code that the content of a block depends on, and of numpy's version."""
    seal = sha256(np.__version__.encode())
    for name in sorted(_reached(ROOTS)):
        seal.update(f"{name}\0{_essence(name)}\0".encode())
    return seal.hexdigest()


def _reached(roots: tuple[str, ...]) -> set[str]:
    """Return the modules of this package that some modules import, directly or through others, and themselves."""
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        is_reader = name.startswith("sim.scenario") and name not in WAIST
        if name not in reached and not is_reader and _file(name) is not None:
            reached.add(name)
            waiting += _imported(_tree(name))
    return reached


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield what may be the names of modules that a module imports, those of the packages around them included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            parts = node.module.split(".")
            yield from (".".join(parts[:length]) for length in range(2, len(parts) + 1))


def _file(name: str) -> Path | None:
    """Return the file of a module of this package, or None where there is no such module."""
    if not name.startswith("sim."):
        return None
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def _tree(name: str) -> ast.Module:
    file = _file(name)
    assert file is not None
    return ast.parse(file.read_text(encoding="utf-8"))


def _essence(name: str) -> str:
    """Return the syntax of a module without its docstrings and other bare texts."""
    tree = _tree(name)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@dataclass(frozen=True)
class Code:
    """The code that a process runs: two processes with the same code get the same numbers.

    Attributes:
        version: of this package.
        digest: of all its modules; a worker runs more of them than a block's content depends on.
        libraries: name and version of the libraries that do the arithmetic.
    """

    version: str
    digest: str
    libraries: tuple[tuple[str, str], ...]

    def differences(self, expected: Code) -> list[str]:
        """Return how this code differs from what is expected, such as ``numpy 2.1.0, expected 1.26.4``."""
        found = []
        if self.version != expected.version:
            found.append(f"demarche {self.version}, expected {expected.version}")
        elif self.digest != expected.digest:
            found.append(f"demarche {self.version} digest {self.digest[:8]}, expected {expected.digest[:8]}")
        wanted = dict(expected.libraries)
        found += [f"{name} {own}, expected {wanted[name]}" for name, own in self.libraries if own != wanted[name]]
        return found


@cache
def installed() -> Code:
    """Return the code that this process runs."""
    seal = sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        seal.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return Code(__version__, seal.hexdigest(), (("numpy", np.__version__), ("mesa", version("mesa"))))
