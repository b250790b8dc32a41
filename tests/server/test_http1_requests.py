"""Request heads and bodies: those that the app receives, and those that are refused."""

import json
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.exceptions import ClientDisconnected

from fake_registry.server import Note, RegistryServer
from fake_registry.server.http1_bodies import MalformedBody
from tests.support.products import cross

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the request's body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def describe(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the server's environ of the request, as JSON."""
    body = json.dumps({name: value for name, value in environ.items() if isinstance(value, str)}).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def request(line: str, *fields: str, body: bytes = b"") -> bytes:
    return "\r\n".join([line, "Host: there", *fields, "", ""]).encode("latin-1") + body


def document_of(raw: bytes) -> dict[str, str]:
    values: dict[str, str] = json.loads(raw.partition(b"\r\n\r\n")[2])
    return values


@pytest.mark.parametrize("coding", [b"3\r\nabc\r\n0\r\n\r\n", b"1\r\na\r\n02 ;x=y\r\nbc\r\n0\r\nTrailer: t\r\n\r\n"])
def test_chunked_request_is_decoded(serve: Serve, talk: Talk, coding: bytes) -> None:
    sent = request("PUT / HTTP/1.1", "Transfer-Encoding: Chunked", "Connection: close", body=coding)
    assert talk(serve(echo), sent).endswith(b"\r\n\r\nabc")


def test_read_returns_the_requested_bytes_across_chunks(serve: Serve, talk: Talk) -> None:
    reads: list[bytes] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reads.extend(iter(lambda: environ["wsgi.input"].read(5), b""))
        reads.append(environ["wsgi.input"].read())
        start_response("204 No Content", [])
        return []

    coding = b"4\r\nabcd\r\n4\r\nefgh\r\n4\r\nijkl\r\n0\r\n\r\n"
    talk(serve(app), request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close", body=coding))
    assert reads == [b"abcde", b"fghij", b"kl", b""]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("Content-Length: 10", b"hello"),
        ("Transfer-Encoding: chunked", b"a\r\nhello"),
        ("Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
        ("Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n"),
    ],
)
def test_truncated_body_is_an_error(serve: Serve, talk: Talk, field: str, body: bytes) -> None:
    raised: list[Exception] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with pytest.raises(ClientDisconnected) as first:
            environ["wsgi.input"].read()
        raised.append(first.value)
        return echo(environ, start_response)  # reads again, and must fail again

    got = talk(serve(app), request("PUT / HTTP/1.1", field, body=body), half_close=True)
    assert len(raised) == 1
    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_malformed_body_stays_malformed_when_it_is_read_again(serve: Serve, talk: Talk) -> None:
    raised: list[str | None] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for _ in range(2):
            with pytest.raises(MalformedBody) as caught:
                environ["wsgi.input"].read()
            raised.append(caught.value.description)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    sent = request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"xyz\r\n3\r\nabc\r\n0\r\n\r\n")
    assert talk(serve(app), sent).startswith(b"HTTP/1.1 200 OK\r\n")
    assert raised == ["a chunk does not start with its size in hexadecimal"] * 2


def test_tls_handshake_on_a_plain_port_is_reported_as_such(serve: Serve, talk: Talk) -> None:
    notes: list[Note] = []
    talk(serve(echo, log=notes.append), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert [note.text for note in notes] == ["refused a request: 400 a TLS handshake came to a plain http port"]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("//docker/registry/v2/blobs/x", "//docker/registry/v2/blobs/x", ""),
        ("/v2/a//b/blobs/sha256%3Aab?n=1&last=%2F", "/v2/a//b/blobs/sha256:ab", "n=1&last=%2F"),
        ("/caf%C3%A9%FF", "/caf\xc3\xa9\xff", ""),
        ("http://other:81//docker/x?y", "//docker/x", "y"),
        ("https://other:81", "/", ""),
        ("*", "*", ""),
    ],
)
def test_request_target_arrives_intact(serve: Serve, talk: Talk, target: str, path: str, query: str) -> None:
    got = document_of(talk(serve(describe), request(f"GET {target} HTTP/1.1", "Connection: close")))
    host = "other:81" if "other" in target else "there"
    assert (got["PATH_INFO"], got["QUERY_STRING"], got["HTTP_HOST"]) == (path, query, host)
    assert got["REQUEST_URI"] == got["RAW_URI"] == target


def test_header_fields_have_wsgi_names(serve: Serve, talk: Talk) -> None:
    fields = ["Content-Type: a/b", "Accept:\t x ", "ACCEPT: y", "X_Sneaky: 1", "X-Latin: \xe9", "X-Empty:"]
    got = document_of(talk(serve(describe), request("GET / HTTP/1.1", *fields, "Connection: close")))
    assert {name: value for name, value in got.items() if name.startswith(("HTTP_", "CONTENT_"))} == {
        "HTTP_HOST": "there",
        "CONTENT_TYPE": "a/b",
        "HTTP_ACCEPT": "x,y",
        "HTTP_X_LATIN": "\xe9",
        "HTTP_X_EMPTY": "",
        "HTTP_CONNECTION": "close",
    }


def test_empty_line_before_a_request_is_ignored(serve: Serve, talk: Talk) -> None:
    got = talk(serve(echo), b"\r\n" + request("GET / HTTP/1.1", "Connection: close"))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")


MALFORMED = {
    "no version": (b"GET /\r\n\r\n", 400),
    "no grammar": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "target is no path": (b"GET v2/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "bare LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (request("GET / HTTP/1.1", "Host: here"), 400),
    "empty Host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "no Host beside a URL": (b"GET http://x/ HTTP/1.1\r\n\r\n", 400),
    "user name in a URL": (request("GET http://user@there/ HTTP/1.1"), 400),
    "password in a URL": (request("GET https://user:hush@there/ HTTP/1.1"), 400),
    "URL without a host": (request("GET http:///v2/ HTTP/1.1"), 400),
    "URL with a port and no host": (request("GET http://:80/v2/ HTTP/1.1"), 400),
    "URL with a port that does not exist": (request("GET http://there:65536/ HTTP/1.1"), 400),
    "URL with half an address": (request("GET http://[::1/ HTTP/1.1"), 400),
    "no colon": (request("GET / HTTP/1.1", "Accept"), 400),
    "space before the colon": (request("GET / HTTP/1.1", "Accept : x"), 400),
    "folded line": (request("GET / HTTP/1.1", "Accept: x", " y"), 400),
    "control character": (request("GET / HTTP/1.1", "Accept: x\0y"), 400),
    "bare CR": (request("GET / HTTP/1.1", "Accept: x\ry"), 400),
    "negative length": (request("PUT / HTTP/1.1", "Content-Length: -1"), 400),
    "length in words": (request("PUT / HTTP/1.1", "Content-Length: four"), 400),
    "two lengths": (request("PUT / HTTP/1.1", "Content-Length: 4", "Content-Length: 5"), 400),
    "endless length": (request("PUT / HTTP/1.1", "Content-Length: " + "9" * 5000), 400),
    "length and coding": (request("PUT / HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked"), 400),
    "coding on HTTP/1.0": (request("PUT / HTTP/1.0", "Transfer-Encoding: chunked"), 400),
    "unknown coding": (request("PUT / HTTP/1.1", "Transfer-Encoding: gzip, chunked"), 501),
    "long request line": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    "long header": (request("GET / HTTP/1.1", "Accept: " + "a" * 70_000), 431),
    "endless header": (b"GET / HTTP/1.1\r\nAccept: " + b"a" * 200_000, 431),
    "long head": (request("GET / HTTP/1.1", *["Accept: " + "a" * 60_000] * 3), 431),
    "long target and headers": (
        request(f"GET /{'a' * 60_000} HTTP/1.1", *["Accept: " + "a" * 40_000] * 2),
        431,
    ),
    "many headers": (request("GET / HTTP/1.1", *["Accept: x"] * 101), 431),
    "chunk size in words": (request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"xyz\r\n"), 400),
    "negative chunk size": (request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"-1\r\n"), 400),
    "no chunk size": (request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"\r\n"), 400),
    "chunk too long": (request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"1\r\nabc"), 400),
    "endless chunk line": (request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"1;" + b"x" * 2_000), 400),
    "trailer without a colon": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nTrailer\r\n\r\n"),
        400,
    ),
    "trailer with a space before the colon": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nTrailer : t\r\n\r\n"),
        400,
    ),
    "trailer with a control character": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nTrailer: \0\r\n\r\n"),
        400,
    ),
    "trailer that ends in LF": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nTrailer: t\n\r\n"),
        400,
    ),
    "long trailer": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\n" + (b"A: " + b"b" * 1_000 + b"\r\n") * 80),
        400,
    ),
    "long chunk extensions": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=(b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 80),
        400,
    ),
    "extensions and trailer, long together": (
        request(
            "PUT / HTTP/1.1",
            "Transfer-Encoding: chunked",
            body=(b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 40 + b"0\r\n" + (b"A: " + b"b" * 1_000 + b"\r\n") * 40,
        ),
        400,
    ),
    "control character in a chunk extension": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"1;\0\r\nx\r\n0\r\n\r\n"),
        400,
    ),
    "endless trailer": (
        request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\n" + b"A: b\r\n" * 101),
        400,
    ),
}


@pytest.mark.parametrize(("sent", "status"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_request_is_refused_and_the_connection_closed(
    serve: Serve, talk: Talk, capfd: pytest.CaptureFixture[str], sent: bytes, status: int
) -> None:
    got = talk(serve(echo), sent)
    assert got.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in got
    assert capfd.readouterr() == ("", "")


MALFORMED_HOSTS = [
    "",
    " ",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "a,b c",
    "u@b",
    "u:p@b",
    "@b",
    "a:99999",
    "a:65536",
    "a:-1",
    "a:80:80",
    "a:http",
    "a: 80",
    "a :80",
    ":80",
    "::1",
    "::1:5000",
    "[::1",
    "::1]",
    "[]",
    "[a]",
    "[127.0.0.1]",
    "[::1]5000",
    "[::1]:99999",
    "[::1%]",
    "[:::1]",
    "[v1]",
    "http://a",
    "a%",
    "a%zz",
    "a\xe9",
    "<a>",
    '"a"',
    "a\tb",
    "a\0b",
    "a\x7fb",
]


@cross({"version": ["HTTP/1.1", "HTTP/1.0"], "host": MALFORMED_HOSTS})
def test_malformed_host_is_refused(serve: Serve, talk: Talk, host: str, version: str) -> None:
    """RFC 9112 §3.2, RFC 9110 §7.2."""
    notes: list[Note] = []
    sent = f"GET / {version}\r\nHost: {host}\r\n\r\n".encode("latin-1")

    got = talk(serve(echo, log=notes.append), sent)

    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert [note.status for note in notes] == [400]


@pytest.mark.parametrize(
    "host",
    [
        "a",
        "A.example.",
        "my_registry:5000",
        "fake.azurecr.io:443",
        "127.0.0.1",
        "127.0.0.1:",
        "a:0",
        "a:00080",
        "a:65535",
        "a%C3%A9",
        "[::1]",
        "[::1]:5000",
        "[::ffff:127.0.0.1]:80",
        "[fe80::1%25eth0]:80",
        "[fe80::1%eth0]",
        "[v1.a:b]",
    ],
)
def test_host_arrives_as_it_was_sent(serve: Serve, talk: Talk, host: str) -> None:
    server = serve(describe)
    closing = f"Host: {host}\r\nConnection: close\r\n\r\n"

    in_field = talk(server, f"GET / HTTP/1.1\r\n{closing}".encode())
    in_target = talk(server, f"GET http://{host}/ HTTP/1.1\r\n{closing}".encode())

    assert [document_of(got)["HTTP_HOST"] for got in (in_field, in_target)] == [host, host]


def test_user_name_in_a_target_is_in_no_note_and_no_answer(serve: Serve, talk: Talk) -> None:
    notes: list[Note] = []
    got = talk(serve(echo, log=notes.append), request("GET https://user:hush@there:99999/ HTTP/1.1"))
    assert got.endswith(b"\r\n\r\nthe request target has a user name (RFC 9110 \xc2\xa74.2.4)\n")
    assert "hush" not in f"{got!r}{notes}"


def test_head_of_the_longest_line_is_accepted(serve: Serve, talk: Talk) -> None:
    got = talk(serve(echo), request("GET / HTTP/1.1", "Accept: " + "a" * 65_000, "Connection: close"))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")


def test_chunk_extensions_and_trailer_are_skipped(serve: Serve, talk: Talk) -> None:
    body = (b"1;" + b"e" * 1_000 + b"\r\nx\r\n") * 30 + b"0\r\n" + (b"A: " + b"b" * 1_000 + b"\r\n") * 30 + b"\r\n"
    sent = request("PUT / HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close", body=body)
    assert talk(serve(echo), sent).endswith(b"\r\n\r\n" + b"x" * 30)


def test_refused_client_that_keeps_sending_gets_its_answer(serve: Serve, talk: Talk) -> None:
    got = talk(serve(echo), request("PUT / HTTP/1.1", "Content-Length: x"), b"x" * 10_000_000, half_close=True)
    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
