"""The code that a process runs: the part that a block depends on, and all of it.

The name of a stored block contains the digest of the code that made it. That code is the engine and
every module of this package that it imports, directly or through others. The list is read from the
import statements. Of the modules that read scenarios, only the classes of values count, because the
name of a block also contains the digest of the values. The digest is that of the syntax tree
without docstrings, so changed comments and docstrings invalidate no block.
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

from sim.engine.compiled import engine
from sim.io.version import __version__

PACKAGE = Path(__file__).resolve().parents[1]
WAIST = ("sim.scenario.quantity", "sim.scenario.schema", "sim.scenario.posterior")
"""The modules of ``sim.scenario`` that a block depends on: the classes of values."""
ROOTS = ("sim.engine.world", "sim.ensemble.ensemble", *WAIST)
"""Modules that simulate a block: the world, and the module that turns its record into a block."""
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Parts of a statement that contain statements."""


def code_digest() -> str:
    """Return the digest of the code that a block depends on, of the engine, and of NumPy."""
    return _digest_for(engine())


@cache
def _digest_for(engine: str) -> str:
    seal = sha256(f"{np.__version__} {engine}".encode())
    for name in sorted(_reached(ROOTS)):
        seal.update(f"{name}\0{_essence(name)}\0".encode())
    return seal.hexdigest()


def _reached(roots: tuple[str, ...]) -> set[str]:
    """Return some modules of this package and all that they import, directly or indirectly."""
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
    """Yield possible names of the modules that a module imports, with the packages around them."""
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            parts = node.module.split(".")
            yield from (".".join(parts[:length]) for length in range(2, len(parts) + 1))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all statements in it, without the expressions, which are most of a tree."""
    yield node
    for block in BLOCKS:
        parts = getattr(node, block, ())
        for part in parts if isinstance(parts, list) else ():
            yield from _statements(part)


def _file(name: str) -> Path | None:
    """Return the file of a module of this package, or None if there is no such module."""
    if not name.startswith("sim."):
        return None
    path = PACKAGE.joinpath(*name.split(".")[1:])
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


@cache
def _tree(name: str) -> ast.Module:
    file = _file(name)
    assert file is not None
    return ast.parse(file.read_text(encoding="utf-8"))


def _essence(name: str) -> str:
    """Return the syntax tree of a module as text, without docstrings and other bare strings."""
    tree = _tree(name)
    for node in _statements(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    constant = node.value if isinstance(node, ast.Expr) else None
    return isinstance(constant, ast.Constant) and isinstance(constant.value, str)


@dataclass(frozen=True)
class Code:
    """The code that a process runs: processes with the same code produce the same numbers.

    Attributes:
        version: version of this package.
        digest: digest of all its modules, because a worker runs more than a block depends on.
        libraries: name and version of each numerical library, and the engine.
    """

    version: str
    digest: str
    libraries: tuple[tuple[str, str], ...]

    def differences(self, expected: Code) -> list[str]:
        """Return differences from the expected code, such as ``numpy 2.1.0, expected 1.26.4``.

        >>> Code("1.0", "", ()).differences(Code("1.1", "", ()))
        ['demarche 1.0, expected 1.1']
        """
        differences = []
        if self.version != expected.version:
            differences.append(f"demarche {self.version}, expected {expected.version}")
        elif self.digest != expected.digest:
            digests = f"digest {self.digest[:8]}, expected {expected.digest[:8]}"
            differences.append(f"demarche {self.version} {digests}")
        here = dict(self.libraries)
        for name, wanted in expected.libraries:
            if here[name] != wanted:
                differences.append(f"{name} {here[name]}, expected {wanted}")
        return differences


def installed() -> Code:
    """Return the code that this process runs."""
    libraries = (("numpy", np.__version__), ("mesa", version("mesa")), ("engine", engine()))
    return Code(__version__, _digest_of_all(), libraries)


@cache
def _digest_of_all() -> str:
    seal = sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).as_posix().encode()
        seal.update(name + b"\0" + file.read_bytes() + b"\0")
    return seal.hexdigest()
