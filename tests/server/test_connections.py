"""One connection: when it is kept, and the effect of an unread or malformed body."""

import http.client
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.server import RegistryServer, connections
from fake_registry.spec.names import digest_of

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]


def answer(*pieces: bytes, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()) -> WSGIApplication:
    """An app that always gives this answer and reads nothing."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return list(pieces)

    return app


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the request's body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def request(line: str, *fields: str, body: bytes = b"") -> bytes:
    return "\r\n".join([line, "Host: there", *fields, "", ""]).encode("latin-1") + body


def test_connection_serves_request_after_request(serve: Serve) -> None:
    client = http.client.HTTPConnection("127.0.0.1", serve(echo).port, timeout=5)
    answers, ports = [], set()
    for body in (b"one", b"", b"three"):
        client.request("PUT", "/", body=body)
        ports.add(client.sock.getsockname()[1])
        answers.append(client.getresponse().read())
    client.close()
    assert (answers, len(ports)) == ([b"one", b"", b"three"], 1)


def test_pipelined_requests_are_answered_in_order(serve: Serve, talk: Talk) -> None:
    first = request("PUT / HTTP/1.1", "Content-Length: 3", body=b"one")
    last = request("PUT / HTTP/1.1", "Content-Length: 3", "Connection: close", body=b"two")
    got = talk(serve(echo), first + last)
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert got.index(b"\r\n\r\none") < got.index(b"\r\n\r\ntwo")


@pytest.mark.parametrize("sent", [request("GET / HTTP/1.0"), request("GET / HTTP/1.1", "Connection: x, Close")])
def test_connection_is_closed_at_the_request_of_the_client(serve: Serve, talk: Talk, sent: bytes) -> None:
    got = talk(serve(answer(b"hi", headers=[("Content-Length", "2")])), sent)
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in got
    assert got.endswith(b"\r\n\r\nhi")


def test_first_piece_is_sent_before_the_second_is_made(serve: Serve) -> None:
    received: list[bytes] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "4")])
        yield b"ab"
        yield environ["wsgi.input"].read(2)  # blocks until the client, which has seen the first piece, sends this

    client = http.client.HTTPConnection("127.0.0.1", serve(app).port, timeout=5)
    client.putrequest("PUT", "/")
    client.putheader("Content-Length", "2")
    client.endheaders()
    with client.response_class(client.sock, method="PUT") as response:
        response.begin()
        received.append(response.read(2))
        client.send(b"cd")
        received.append(response.read(2))
    client.close()
    assert received == [b"ab", b"cd"]


def test_client_that_expects_100_continue_is_invited_at_the_first_read(serve: Serve) -> None:
    client = http.client.HTTPConnection("127.0.0.1", serve(echo).port, timeout=5)
    client.putrequest("PUT", "/")
    client.putheader("Content-Length", "4")
    client.putheader("Expect", "100-Continue")
    client.endheaders()
    invitation = client.sock.recv(100)
    client.send(b"body")
    body = client.getresponse().read()
    client.close()
    assert (invitation, body) == (b"HTTP/1.1 100 Continue\r\n\r\n", b"body")


def test_client_without_100_continue_gets_an_answer_and_a_closed_connection(serve: Serve, talk: Talk) -> None:
    sent = request("PUT / HTTP/1.1", "Content-Length: 4", "Expect: 100-continue")
    got = talk(serve(answer(status="401 Unauthorized", headers=[("Content-Length", "0")])), sent)
    assert got.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
    assert b"\r\nConnection: close\r\n" in got


@pytest.mark.parametrize("field", ["Content-Length: 300000", "Transfer-Encoding: chunked"])
def test_unread_body_is_drained_and_the_connection_kept(serve: Serve, talk: Talk, field: str) -> None:
    body = b"%x\r\n" % 300000 + b"x" * 300000 + b"\r\n0\r\n\r\n" if "chunked" in field else b"x" * 300000
    refused = request("PUT / HTTP/1.1", field, body=body)
    server = serve(answer(b"no", status="401 Unauthorized", headers=[("Content-Length", "2")]))
    got = talk(server, refused, refused, request("GET / HTTP/1.1", "Connection: close"))
    assert got.count(b"HTTP/1.1 401 Unauthorized\r\n") == 3


def test_long_unread_body_closes_the_connection_after_the_answer(serve: Serve, talk: Talk) -> None:
    length = connections.MAX_DRAINED_BYTES + 1
    sent = request("PUT / HTTP/1.1", f"Content-Length: {length}", body=b"x" * 10_000_000)
    got = talk(serve(answer(status="413 Content Too Large", headers=[("Content-Length", "0")])), sent, half_close=True)
    assert got.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nConnection: close\r\n" in got


def test_malformed_body_closes_the_connection_even_if_the_app_answers(serve: Serve, talk: Talk) -> None:
    sent = request(
        "PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"xyz\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    got = talk(serve(answer(b"", headers=[("Content-Length", "0")])), sent)
    assert got.count(b"HTTP/1.1 200 OK\r\n") == 1


BROKEN_CODINGS = {
    "no size": b"xyz\r\n",
    "no end of a chunk": b"3\r\nabcdef\r\n0\r\n\r\n",
    "trailer without a colon": b"0\r\nTrailer\r\n\r\n",
    "long extensions": (b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 70 + b"0\r\n\r\n",
}


@pytest.mark.parametrize("coding", BROKEN_CODINGS.values(), ids=BROKEN_CODINGS)
@pytest.mark.parametrize("query", ["", f"?digest={digest_of(b'x' * 70)}", f"?mount={digest_of(b'x')}&from=a/b"])
def test_registry_refuses_a_malformed_body_and_stores_nothing(
    serve: Serve, talk: Talk, coding: bytes, query: str
) -> None:
    registry = FakeRegistry(Settings(auth="off"))
    before = registry.snapshot()
    line = f"POST /v2/hello/blobs/uploads/{query} HTTP/1.1"

    got = talk(serve(registry.wsgi_app), request(line, "Transfer-Encoding: chunked", body=coding))

    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'"code":"SIZE_INVALID"' in got
    assert registry.snapshot() == before
    assert registry.requests[-1].status == 400
