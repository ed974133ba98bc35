"""Serve the live page to browsers of this machine.

The server answers only requests for an address in digits, for ``localhost`` or for its own name, so
that a foreign name that points to this machine (DNS rebinding) gets nothing. It sends no header
that would let other sites read its answers, and refuses questions from their pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from html import escape
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sim.explore.live import MOST_RUNS, Live, Question
from sim.explore.page import page, policy
from sim.explore.worker import Job, Worker, faults_of
from sim.io.errors import InputError

MOST_BYTES = 64_000
"""Largest body of a request."""
SENDING = 10.0
"""Seconds within which the body of a request must arrive."""
LIVE = ("charts.js", "panels.js", "explorer.js", "live.js", "begin_live.js")
"""Scripts of the live page, in order."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
    b"connection": b"close",  # a connection carries one request, which bounds its time
}

Find = Callable[[str], Live | None]
"""Function that returns the scenario with a name, or None."""


class TooLarge(Exception):
    """A request has a body that is too large."""


def application(find: Find, names: Sequence[str], host: str = "127.0.0.1") -> ASGIApp:
    """Return the server as an ASGI application.

    Args:
        find: returns the scenario with a name.
        names: names of the scenarios, for the list on the front page; with a single one, the front
            page is its page.
        host: name or address that the server listens on.
    """
    worker = Worker()
    routes = [
        Route("/", partial(_front, find, names)),
        Route("/scenario/{name:path}", partial(_page, find)),
        Route("/ask/{name:path}", partial(_ask, find, worker), methods=["POST"]),
    ]
    return _Guarded(Starlette(routes=routes), host)


async def _front(find: Find, names: Sequence[str], request: Request) -> Response:
    if len(names) == 1:
        return await _page_of(find, names[0])
    links = "".join(
        f'<li><a href="/scenario/{quote(name, safe="")}">{escape(name)}</a></li>' for name in names
    )
    return HTMLResponse(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>What if?</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"></head><body><main><h1>What if?</h1>'
        f"<p>Choose a scenario.</p><ul>{links}</ul></main></body></html>",
        headers={"content-security-policy": policy("", "", "'none'")},
    )


async def _page(find: Find, request: Request) -> Response:
    return await _page_of(find, request.path_params["name"])


async def _page_of(find: Find, name: str) -> Response:
    try:
        live = await asyncio.to_thread(find, name)
    except InputError as error:
        return PlainTextResponse(str(error), 422)
    if live is None:
        return PlainTextResponse("no such scenario", 404)
    front = await asyncio.to_thread(live.front, f"/ask/{quote(name, safe='')}")
    return HTMLResponse(page(front, LIVE, "'self'"))


async def _ask(find: Find, worker: Worker, request: Request) -> Response:
    """Answer a question with lines of JSON: progress, and then the answer or what is wrong."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return PlainTextResponse("allowed: application/json", 415)
    try:
        live = await asyncio.to_thread(find, request.path_params["name"])
        if live is None:
            return PlainTextResponse("no such scenario", 404)
        body = await _body(request)
        question = Question.read(body, min(live.request.runs, MOST_RUNS), live.request.seed)
    except TooLarge:
        return PlainTextResponse(f"allowed: at most {MOST_BYTES:,} bytes", 413)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads it
    except TimeoutError:
        return PlainTextResponse(f"allowed: {SENDING:.0f} seconds to send a question", 408)
    except InputError as error:
        return JSONResponse({"faults": faults_of(error)}, 422)
    return StreamingResponse(_lines(worker, live, question), media_type="application/x-ndjson")


async def _body(request: Request) -> bytes:
    """Return the body of a request, without reading more, or for longer, than is allowed."""
    body = b""
    async with asyncio.timeout(SENDING):
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                raise TooLarge
    return body


async def _lines(worker: Worker, live: Live, question: Question) -> AsyncIterator[bytes]:
    """Yield the messages of a job as lines; a reader who leaves cancels it."""
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def send(message: Mapping[str, Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(messages.put_nowait, message)

    job = Job(live, question, send)
    worker.start(job)
    try:
        while True:
            message = await messages.get()
            yield json.dumps(message, separators=(",", ":"), allow_nan=False).encode() + b"\n"
            if "progress" not in message:
                return
    finally:
        job.cancel()


class _Guarded:
    """Refuses requests that other sites could cause, and adds headers to every answer."""

    def __init__(self, inner: ASGIApp, host: str) -> None:
        self._inner = inner
        self._names = {"localhost", host.lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        given = {key.lower(): value.decode("latin-1") for key, value in scope["headers"]}
        if not self._is_ours(given.get(b"host", "")):
            refusal = PlainTextResponse("this server does not answer to that name", 421)
            await refusal(scope, receive, _with_headers(send))
        elif not _is_same_origin(given.get(b"origin"), given.get(b"host", "")):
            refusal = PlainTextResponse("questions from other sites are refused", 403)
            await refusal(scope, receive, _with_headers(send))
        else:
            await self._inner(scope, receive, _with_headers(send))

    def _is_ours(self, host: str) -> bool:
        """Whether a request is for an address in digits, for localhost, or for our own name."""
        name = _without_port(host).lower()
        if name in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _without_port(host: str) -> str:
    """Return the name in a Host header.

    >>> _without_port("[::1]:8000"), _without_port("localhost:8000")
    ('::1', 'localhost')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_same_origin(origin: str | None, host: str) -> bool:
    """Whether a request comes from a page of this server, or from no page at all."""
    return origin is None or origin.partition("://")[2] == host


def _with_headers(send: Send) -> Callable[[Any], Awaitable[None]]:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *HEADERS.items()]}
        await send(message)

    return sending
