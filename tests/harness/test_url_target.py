"""`UrlTarget` against servers on raw sockets, and against this package's registry."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.client.access import Credentials
from fake_registry.version import package_version
from pytest_acr.harness import http_connection
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.redirects import MAX_REDIRECTS
from pytest_acr.harness.request_url import is_loopback, parse_target
from pytest_acr.harness.url_target import MAX_CONNECTIONS, UrlTarget
from tests.support.endless import endless, endless_chunks, head, serve_raw
from tests.support.scripted_connections import RESET, serve_connections

BASE = RawRequest("GET", "/v2/")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: "
POST = RawRequest("POST", "/v2/a/blobs/uploads/")
LIMIT = 30.0
"""A time limit in seconds, which no test waits for."""
LARGE_UPLOAD = RawRequest("PUT", "/v2/a/blobs/uploads/b", (), b"x" * 20_000_000)
"""More than fits into the buffers of a connection."""


def answer_to(request: RawRequest, *answers: bytes) -> RawResponse:
    """Return the response to `request` from a server that sends `answers`, a connection each."""
    with (
        serve_connections(*([answer] for answer in answers)) as server,
        UrlTarget(server.url, timeout_seconds=5) as target,
    ):
        return target.send(request)


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def failure_of(answer: bytes, request: RawRequest = BASE) -> str:
    with pytest.raises(TargetFailed) as failed:
        answer_to(request, answer)
    return str(failed.value).partition(": ")[2]


def ticking() -> Callable[[], float]:
    """Return a clock that is one second later whenever it is read."""
    seconds = count()
    return lambda: float(next(seconds))


def almost_over_after(reads: int) -> Callable[[], float]:
    """Return a clock that stands still for some reads, and then at 0.05 s before `LIMIT` ends."""
    times = chain(repeat(0.0, reads), repeat(LIMIT - 0.05))
    return lambda: next(times)


def redirect(location: str, status: int = 307) -> bytes:
    return head(status, f"Location: {location}", "Content-Length: 0")


# requests


def test_request_is_sent_as_it_is() -> None:
    headers = (("X-B", " two"), ("x-a", "\xe9"), ("X-B", "three"))
    request = RawRequest("PATCH", "/v2/a//b/%2e/../c?x=a%2Fb&y= ", headers, b"content")
    with serve_connections([OK]) as server, UrlTarget(server.url) as target:
        target.send(request)

    host = server.url.removeprefix("http://").encode()
    assert server.requests == [
        b"PATCH /v2/a//b/%2e/../c?x=a%2Fb&y=  HTTP/1.1\r\n"
        b"Host: " + host + b"\r\n"
        b"User-Agent: pytest-acr-harness/" + package_version().encode() + b"\r\n"
        b"X-B:  two\r\nx-a: \xe9\r\nX-B: three\r\n"
        b"Content-Length: 7\r\n\r\ncontent"
    ]


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", b"", None),
        ("HEAD", b"", None),
        ("DELETE", b"", None),
        ("GET", b"a", b"1"),
        ("POST", b"", b"0"),
        ("PUT", b"", b"0"),
        ("PATCH", b"", b"0"),
    ],
)
def test_length_is_sent_with_a_body_and_with_methods_that_have_one(
    method: str, body: bytes, length: bytes | None
) -> None:
    with serve_connections([CREATED]) as server, UrlTarget(server.url) as target:
        target.send(RawRequest(method, "/", (), body))

    fields = dict(line.split(b": ") for line in server.requests[0].split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    assert fields.get(b"Content-Length") == length


def test_own_host_length_and_user_agent_replace_the_usual_ones() -> None:
    headers = (("host", "other"), ("user-agent", "mine"), ("content-length", "1"))
    with serve_connections([OK]) as server, UrlTarget(server.url) as target:
        target.send(RawRequest("POST", "/", headers, b"a"))

    expected = b"POST / HTTP/1.1\r\nhost: other\r\nuser-agent: mine\r\ncontent-length: 1\r\n\r\na"
    assert server.requests == [expected]


@pytest.mark.parametrize(
    "request_",
    [
        RawRequest("GET", "/v2/\r\nX: y"),
        RawRequest("GET", "/v2/\n"),
        RawRequest("GET", "/", (("X", "a\r\nY: b"),)),
        RawRequest("GET", "/", (("X", "a\0"),)),
    ],
)
def test_line_end_in_a_request_is_refused(request_: RawRequest) -> None:
    with serve_connections([OK]) as server, pytest.raises(ValueError, match="without line ends"):
        UrlTarget(server.url).send(request_)
    assert server.requests == []


# responses


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"{}"),
        (OK.replace(b"\r\n", b"\n"), 200, b"{}"),
        (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", 200, b"a"),
        (b"HTTP/1.0 404 Not Found\r\n\r\nto the end", 404, b"to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab", 200, b"ab"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nab\r\n01\r\nc\r\n0\r\nT: x\r\n\r\n",
            200,
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK, 200, b"{}"),
    ],
)
def test_response_is_read(answer: bytes, status: int, body: bytes) -> None:
    response = answer_to(BASE, answer)
    assert (response.status, response.body) == (status, body)


def test_headers_are_returned_in_order_and_in_their_case() -> None:
    fields = b"b: 1\r\nA:\r\nB:  2 \r\nfolded: one\r\n\ttwo\r\nL: \xe9\r\nContent-Length: 0\r\n"
    response = answer_to(BASE, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
    expected = (("b", "1"), ("A", ""), ("B", "2"), ("folded", "one two"), ("L", "\xe9"))
    assert response.headers == (*expected, ("Content-Length", "0"))


def test_response_to_head_has_no_body() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    assert answer_to(RawRequest("HEAD", "/"), answer).body == b""


MALFORMED = {
    "no answer": (b"", "expected a response, found the end of the connection"),
    "reset": (RESET, "expected a response, found a connection reset"),
    "HTTP/0.9": (b"<html>", "expected a response that begins with HTTP/1.1, found '<html>'"),
    "TLS": (b"\x15\x03\x03", r"expected a response that begins with HTTP/1.1, found '\x15\x03\x03'"),
    "half a head": (b"HTTP/1.1 200 OK\r\n", "up to an empty line, found the end of the connection after 17 bytes"),
    "version": (b"HTTP/2 200\r\n\r\n", "expected a status line such as HTTP/1.1 200 OK, found 'HTTP/2 200'"),
    "status": (b"HTTP/1.1 2000 OK\r\n\r\n", "found 'HTTP/1.1 2000 OK'"),
    "two status lines": (b"HTTP/1.1 200 OK\r\n" + OK, "expected a header field, `Name: value`, found 'HTTP/1.1 200"),
    "field": (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "expected a header field, `Name: value`, found 'no colon'"),
    "blank before a colon": (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "found 'A : b'"),
    "folded first line": (b"HTTP/1.1 200 OK\r\n a: b\r\n\r\n", "found ' a: b'"),
    "bare CR": (b"HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n", r"found 'a: b\rc: d'"),
    "switching protocols": (b"HTTP/1.1 101 Switching\r\n\r\n", "found 101 Switching Protocols"),
    "body too short": (LENGTH + b"5\r\n\r\nab", "a body of 5 bytes, as in Content-Length, found the end"),
    "body too long": (LENGTH + b"1\r\n\r\nabc", "a response with a body of 1 bytes, found more after its end: 'bc'"),
    "second response": (OK + OK, "a body of 2 bytes, found more after its end: 'HTTP/1.1 200"),
    "body after 204": (b"HTTP/1.1 204 No Content\r\n\r\nabc", "a body of 0 bytes, found more after its end: 'abc'"),
    "negative length": (LENGTH + b"-1\r\n\r\n", "expected one number in Content-Length, found '-1'"),
    "no number": (LENGTH + b"\xb2\r\n\r\n", "expected one number in Content-Length, found '\xb2'"),
    "two lengths": (LENGTH + b"1, 2\r\n\r\na", "expected one number in Content-Length, found '1, 2'"),
    "both": (LENGTH + b"1\r\nTransfer-Encoding: chunked\r\n\r\na", "Content-Length or Transfer-Encoding, found both"),
    "gzip": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "the Transfer-Encoding 'chunked', found 'gzip'"),
    "chunk size": (CHUNKED + b"zz\r\n", "expected the size of a chunk in hexadecimal, found 'zz'"),
    "negative chunk": (CHUNKED + b"-1\r\n", "expected the size of a chunk in hexadecimal, found '-1'"),
    "chunk too short": (CHUNKED + b"5\r\nab", "expected a chunk of 5 bytes, found the end of the connection"),
    "chunk too long": (CHUNKED + b"1\r\nabc\r\n", "the end of a line after a chunk of 1 bytes, found 'bc'"),
    "no last chunk": (CHUNKED + b"1\r\na\r\n", "expected the size of a chunk in hexadecimal, found the end"),
    "no trailer": (CHUNKED + b"0\r\n", "expected an empty line after the last chunk, found the end"),
    "long chunk line": (CHUNKED + b"1;" + b"x" * 5_000, "expected the size of a chunk in hexadecimal, found '1;xx"),
    "large head": (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000, "a response's head of at most 65536 bytes, found more"),
    "interim responses": (b"HTTP/1.1 100 C\r\n\r\n" * 6_000, "a response's head of at most 65536 bytes, found more"),
    "large trailers": (CHUNKED + b"0\r\n" + b"A: b\r\n" * 20_000, "head of at most 65536 bytes, found more"),
    "large body": (LENGTH + b"99999999999\r\n\r\n", "expected a body of at most 33554432 bytes, found more"),
    "large chunk": (CHUNKED + b"ffffffffffff\r\n", "expected a body of at most 33554432 bytes, found more"),
    "length of 30 digits": (LENGTH + b"9" * 30 + b"\r\n\r\n", "expected one number in Content-Length, found '999"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_response_fails_with_the_reason(name: str) -> None:
    answer, message = MALFORMED[name]
    assert message in failure_of(answer)


def test_body_of_a_response_to_head_fails() -> None:
    message = failure_of(OK, RawRequest("HEAD", "/v2/"))
    assert message == "expected a response with a body of 0 bytes, found more after its end: '{}'"


def test_failure_names_the_request_without_its_secrets() -> None:
    request = RawRequest("GET", "/v2/a/blobs/b?sig=secret&n=1", (("Authorization", "Basic c2VjcmV0"),))
    with serve_connections([b""]) as server, pytest.raises(TargetFailed) as failed:
        UrlTarget(server.url).send(request)
    assert str(failed.value) == (
        f"GET {server.url}/v2/a/blobs/b?sig=***&n=1: expected a response, found the end of the connection"
    )


# responses without an end


@pytest.mark.parametrize(
    "answer",
    [endless(200), endless_chunks(200), endless(200, "Content-Length: 10000000000"), endless(200, start=b"\r\n")],
)
def test_body_without_an_end_is_read_up_to_the_bound(answer: object) -> None:
    pieces = iter(answer)  # type: ignore[call-overload]
    target_fails = pytest.raises(TargetFailed, match="expected a body of at most 100000 bytes, found more")
    with serve_raw(lambda _: pieces) as url, target_fails:
        UrlTarget(url, timeout_seconds=10, max_body_bytes=100_000).send(BASE)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"HTTP/1.1 200 OK\r\nA: ", "expected the head of a response, up to an empty line, found "),
        (head(200, "Content-Length: 1000000"), "expected a body of 1000000 bytes, as in Content-Length, found "),
        (head(200), "expected the end of the connection, which ends a body without Content-Length, found "),
        (CHUNKED + b"1;", "expected the size of a chunk in hexadecimal, found "),
        (CHUNKED + b"100000\r\n", "expected a chunk of 1048576 bytes, found "),
    ],
)
def test_response_that_drips_ends_at_the_time_limit(start: bytes, message: str) -> None:
    def script(_: str) -> Iterator[bytes]:
        yield start
        yield from repeat(b"x")

    with (
        serve_raw(script, pause=0.001) as url,
        UrlTarget(url, timeout_seconds=20, monotonic=ticking()) as target,
        pytest.raises(TargetFailed) as failed,
    ):
        target.send(BASE)
    assert message in str(failed.value)
    assert str(failed.value).endswith(" in 20 s")


def test_time_limit_includes_redirects() -> None:
    redirects = [redirect("/")] * MAX_REDIRECTS
    with (
        serve_connections([*redirects, OK]) as server,
        UrlTarget(server.url, timeout_seconds=8, monotonic=ticking()) as target,
        pytest.raises(TargetFailed, match=r" 8 s$"),
    ):
        target.send(BASE)
    assert 2 <= len(server.requests) < MAX_REDIRECTS


def test_silent_registry_ends_at_the_time_limit() -> None:
    with (
        serve_raw(lambda _: []) as url,
        UrlTarget(url, timeout_seconds=LIMIT, monotonic=almost_over_after(3)) as target,
        pytest.raises(TargetFailed, match="found 0 bytes of a response in 30 s"),
    ):
        target.send(BASE)


def test_registry_that_does_not_read_ends_at_the_time_limit() -> None:
    expected = r"expected the registry to read the request, found \d+ of \d+ bytes unread after 30 s"
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        UrlTarget(url_of(listening), timeout_seconds=LIMIT, monotonic=almost_over_after(3)) as target,
        pytest.raises(TargetFailed, match=expected),
    ):
        target.send(LARGE_UPLOAD)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_time_limit_must_be_above_0(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout_seconds: expected a number of seconds above 0"):
        UrlTarget("localhost", timeout_seconds=timeout)


# connections


def test_requests_share_one_connection() -> None:
    with serve_connections([OK, CREATED, OK]) as server, UrlTarget(server.url) as target:
        statuses = [target.send(request).status for request in (BASE, POST, BASE)]
    assert statuses == [200, 201, 200]


@pytest.mark.parametrize(
    "first",
    [
        OK.replace(b"\r\n", b"\r\nConnection: Upgrade, Close\r\n", 1),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
def test_request_after_the_last_of_a_connection_opens_another(first: bytes) -> None:
    with serve_connections([first, CREATED], [OK]) as server, UrlTarget(server.url) as target:
        assert [target.send(BASE).body for _ in range(2)] == [b"{}", b"{}"]


def test_change_opens_a_connection_after_idle_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connection, "_MAX_IDLE_SECONDS", -1)
    with serve_connections([OK, OK, OK], [CREATED]) as server, UrlTarget(server.url) as target:
        assert [target.send(request).status for request in (BASE, BASE, POST)] == [200, 200, 201]


def test_target_can_be_used_after_close() -> None:
    with serve_connections([OK], [OK]) as server, UrlTarget(server.url) as target:
        for _ in range(2):
            assert target.send(BASE).status == 200
            target.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("end", [b"", RESET])
def test_read_is_sent_again_if_the_connection_in_use_is_closed(method: str, end: bytes) -> None:
    with serve_connections([CREATED, end], [CREATED]) as server, UrlTarget(server.url) as target:
        assert [target.send(RawRequest(method, "/")).status for _ in range(2)] == [201, 201]
    assert len(server.requests) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_change_is_not_sent_again(method: str) -> None:
    with serve_connections([OK, b""], [OK]) as server, UrlTarget(server.url) as target:
        target.send(BASE)
        with pytest.raises(TargetFailed, match="expected a response, found the end of the connection"):
            target.send(RawRequest(method, "/"))
    assert len(server.requests) == 2


def test_read_is_sent_twice_at_most() -> None:
    with serve_connections([OK, b""], [b""], [OK]) as server, UrlTarget(server.url) as target:
        target.send(BASE)
        with pytest.raises(TargetFailed, match="expected a response, found the end of the connection"):
            target.send(BASE)
    assert len(server.requests) == 3


def test_read_is_not_sent_again_after_a_part_of_a_response() -> None:
    with serve_connections([OK, OK[:20]], [OK]) as server, UrlTarget(server.url) as target:
        target.send(BASE)
        with pytest.raises(TargetFailed, match="found the end of the connection after 20 bytes"):
            target.send(BASE)
    assert len(server.requests) == 2


def test_connection_that_failed_is_not_used_again() -> None:
    with serve_connections([OK + b"surplus", OK], [CREATED]) as server, UrlTarget(server.url) as target:
        with pytest.raises(TargetFailed, match="found more after its end: 'surplus'"):
            target.send(BASE)
        assert target.send(BASE).status == 201


@contextmanager
def answer_after_the_first_byte(answer: bytes) -> Iterator[str]:
    """Yield the URL of a server that answers before it has read a request, and closes."""

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield url_of(listening)
        thread.join()


def test_refusal_before_the_whole_request_is_returned() -> None:
    refusal = head(413, "Content-Length: 0")
    with answer_after_the_first_byte(refusal) as url, UrlTarget(url) as target:
        assert target.send(LARGE_UPLOAD).status == 413


def test_idle_connection_that_was_closed_is_replaced_before_a_change_is_sent() -> None:
    with serve_connections([OK], [CREATED]) as server, UrlTarget(server.url) as target:
        target.send(BASE)
        server.wait_for_closed(1)
        assert target.send(POST).status == 201
    assert len(server.requests) == 2


@contextmanager
def idle_target(late: bytes) -> Iterator[UrlTarget]:
    """Yield a target whose idle connection has received bytes since its last response."""
    responded = threading.Event()
    requests = count()

    def script(_: str) -> Iterator[bytes]:
        yield OK
        if next(requests) == 0:
            assert responded.wait(timeout=10)
            yield late

    with serve_raw(script) as url, UrlTarget(url) as target:
        target.send(BASE)
        responded.set()
        idle = target._connections[target.origin]._socket
        assert idle is not None
        idle.settimeout(10)
        idle.recv(1, socket.MSG_PEEK)
        yield target


def test_bytes_on_the_idle_connection_fail_the_next_request() -> None:
    expected = "expected no bytes after the end of the previous response, found 4"
    with idle_target(b"late") as target, pytest.raises(TargetFailed, match=expected):
        target.send(POST)


def test_notice_that_the_server_closes_an_idle_connection_is_no_response() -> None:
    notice = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    with idle_target(notice) as target:
        assert target.send(POST).status == 200


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_redirect_of_a_read_is_followed(status: int, method: str) -> None:
    with (
        serve_connections([redirect("../other?a=%2F#fragment", status), CREATED]) as server,
        UrlTarget(server.url) as target,
    ):
        response = target.send(RawRequest(method, "/v2/a/b?x", (("Range", "bytes=0-1"),)))

    assert response.status == 201
    assert server.requests[1].startswith(f"{method} /v2/other?a=%2F HTTP/1.1\r\n".encode())
    assert b"\r\nRange: bytes=0-1\r\n" in server.requests[1]


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("POST", redirect("/other")),
        ("PUT", redirect("/other")),
        ("DELETE", redirect("/other")),
        ("GET", head(307, "Content-Length: 0")),
        ("GET", redirect("/other", 201)),
        ("GET", redirect("/other", 304)),
    ],
)
def test_other_responses_are_returned_as_they_are(method: str, answer: bytes) -> None:
    response = answer_to(RawRequest(method, "/"), answer)
    assert f"HTTP/1.1 {response.status} ".encode() == answer[:13]


def test_redirects_are_followed_up_to_a_bound() -> None:
    with (
        serve_connections([redirect("/")] * (MAX_REDIRECTS + 2)) as server,
        UrlTarget(server.url) as target,
        pytest.raises(TargetFailed, match="expected at most 5 redirects, found more"),
    ):
        target.send(BASE)
    assert len(server.requests) == MAX_REDIRECTS + 1


def test_last_redirect_that_is_allowed_is_followed() -> None:
    with serve_connections([redirect("/")] * MAX_REDIRECTS + [CREATED]) as server, UrlTarget(server.url) as target:
        assert target.send(BASE).status == 201


def test_redirect_to_another_origin_is_followed_without_the_authorization() -> None:
    headers = (("authorization", "Basic c2VjcmV0"), ("Accept", "a/b"))
    with (
        serve_connections([OK]) as storage,
        serve_connections([redirect(f"{storage.url}/blob?sig=x")]) as server,
        UrlTarget(server.url) as target,
    ):
        response = target.send(RawRequest("GET", "/v2/", headers))

    assert response.body == b"{}"
    assert b"authorization: Basic c2VjcmV0" in server.requests[0]
    assert storage.requests[0].startswith(b"GET /blob?sig=x HTTP/1.1\r\n")
    assert b"Accept: a/b" in storage.requests[0]
    assert b"uthorization" not in storage.requests[0]


def test_connections_to_other_hosts_are_bounded() -> None:
    with ExitStack() as stack:
        storages = [stack.enter_context(serve_connections([OK])) for _ in range(6)]
        redirects = [[redirect(storage.url)] for storage in storages]
        server = stack.enter_context(serve_connections(*redirects))
        target = stack.enter_context(UrlTarget(server.url))
        for _ in storages:
            assert target.send(BASE).status == 200
            assert len(target._connections) <= MAX_CONNECTIONS


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("ftp://host/", "expected a redirect to a URL, found another: .* found the scheme 'ftp'"),
        ("http://user:secret@host/", "expected a redirect to a URL, found another: .* a user or a password in it"),
        ("https:///x", "expected a redirect to a URL, found another: .* no host"),
        ("/a b", "expected a redirect to a URL, found control characters or blanks in it"),
        ("/a\x01b", "expected a redirect to a URL, found control characters or blanks in it"),
    ],
)
def test_redirect_to_a_malformed_url_fails(location: str, message: str) -> None:
    with pytest.raises(TargetFailed, match=message) as failed:
        answer_to(BASE, redirect(location))
    assert "secret" not in str(failed.value)


# TLS


def test_certificate_is_checked_with_the_ca_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with (
        FakeRegistry(Settings(auth="off")).serve(tls=True) as server,
        UrlTarget(server.url, ca_file=server.ca_file) as target,
    ):
        assert target.send(BASE).status == 200


def test_unknown_ca_fails_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeRegistry(Settings(auth="off")).serve(tls=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        with pytest.raises(TargetFailed, match=r"expected a certificate of .* by a known CA, found: .* name the file"):
            UrlTarget(server.url).send(BASE)


def test_any_certificate_is_accepted_if_insecure() -> None:
    with FakeRegistry(Settings(auth="off")).serve(tls=True) as server, UrlTarget(server.url, insecure=True) as target:
        assert [target.send(BASE).status for _ in range(3)] == [200, 200, 200]


def test_server_without_tls_fails_at_the_handshake() -> None:
    with answer_after_the_first_byte(OK) as url, pytest.raises(TargetFailed) as failed:
        UrlTarget(url.replace("http:", "https:")).send(BASE)
    assert "expected a TLS handshake with https://127.0.0.1:" in str(failed.value)
    assert str(failed.value).endswith("a registry without TLS has an http URL")


def test_silent_server_ends_at_the_time_limit_of_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = url_of(listening).replace("http:", "https:")
        target = UrlTarget(url, timeout_seconds=LIMIT, monotonic=almost_over_after(2))
        with pytest.raises(TargetFailed, match=r"expected a TLS handshake with https://.*, found none after 30 s"):
            target.send(BASE)


def test_redirect_from_https_to_http_is_refused() -> None:
    registry = FakeRegistry(Settings(auth="off"))
    with (
        registry.serve(tls=True) as server,
        serve_connections([OK]) as storage,
        UrlTarget(server.url, insecure=True) as target,
        pytest.raises(TargetFailed, match="expected a redirect to an https URL, found one to http://127"),
    ):
        target._check_redirect(storage.url)
    assert storage.requests == []


def test_missing_ca_file_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        UrlTarget("http://localhost", ca_file=tmp_path / "missing.pem")


def test_refused_connection_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(TargetFailed) as failed:
        UrlTarget(f"http://127.0.0.1:{port}").send(BASE)
    found = "found a refused connection: no server listens there"
    assert str(failed.value).endswith(f"expected a connection to http://127.0.0.1:{port}, {found}")


# names


@pytest.mark.parametrize(
    ("text", "url", "loopback"),
    [
        ("http://localhost", "http://localhost", True),
        ("LOCALHOST:5000", "http://localhost:5000", True),
        ("127.0.0.1:5000", "http://127.0.0.1:5000", True),
        ("127.8.9.10", "http://127.8.9.10", True),
        ("[::1]:5000", "http://[::1]:5000", True),
        ("https://localhost:5000/", "https://localhost:5000", True),
        ("registry.example.com", "https://registry.example.com", False),
        ("http://localhost.example.com", "http://localhost.example.com", False),
        ("http://128.0.0.1", "http://128.0.0.1", False),
        ("http://0.0.0.0", "http://0.0.0.0", False),
        ("http://127.1", "http://127.1", False),
        ("http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]", False),
        ("http://127.0.0.1.nip.io", "http://127.0.0.1.nip.io", False),
    ],
)
def test_target_is_parsed(text: str, url: str, loopback: object) -> None:
    origin = parse_target(text)
    assert (str(origin), is_loopback(origin)) == (url, loopback)


@pytest.mark.parametrize("text", ["", "ftp://host", "http://me:secret@host", "http://host/path", "http://host:99999"])
def test_malformed_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a registry's URL such as") as refused:
        UrlTarget(text)
    assert "secret" not in str(refused.value)


def test_representation_has_no_secret() -> None:
    target = UrlTarget("localhost:5000", credentials=Credentials(username="me", password="secret"))
    assert repr(target) == "UrlTarget('http://localhost:5000')"
