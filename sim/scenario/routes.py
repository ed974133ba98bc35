"""Routes: paths to the values of a document."""

from __future__ import annotations

from sim.io.text import clipped

Route = tuple[str | int, ...]
"""Keys and list positions from the top of a document to one of its values."""


def dotted(route: Route) -> str:
    """Return a route as faults show it.

    >>> dotted(("actors", "NOR", "ties", "SUD"))
    'actors.NOR.ties.SUD'
    """
    return ".".join(clipped(str(part)) for part in route)
