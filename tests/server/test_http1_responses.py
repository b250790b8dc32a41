"""Responses on the wire: framing, forbidden bodies, header lines."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from fake_registry.server import RegistryServer
from fake_registry.server.http1_responses import Response
from fake_registry.wsgi import take_server_headers

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]

GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
GET_1_0 = b"GET / HTTP/1.0\r\n\r\n"


def answer(*pieces: bytes, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()) -> WSGIApplication:
    """An app that always gives this answer and reads nothing."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return list(pieces)

    return app


def test_body_without_length_is_chunked(serve: Serve, talk: Talk) -> None:
    got = talk(serve(answer(b"ab", b"", b"c" * 17)), GET)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in got
    assert got.endswith(b"\r\n\r\n2\r\nab\r\n11\r\n" + b"c" * 17 + b"\r\n0\r\n\r\n")


def test_body_without_length_ends_with_the_connection_on_http_1_0(serve: Serve, talk: Talk) -> None:
    got = talk(serve(answer(b"ab", b"cd")), GET_1_0)
    assert b"Transfer-Encoding" not in got
    assert got.endswith(b"\r\n\r\nabcd")


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")]
)
def test_response_without_body_keeps_the_connection(serve: Serve, method: str, status: str) -> None:
    server = serve(answer(b"unwanted", status=status, headers=[("X-Size", "8")]))
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    seen = []
    for _ in range(2):
        client.request(method, "/")
        response = client.getresponse()
        seen.append((response.status, response.getheader("X-Size"), response.read(), client.sock is not None))
    client.close()
    assert seen == [(int(status[:3]), "8", b"", True)] * 2


def test_head_keeps_the_length_that_get_would_have(serve: Serve, talk: Talk) -> None:
    got = talk(serve(answer(b"x" * 5, headers=[("Content-Length", "5")])), GET.replace(b"GET", b"HEAD"))
    assert b"\r\nContent-Length: 5\r\n" in got
    assert got.endswith(b"\r\n\r\n")


def test_head_reads_no_more_of_the_body_than_it_must(serve: Serve, talk: Talk) -> None:
    made: list[int] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "9")])
        for number in range(9):
            made.append(number)
            yield b"x"

    talk(serve(app), GET.replace(b"GET", b"HEAD"))
    assert made == [0]


def test_repeated_headers_stay_separate_lines(serve: Serve, talk: Talk) -> None:
    headers = [("OCI-Tag", "a"), ("OCI-Tag", "b"), ("Content-Length", "0")]
    got = talk(serve(answer(headers=headers)), GET_1_0)
    assert b"\r\nOCI-Tag: a\r\nOCI-Tag: b\r\n" in got


@pytest.mark.parametrize(
    ("headers", "server"), [([], b"fake-registry"), ([("server", "Other"), ("DATE", "x")], b"Other")]
)
def test_there_is_one_server_and_one_date_header(
    serve: Serve, talk: Talk, headers: list[tuple[str, str]], server: bytes
) -> None:
    lines = talk(serve(answer(b"", headers=headers)), GET_1_0).lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(b"server:")] == [b"server: " + server.lower()]
    assert len([line for line in lines if line.startswith(b"date:")]) == 1


def test_body_shorter_than_its_length_ends_the_connection(serve: Serve) -> None:
    client = http.client.HTTPConnection(
        "127.0.0.1", serve(answer(b"abc", headers=[("Content-Length", "9")])).port, timeout=5
    )
    client.request("GET", "/")
    with client.getresponse() as response, pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    client.close()
    assert caught.value.partial == b"abc"


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (GET.replace(b"Connection: close\r\n", b"") + GET, [b"Connection: keep-alive", b"Connection: close"]),
        (GET_1_0, [b"Connection: close"]),
    ],
)
def test_connection_header_says_whether_the_connection_stays_open(
    serve: Serve, talk: Talk, requests: bytes, said: list[bytes]
) -> None:
    """acr-behaviour 2.1; HTTP/1.1 itself does not need the first (RFC 9112 §9.3)."""
    got = talk(serve(answer(b"", headers=[("Content-Length", "0")])), requests)
    assert [line for line in got.split(b"\r\n") if line.startswith(b"Connection")] == said


def test_server_adds_date_and_server_to_an_answer_without_them(serve: Serve, talk: Talk) -> None:
    got = talk(serve(answer(headers=[("Server", "app")])), GET)

    assert got.count(b"\r\nServer: app\r\n") == 1
    assert got.count(b"\r\nDate: ") == 1


def test_app_can_send_the_headers_of_the_server_itself(serve: Serve, talk: Talk) -> None:
    taken: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        taken.extend(name for name, _ in take_server_headers(environ))
        start_response("204 No Content", [])
        return ()

    got = talk(serve(app), GET)

    assert taken == ["Server", "Date"]
    assert got == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@pytest.mark.exhaustive
def test_time_limit_is_for_each_part_that_a_slow_client_reads() -> None:
    """The body takes longer than the time limit of the connection, and arrives whole."""
    body = bytes(1 << 20)
    sending, receiving = socket.socketpair()
    arrived = bytearray()

    def read_slowly() -> None:
        while piece := receiving.recv(1 << 16):
            arrived.extend(piece)
            threading.Event().wait(0.1)

    with sending, receiving:
        sending.settimeout(1)
        reader = threading.Thread(target=read_slowly)
        reader.start()
        response = Response(sending, None, reusable=lambda: False)
        response.start("200 OK", [("Content-Length", str(len(body)))])
        response.write(body)
        sending.shutdown(socket.SHUT_WR)
        reader.join()

    assert arrived.endswith(b"\r\n\r\n" + body)
