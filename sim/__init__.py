"""Demarche: a diplomatic-stance scenario simulator.

The Python API is small: :func:`load`, :func:`run`, :func:`sweep`, :func:`compare`, :func:`fit`,
:func:`score` and :func:`open_result`, and the classes that they return. It is imported when it is
first used.
"""

# ruff: noqa: F403, F405  (`__all__` is the only list of names; the star import is for type checkers)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.io.version import __version__ as __version__

__all__ = [
    "Comparison",
    "Fit",
    "InputError",
    "Loaded",
    "Result",
    "RunsFailed",
    "Scenario",
    "Sweep",
    "compare",
    "fit",
    "load",
    "open_result",
    "run",
    "score",
    "sweep",
]

if TYPE_CHECKING:
    from sim.api import *


def __getattr__(name: str) -> Any:
    """Return a name of the API, importing what it needs."""
    if name not in __all__:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    from sim import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the names of the API."""
    return [*__all__, "__version__"]
