"""The server under attack, through real connections: each is refused, and others are answered."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from commands import scenario

pytest.importorskip("starlette", reason="starlette is not installed: pip install '.[serve]'")
pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install '.[serve]'")

from sim.explore import connections, serve
from sim.explore.live import live_of
from sim.explore.serving import server

SECRET = b"root:"
HOST = b"Host: 127.0.0.1\r\n"
ASK = b"POST /ask/crisis HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Return the address of a server that answers questions about a crisis."""
    file: Path = scenario(tmp_path_factory.mktemp("served"))
    app = serve.application({"crisis": live_of(file, "crisis", (), (20, 4, 1))}.get, ["crisis"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = server(app)
        thread = threading.Thread(target=served.run, args=([listener],))
        thread.start()
        yield listener.getsockname()
        served.should_exit = True
        thread.join(timeout=60)
        assert not thread.is_alive()


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=60)


def received(connection: socket.socket) -> bytes:
    """Return all that is received until the server closes the connection."""
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answer(address: tuple[str, int], request: bytes) -> bytes:
    """Send bytes, and return what is received until the server closes the connection."""
    with connected(address) as connection:
        with suppress(ConnectionError):  # it may not read on
            connection.sendall(request)
        return received(connection)


def status(said: bytes) -> int:
    return int(said.split()[1])


def works(address: tuple[str, int]) -> bool:
    """Return whether an ordinary question is answered."""
    body = json.dumps({"runs": 10}).encode()
    said = answer(address, ASK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    return said.startswith(b"HTTP/1.1 200") and b'"book"' in said


@pytest.mark.parametrize(
    "path",
    [
        b"/scenario/..%2f..%2f..%2f..%2fetc%2fpasswd",
        b"/scenario/../../../../etc/passwd",
        b"/scenario/%2fetc%2fpasswd",
        b"/scenario/%00",
        b"//etc/passwd",
        b"/ask/..%2f..%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_to_a_file(address: tuple[str, int], path: bytes) -> None:
    said = answer(address, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(said) in (404, 405)
    assert SECRET not in said


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 200_000 + b"\r\n\r\n", 400),
        (b"\x16\x03\x01 not HTTP\r\n\r\n", 400),
        (ASK + b"Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}", 403),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 200),
    ],
)
def test_an_odd_head_gets_no_more_than_a_page(
    address: tuple[str, int], head: bytes, code: int
) -> None:
    said = answer(address, head)
    is_cut_off = not said and len(head) > serve.MOST_BYTES  # closed before all is sent
    assert is_cut_off or status(said) == code
    assert b"access-control-allow" not in said.lower() and b"101 Switching" not in said
    assert works(address)


@pytest.mark.parametrize("length", [b"Content-Length: 90000000", b"Transfer-Encoding: chunked"])
def test_a_huge_body_is_not_read(address: tuple[str, int], length: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(ASK + length + b"\r\n\r\n")
        sent = 0
        with pytest.raises(ConnectionError):
            while sent < 90_000_000:
                connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                sent += 0x10000
    assert sent < 80_000_000
    assert works(address)


def test_who_asks_nothing_is_sent_away(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ASKING", 0.1)
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: 127"):
        assert answer(address, begun) == b""


def test_who_sends_a_question_slowly_is_sent_away(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "SENDING", 0.1)
    assert status(answer(address, ASK + b"Content-Length: 100\r\n\r\n{")) == 408


def test_who_does_not_read_is_sent_away(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ASKING", 600.0)  # only the other limit can end it
    monkeypatch.setattr(connections, "ANSWERING", 0.1)
    with connected(address) as connection:
        assert received(connection) == b""


def test_who_leaves_in_the_middle_of_a_question_harms_nobody(
    address: tuple[str, int], capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(address) as connection:
        connection.sendall(ASK + b"Content-Length: 100\r\n\r\n{")
    assert works(address)
    assert "Traceback" not in capfd.readouterr().err


def test_too_many_connections_are_refused_and_then_forgotten(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 4)
    crowd = [connected(address) for _ in range(30)]
    refused = [connection for connection in crowd[4:] if received(connection) == b""]
    assert len(refused) == 26
    for connection in crowd:
        connection.close()
    deadline = time.monotonic() + 60
    while not works(address):  # the server has not yet noticed that they left
        assert time.monotonic() < deadline


def test_a_server_that_stops_ends_all_connections_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    live = live_of(scenario(tmp_path), "crisis", (), (20, 4, 1))
    app = serve.application({"crisis": live}.get, ["crisis"])
    question = json.dumps({"runs": 20_000}).encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = server(app)
        thread = threading.Thread(target=served.run, args=([listener],))
        thread.start()
        with connected(listener.getsockname()) as half, connected(listener.getsockname()) as busy:
            half.sendall(ASK + b"Content-Length: 500\r\n\r\n{")
            busy.sendall(ASK + b"Content-Length: %d\r\n\r\n%s" % (len(question), question))
            assert busy.recv(100).startswith(b"HTTP/1.1 200")  # it is being answered
            served.should_exit = True
            thread.join(timeout=60)
    assert not thread.is_alive()
    assert capfd.readouterr().err == ""
