"""Import Matplotlib, whatever backend ``MPLBACKEND`` names; import this module first.

Matplotlib cannot be imported if the variable names a backend that is not installed. A notebook
passes its backend on to every command that is started from it. Our charts need no backend. A
backend that is installed still applies to the user's figures.

Matplotlib also writes the help texts of its artists while it is imported, which takes as long as
the rest of the import. A process that only runs a command does without them.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module

from sim.io.process import is_of_command

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


def _import_artists_without_help() -> None:
    """Import what charts need, while the function that describes properties returns nothing."""
    from matplotlib import artist

    describe = artist.kwdoc
    artist.kwdoc = lambda artist: ""
    try:
        import_module("matplotlib.figure")
    finally:
        artist.kwdoc = describe


if "matplotlib" not in sys.modules:
    _import_matplotlib()
    if is_of_command():
        _import_artists_without_help()
