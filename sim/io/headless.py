"""Import Matplotlib, whatever backend ``MPLBACKEND`` names: import this module before any of Matplotlib.

Matplotlib refuses to be imported where the variable names a backend that the environment does not have, and a notebook
passes its own backend on to every command that is started from it. Charts are drawn on figures of their own and need
none. A backend that is known stays in force for the user's own figures.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

VARIABLE = "MPLBACKEND"


def _import_matplotlib() -> None:
    named = os.environ.pop(VARIABLE, "")
    try:
        import matplotlib
    finally:
        if named:
            os.environ[VARIABLE] = named
    if named:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = named


if "matplotlib" not in sys.modules:
    _import_matplotlib()
