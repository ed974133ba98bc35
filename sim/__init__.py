"""Demarche: a diplomatic-stance scenario simulator.

The Python API is small: :func:`load`, :func:`run`, :func:`why`, :func:`diff`, :func:`sweep`,
:func:`explorer`, :func:`compare`, :func:`fit`, :func:`score` and :func:`open_result`, and the
classes that they return::

    import sim

    result = sim.run("april_2016", runs=500, draws=50)    # simulate a scenario
    result.summary                                        # measures, with chance and parameters
    result.outcomes                                       # one row for each run
    result.plot("endings")                                # a chart
    print(result.trace(7))                                # what happened in run 7
    result.report()                                       # path of the report

    sim.why(result).sentence                              # what moves the outcomes most
    sim.diff("april_2016", set={"policies.RUS": "aside"}).table()   # differences, with intervals

    weak = sim.run("april_2016", runs=500, draws=50, set={"mechanisms.leverage": 0})
    swept = sim.sweep("april_2016", {"mechanisms.leverage": [0, 0.3]}, runs=500, draws=50)
    swept.table                                           # one row for each cell and measure
    sim.compare("golts", quick=True).verdicts             # one row for each claim

``help(sim.run)`` explains one function. The API is imported when it is first used.
"""

# ruff: noqa: F403, F405  (`__all__` is the only list of names; the star import is for type checkers)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.io.version import __version__ as __version__

__all__ = [
    "Comparison",
    "Differences",
    "Fit",
    "InputError",
    "Loaded",
    "Result",
    "RunsFailed",
    "Sweep",
    "UsageError",
    "Why",
    "compare",
    "diff",
    "explorer",
    "fit",
    "load",
    "open_result",
    "run",
    "score",
    "sweep",
    "why",
]

TYPES = ("Scenario",)
"""Further names, which ``help(sim)`` leaves out: a model inherits hundreds of methods."""

if TYPE_CHECKING:
    from sim.api import *


def __getattr__(name: str) -> Any:
    """Return a name of the API, importing what it needs."""
    if name not in (*__all__, *TYPES):
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    from sim import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the names of the API."""
    return [*__all__, *TYPES, "__version__"]
