"""Mesa's model and agent, without the rest of Mesa until something asks for it.

``import mesa`` also imports its spaces, data collector and batch runner, and with them SciPy,
pandas and asyncio. The engine needs none of them. So the body of the package ``mesa`` waits: it
runs when a name is asked of the package, such as ``mesa.space``. All of Mesa then shares the
classes below.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Thread
from typing import Any

__all__ = ["Agent", "Model"]


def _defer_package() -> None:
    """Let the package ``mesa`` be imported with a body that runs when it is first needed."""
    spec = find_spec("mesa")
    if "mesa" in sys.modules or spec is None or spec.loader is None:
        return
    package = module_from_spec(spec)
    loader = spec.loader

    def run_body(name: str) -> Any:
        """Return an attribute that the package lacks until its body has run."""
        del package.__getattr__
        loader.exec_module(package)
        return getattr(package, name)

    package.__getattr__ = run_body  # type: ignore[method-assign]
    sys.modules["mesa"] = package


def _import_on_a_short_stack(module: str) -> None:
    """Import a module in a thread of its own; an error is left to a later import.

    Mesa's loggers read the source of every function on the stack, and the stack of a command is
    deep.
    """

    def attempt() -> None:
        with suppress(Exception):
            import_module(module)

    thread = Thread(target=attempt)
    thread.start()
    thread.join()


_defer_package()
_import_on_a_short_stack("mesa.model")
try:
    from mesa.agent import Agent
    from mesa.model import Model
except ImportError:  # a version whose parts need the whole
    for name in [name for name in sys.modules if name.partition(".")[0] == "mesa"]:
        del sys.modules[name]
    from mesa import Agent, Model
