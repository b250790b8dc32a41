"""Clients that are silent or slow: the server ends their connections, and no honest client notices."""

import http.client
import math
import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from fake_registry.server import Note, RegistryServer
from tests.server.slow_clients import sends_until_cut

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]

SHORT = 0.5
"""Seconds of silence in which a request comes, also on a busy machine."""

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LONG_LINE = b"Accept: " + b"a" * 1_000
ANSWERED = re.compile(rb"HTTP/1\.1 (\d+) ")


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the request's body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def connect_to(server: RegistryServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=10)


def sends_before_an_error(connection: socket.socket) -> int:
    """Send a byte every 10 ms; return how many could be sent."""
    sent = 0
    with suppress(ConnectionError):
        while sent < 500:
            sent += connection.send(b"x")
            threading.Event().wait(0.01)
    return sent


def rest_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_silent_connections_are_closed(serve: Serve) -> None:
    """Before the first request, and after it. They are silent at the same time."""
    notes: list[Note] = []
    server = serve(echo, idle_seconds=SHORT, log=notes.append)

    with connect_to(server) as unused, connect_to(server) as used:
        used.sendall(GET)
        got = [ANSWERED.findall(rest_of(client)) for client in (unused, used)]

    assert got == [[], [b"200"]]
    assert notes == []


def test_each_byte_of_a_head_does_not_extend_its_time(serve: Serve) -> None:
    notes: list[Note] = []
    server = serve(echo, head_seconds=0.2, log=notes.append)

    with connect_to(server) as client:
        sent = sends_until_cut(client, GET[:-4] + b"\r\n" + LONG_LINE)
        got = rest_of(client)

    assert sent < 500
    assert ANSWERED.findall(got) == [b"408"]
    assert got.endswith(b"\r\n\r\nthe head of a request took longer than 0.2 s\n")
    [note] = notes
    assert (note.status, note.text) == (
        408,
        "refused a request: 408 the head of a request took longer than 0.2 s",
    )


def test_time_of_a_head_counts_from_its_first_byte(serve: Serve) -> None:
    server = serve(echo, idle_seconds=10, head_seconds=0.2)
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

    client.connect()
    threading.Event().wait(0.3)
    client.request("GET", "/")
    status = client.getresponse().status
    client.close()

    assert status == 200


def test_body_may_take_longer_than_any_limit(serve: Serve) -> None:
    server = serve(echo, idle_seconds=2, head_seconds=0.1, drain_seconds=0.1)
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    body = b"ok"

    client.putrequest("PUT", "/")
    client.putheader("Content-Length", str(len(body)))
    client.endheaders()
    for byte in body:
        threading.Event().wait(0.11)  # longer than each of the other limits
        client.send(bytes([byte]))
    got = client.getresponse().read()
    client.close()

    assert got == body


STOPPING_BODIES = [
    (b"Content-Length: 9", b"four"),
    (b"Transfer-Encoding: chunked", b"4\r\nfour\r\n"),
    (b"Transfer-Encoding: chunked", b"4"),
]
"""The framing of each body, and its start."""


def test_body_that_stops_is_refused(serve: Serve) -> None:
    """The bodies stop at the same time, each on its connection."""
    server = serve(echo, idle_seconds=SHORT)

    with ExitStack() as stack:
        clients = [stack.enter_context(connect_to(server)) for _ in STOPPING_BODIES]
        for client, (framing, body) in zip(clients, STOPPING_BODIES, strict=True):
            client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n" + body)
        got = [rest_of(client) for client in clients]

    assert [ANSWERED.findall(one) for one in got] == [[b"400"]] * len(STOPPING_BODIES)
    ending = b"\r\n\r\nthe peer stopped sending in the body of a request\n"
    assert [one for one in got if not one.endswith(ending)] == []


def test_client_that_does_not_read_its_answer_is_disconnected(serve: Serve) -> None:
    closed = threading.Event()

    class Endless:
        def __iter__(self) -> "Endless":
            return self

        def __next__(self) -> bytes:
            return bytes(1 << 20)

        def close(self) -> None:
            closed.set()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Endless()

    with connect_to(serve(app, idle_seconds=SHORT)) as client:
        client.sendall(GET)
        assert closed.wait(10)


def test_client_that_sends_on_after_its_answer_is_cut_in_time(serve: Serve) -> None:
    server = serve(echo, drain_seconds=0.2)

    with connect_to(server) as client:
        client.sendall(b"nonsense\r\n\r\n")
        with suppress(ConnectionError):
            assert ANSWERED.findall(rest_of(client)) == [b"400"]
        assert sends_before_an_error(client) < 500


@pytest.mark.parametrize("limit", [math.inf, 1e9])
def test_limits_can_be_long(serve: Serve, talk: Talk, limit: float) -> None:
    server = serve(echo, idle_seconds=limit, head_seconds=limit, drain_seconds=limit)

    got = talk(server, GET, b"nonsense\r\n\r\n", half_close=True)

    assert ANSWERED.findall(got) == [b"200", b"400"]


@pytest.mark.parametrize("limit", [0, -1, math.nan])
def test_limit_must_be_above_0(limit: float) -> None:
    with pytest.raises(ValueError, match=f"expected head_seconds to be above 0, found {limit}"):
        RegistryServer(echo, head_seconds=limit)


@pytest.mark.parametrize(("limit", "kind"), [("1", "str"), (None, "NoneType"), (True, "bool")])
def test_limit_must_be_a_number(limit: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"expected idle_seconds to be a number, found {kind}"):
        RegistryServer(echo, idle_seconds=limit)  # type: ignore[arg-type]
