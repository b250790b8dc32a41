"""Other clients' requests beside many idle and slow connections, and many connects at once."""

import http.client
import resource
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from statistics import quantiles

from benchmarks.rounds import progress
from benchmarks.subjects import HOST, OURS, Server, serving
from benchmarks.table import Row, Target, against_limit, for_comparison

IDLE_CONNECTIONS = 1_000
"""Half of them have sent nothing, the others have had an answer."""

SLOW_CONNECTIONS = 200
"""Half of them send a head, the others a body, one byte each second."""

REQUESTS = 5_000
CONNECTS = 2_000

LATENCY_LIMIT_MS = 50.0
CONNECT_LIMIT_MS = 500.0

FILES = 8_192
"""Open files for this process, and for the server that it starts."""

READY_SECONDS = 30.0

GET = b"GET /v2/ HTTP/1.1\r\nHost: there\r\n\r\n"
SLOW_HEAD = b"GET /v2/ HTTP/1.1\r\nHost: there\r\nAccept: "
SLOW_BODY = b"PUT /v2/ HTTP/1.1\r\nHost: there\r\nContent-Length: 1000000\r\n\r\n"


def rows() -> Iterator[Row]:
    _allow_open_files()
    latency = partial(against_limit, unit="ms", target=Target(LATENCY_LIMIT_MS))
    connect = partial(against_limit, unit="ms", target=Target(CONNECT_LIMIT_MS))

    progress(f"{REQUESTS} requests beside other connections")
    with serving(OURS) as server, _burden(server):
        yield latency("strain: a request, 99th percentile", _latency_ms(server))

    progress(f"{CONNECTS} connects at once")
    with serving(OURS) as server:
        yield connect(f"strain: {CONNECTS} connects at once", _connect_ms(server, b""))
    with serving(OURS) as server:
        answered = _connect_ms(server, GET)
        yield for_comparison(f"strain: {CONNECTS} connects, all answered", answered, "ms")


def _allow_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


@contextmanager
def _burden(server: Server) -> Iterator[None]:
    """Keep idle and slow connections open."""
    with ExitStack() as stack:
        connect = partial(_connect_in, stack, server)
        _ = [connect(GET if number % 2 else b"") for number in range(IDLE_CONNECTIONS)]
        slow = [connect(SLOW_HEAD if n % 2 else SLOW_BODY) for n in range(SLOW_CONNECTIONS)]

        ended = threading.Event()
        sender = threading.Thread(target=_send_slowly, args=(slow, ended))
        sender.start()
        stack.callback(sender.join)
        stack.callback(ended.set)
        yield


def _connect_in(stack: ExitStack, server: Server, sent: bytes) -> socket.socket:
    connection = stack.enter_context(socket.create_connection((HOST, server.port)))
    connection.sendall(sent)
    return connection


def _send_slowly(connections: list[socket.socket], ended: threading.Event) -> None:
    """Send a byte on each connection each second, one after the other."""
    while not ended.is_set():
        for connection in connections:
            connection.sendall(b"x")
            ended.wait(1 / len(connections))


def _latency_ms(server: Server) -> float:
    """Return the 99th percentile of requests on a kept connection and on new ones, in turn."""
    milliseconds = []
    with closing(http.client.HTTPConnection(HOST, server.port)) as kept:
        for number in range(REQUESTS):
            if number % 2:
                milliseconds.append(_milliseconds(partial(_ask, kept)))
            else:
                milliseconds.append(_milliseconds(partial(_ask_anew, server)))

    return quantiles(milliseconds, n=100)[-1]


def _ask_anew(server: Server) -> None:
    with closing(http.client.HTTPConnection(HOST, server.port)) as connection:
        _ask(connection)


def _ask(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/v2/")
    response = connection.getresponse()
    response.read()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"expected 200, found {response.status}")


def _milliseconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - started)


def _connect_ms(server: Server, sent: bytes) -> float:
    """Return the time until the last of many connections is there and, where one sends, answered."""
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        waiting = 0
        for _ in range(CONNECTS):
            connection = stack.enter_context(socket.socket())
            connection.settimeout(0)
            connection.connect_ex((HOST, server.port))
            selector.register(connection, selectors.EVENT_WRITE)
            waiting += 1

        while waiting:
            waiting -= sum(_go_on(selector, key, sent) for key, _ in _ready(selector))
        return 1e3 * (time.perf_counter() - started)


def _ready(selector: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    ready = selector.select(READY_SECONDS)
    if not ready:
        raise RuntimeError(f"expected an event within {READY_SECONDS} s")
    return ready


def _go_on(selector: selectors.BaseSelector, key: selectors.SelectorKey, sent: bytes) -> bool:
    """Take the next step with a connection; return whether it was the last."""
    connection = key.fileobj
    assert isinstance(connection, socket.socket)

    if key.events == selectors.EVENT_READ:
        if not connection.recv(65_536).startswith(b"HTTP/1.1 200 "):
            raise RuntimeError("expected 200")
    elif error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(error, "connect")
    elif sent:
        connection.sendall(sent)
        selector.modify(connection, selectors.EVENT_READ)
        return False

    selector.unregister(connection)
    return True
