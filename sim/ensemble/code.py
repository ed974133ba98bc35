"""The code that a process runs: the part that a block depends on, and all of it.

The name of a stored block contains the digest of the code that made it. That code is the engine and
every module of this package that it imports, directly or through others. The list is read from the
import statements. Of the modules that read scenarios, only the classes of values count, because the
name of a block also contains the digest of the values. The digest is that of the source texts
without comments and docstrings, so changing these invalidates no block. Every command that
simulates computes it, so a regular expression reads the texts, which is faster than parsing them.
"""

from __future__ import annotations

import re
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
_LONG = r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
_SHORT = r'"(?:[^"\\\n]|\\.)*"'
_STRING = "|".join((_LONG, _LONG.replace('"', "'"), _SHORT, _SHORT.replace('"', "'")))
_PART = re.compile(
    rf"""
    (?P<gap> ^[ \t]*(?:\#[^\n]*)?\n | [ \t]*\#[^\n]*)  # an empty line, or a comment
    | (?P<bare> ^[ \t]*[rR]?(?:{_STRING})[ \t]*\n)     # a string on lines of its own
    | (?:{_STRING})
    | (?P<opening> [(\[{{]) | (?P<closing> [)\]}}])
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""Parts of a source text. A string is one part, so that what looks like a comment in it is none."""
_IMPORT = re.compile(r"^[ \t]*from (sim(?:\.\w+)+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def code_digest() -> str:
    """Return the digest of the code that a block depends on, of the engine, and of NumPy."""
    return _digest_for(engine())


@cache
def _digest_for(engine: str) -> str:
    seal = sha256(f"{np.__version__} {engine}".encode())
    for name, text in sorted(_reached(ROOTS).items()):
        seal.update(f"{name}\0{text}\0".encode())
    return seal.hexdigest()


def _reached(roots: tuple[str, ...]) -> dict[str, str]:
    """Return some modules and all that they import, directly or indirectly, without comments."""
    reached: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        is_reader = name.startswith("sim.scenario") and name not in WAIST
        file = None if name in reached or is_reader else _file(name)
        if file is not None:
            reached[name] = essence(file.read_text(encoding="utf-8"))
            waiting += _imported(reached[name])
    return reached


def _imported(source: str) -> Iterator[str]:
    """Yield possible names of the modules that a module imports, with the packages around them."""
    for module, names in _IMPORT.findall(source):
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))
        parts = module.split(".")
        yield from (".".join(parts[:length]) for length in range(2, len(parts) + 1))


@cache
def _file(name: str) -> Path | None:
    """Return the file of a module of this package, or None if there is no such module."""
    if not name.startswith("sim."):
        return None
    path = PACKAGE.joinpath(*name.split(".")[1:])
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def essence(source: str) -> str:
    r"""Return a source text without comments, empty lines, docstrings and other bare strings.

    >>> essence("share = 0.5  # of runs\n'The share.'\n\ntext = '#'\n")
    "share = 0.5\ntext = '#'\n"
    """
    kept: list[str] = []
    end = 0
    depth = 0  # of brackets: a string on a line of its own within them is part of an expression
    for part in _PART.finditer(source):
        kind = part.lastgroup
        depth += (kind == "opening") - (kind == "closing")
        is_statement = kind == "bare" and not (depth or source.endswith("\\\n", 0, part.start()))
        if kind == "gap" or is_statement:
            kept.append(source[end : part.start()])
            end = part.end()
    return "".join((*kept, source[end:]))


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
