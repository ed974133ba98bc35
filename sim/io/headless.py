"""Import Matplotlib, whatever backend ``MPLBACKEND`` names; import this module first.

Matplotlib cannot be imported if the variable names a backend that is not installed. A notebook
passes its backend on to every command that is started from it. Our charts need no backend. A
backend that is installed still applies to the user's figures.
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
