"""Connections to the server of the live page: few at a time, and each for a limited time.

The server of uvicorn waits without end for a request that does not come, and for a reader who does
not read. The modules of uvicorn are optional; only :mod:`sim.explore.serving` imports this one.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 64
"""Connections at a time. Further ones are closed at once."""
ASKING = 10.0
"""Seconds within which the head of a request must arrive."""
ANSWERING = 600.0
"""Seconds after which a connection ends, whether or not its request is answered."""


class Connection(H11Protocol):
    """A connection that carries one request and cannot stay for ever."""

    _limits: tuple[asyncio.TimerHandle, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close the connection if there are too many, or else limit its time."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._limits = (
            self.loop.call_later(ASKING, self._end_if_nothing_was_asked),
            self.loop.call_later(ANSWERING, transport.abort),
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the limits of its time."""
        super().connection_lost(exc)
        for limit in self._limits:
            limit.cancel()

    def shutdown(self) -> None:
        """Close the connection at once when the server stops."""
        super().shutdown()
        self.transport.abort()

    def _end_if_nothing_was_asked(self) -> None:
        if self.cycle is None:
            self.transport.abort()
