"""Start the server of the live page. Starlette and uvicorn are optional and imported here only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sim.catalogue import entries, locate
from sim.explore.live import Live, live_of
from sim.io.errors import UsageError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

NEEDED = ("starlette", "uvicorn")
MISSING = "sim serve needs {}; install it with: pip install '.[serve]'"


def prepared(
    scenario: str | None, sets: tuple[str, ...], size: tuple[int, int, int], host: str
) -> ASGIApp:
    """Return the server of one scenario, or of all that are known.

    Args:
        scenario: name or file of a scenario; None for all.
        sets: values to set for every answer, as ``path=value``.
        size: number of runs, number of draws, and seed.
        host: name or address that the server listens on.

    Raises:
        InputError: the scenario has faults.
        UsageError: an optional package is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(MISSING.format(" and ".join(missing)))
    from sim.explore.serve import application

    known: dict[str, Live] = {}
    if scenario is not None:
        file = locate("scenario", scenario)
        known[file.stem] = live_of(file, scenario, sets, size)
        return application(known.get, [file.stem], host)
    files = {entry.name: entry.path for entry in entries("scenario")}

    def find(name: str) -> Live | None:
        if name not in known and name in files:
            known[name] = live_of(files[name], name, sets, size)
        return known.get(name)

    return application(find, list(files), host)


def is_local(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on a name or an address.

    >>> is_local("127.0.0.1"), is_local("0.0.0.0")
    (True, False)
    """
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host.lower() == "localhost"


def run_server(app: ASGIApp, host: str, port: int, announce: Callable[[str], object]) -> None:
    """Serve an application until the user stops it.

    Args:
        app: the application.
        host: name or address to listen on.
        port: port to listen on; 0 for any free one.
        announce: called with the address of the page.

    Raises:
        UsageError: the address cannot be used.
    """
    with closing(_listening(host, port)) as listener:
        chosen = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{chosen}/")
        with suppress(KeyboardInterrupt):  # the usual way to stop it
            server(app).run(sockets=[listener])


def server(app: ASGIApp) -> uvicorn.Server:
    """Return a server that limits the time of connections, and ends soon after a signal."""
    import uvicorn

    from sim.explore.connections import Connection

    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # a browser that connects before the server is ready waits
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise UsageError(f"--host {host} --port {port}: {reason}; choose another --port") from None
    return listener
