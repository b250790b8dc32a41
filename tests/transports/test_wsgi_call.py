"""One call: its environ, the framing of its body, and the start of the response."""

import io
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.wsgi import PAUSES
from pytest_acr.transports.environ import environ_of
from pytest_acr.transports.wsgi_call import UnknownHost
from tests.transports.calls import HOST, URL, send
from tests.transports.wsgi_apps import Scripted, mirror, null_app


class BodyReader:
    """An application that keeps the environ of its last call and what `read` returned of the body."""

    def __init__(
        self,
        read: Callable[[WSGIEnvironment], bytes] = lambda environ: environ["wsgi.input"].read(),
    ) -> None:
        self.read = read
        self.environ: WSGIEnvironment = {}
        self.body = b""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.environ = environ
        self.body = self.read(environ)
        return null_app(environ, start_response)


def sent(data: object, *, headers: dict[str, str] | None = None, method: str = "PUT") -> BodyReader:
    app = BodyReader()
    send({HOST: app}, method, URL, headers or {}, data)
    return app


@pytest.mark.filterwarnings("ignore::wsgiref.validate.WSGIWarning")  # it does not know every method
@pytest.mark.parametrize(
    "data",
    [None, b"abc", iter([b"abc"]), io.BytesIO(b"abc")],
    ids=["none", "bytes", "iter", "file"],
)
def test_environ_passes_the_validator_of_pep_3333(data: object) -> None:
    response = send(
        {HOST: validator(mirror)},
        "PUT",
        f"{URL}?a=1",
        {"Content-Type": "text/plain"},
        data,
    )
    assert b'"query": "a=1"' in b"".join(response.body)


def test_requests_to_one_url_share_no_environ() -> None:
    first = environ_of("PUT", URL, {"X-Ms-Id": "1"})
    first.clear()
    assert environ_of("GET", URL, {}) == environ_of("get", f"{URL}#again", {})
    assert "HTTP_X_MS_ID" not in environ_of("GET", URL, {})


@pytest.mark.parametrize("prepared", [False, True])
def test_dot_segments_of_a_prepared_url_are_sent(*, prepared: bool) -> None:
    environ = environ_of("GET", f"{URL}a/../b", {}, prepared=prepared)
    assert environ["PATH_INFO"] == ("/v2/a/../b" if prepared else "/v2/b")


def test_environ_describes_the_request() -> None:
    environ = environ_of("get", "HTTPS://Fake.AzureCR.io/v2/a%2Fb/%C3%A9?x=%2F&y=", {"x-ms-id": "1", "Accept": "a/b"})
    assert {name: value for name, value in environ.items() if not name.startswith("wsgi.")} == {
        PAUSES: True,
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/v2/a/b/\xc3\xa9",
        "QUERY_STRING": "x=%2F&y=",
        "REQUEST_URI": "/v2/a%2Fb/%C3%A9?x=%2F&y=",
        "SERVER_NAME": "fake.azurecr.io",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "fake.azurecr.io",
        "HTTP_ACCEPT": "a/b",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "HTTP_X_MS_ID": "1",
    }


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "query"),
    [
        ("https://h:443/", "h", "443", "/", ""),
        ("http://h:5000/v2//a", "h:5000", "5000", "/v2//a", ""),
        ("http://h", "h", "80", "/", ""),
        ("https://user:secret@h?x=a/b:c@d", "h", "443", "/", "x=a/b:c@d"),
        ("http://[::1]:5000/v2/", "[::1]:5000", "5000", "/v2/", ""),
        ("http://[::1]/v2/", "[::1]", "80", "/v2/", ""),
        ("https://h/a b/../é#part", "h", "443", "/\xc3\xa9", ""),
        ("https://h/v2/?x=a b", "h", "443", "/v2/", "x=a%20b"),
    ],
)
def test_url_is_split_into_variables(url: str, host: str, port: str, path: str, query: str) -> None:
    environ = environ_of("GET", url, {})
    assert (host, port, path, query) == tuple(
        environ[name] for name in ("HTTP_HOST", "SERVER_PORT", "PATH_INFO", "QUERY_STRING")
    )


def test_url_of_another_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an http or https URL, found '/v2/'"):
        environ_of("GET", "/v2/", {})


def test_refused_url_is_named_without_secrets() -> None:
    with pytest.raises(ValueError, match=r"found 'ftp://\*\*\*@host/\?a=1&sig=\*\*\*'"):
        environ_of("GET", "ftp://user:secret@host/?a=1&sig=secret", {})


def test_unknown_host_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownHost, match=r"host 'b:5000', known: a, fake\.azurecr\.io; no socket is opened"):
        send({HOST: null_app, "a": null_app}, "GET", "https://b:5000/", {}, None)


@pytest.mark.parametrize(
    ("host", "remedy"),
    [
        ("other.azurecr.io", '; @pytest.mark.acr(name="other") makes a fake of this name'),
        ("other.azurecr.cn", '; @pytest.mark.acr(name="other", domain="azurecr.cn") makes a fake of this name'),
        ("other.azurecr.io:5000", ""),
        ("example.com", ""),
    ],
)
def test_unknown_host_of_a_possible_fake_has_a_remedy(host: str, remedy: str) -> None:
    with pytest.raises(UnknownHost) as refused:
        send({HOST: null_app}, "GET", f"https://{host}/", {}, None)
    assert str(refused.value).partition("in memory mode")[2] == remedy


def test_host_header_of_the_caller_does_not_choose_the_app() -> None:
    app = BodyReader()
    send({HOST: app}, "GET", URL, {"Host": "other"}, None)
    assert app.environ["HTTP_HOST"] == "other"


@pytest.mark.parametrize(
    ("data", "length", "coding", "body"),
    [
        (b"abc", "3", None, b"abc"),
        (bytearray(b"abc"), "3", None, b"abc"),
        ("é", "2", None, "é".encode()),
        (None, "0", None, b""),
        (b"", "0", None, b""),
        (io.BytesIO(b"abc"), "3", None, b"abc"),
        (io.StringIO("abc"), "3", None, b"abc"),
        ([b"ab", b"", b"c"], None, "chunked", b"abc"),
        ((piece for piece in ["a", "é"]), None, "chunked", "aé".encode()),
        ({"a": "1", "b": ["2", "3"], "c": None, "d": 4}, "15", None, b"a=1&b=2&b=3&d=4"),
    ],
    ids=[
        "bytes",
        "bytearray",
        "str",
        "none",
        "empty",
        "file",
        "text-file",
        "list",
        "generator",
        "form",
    ],
)
def test_framing_follows_the_kind_of_body(data: object, length: str | None, coding: str | None, body: bytes) -> None:
    app = sent(data)
    framing = (
        app.environ.get("CONTENT_LENGTH"),
        app.environ.get("HTTP_TRANSFER_ENCODING"),
        app.body,
    )
    assert framing == (length, coding, body)


class FormKind(str, Enum):  # noqa: UP042 - a StrEnum has another `str`
    """A value as in the Azure SDK's forms."""

    TOKEN = "access token"


FORM_TEXTS = st.text(st.sampled_from("aZ09-._~ +&=%/:\u00e9\U0001f600") | st.characters(codec="utf-8"))


@given(st.dictionaries(FORM_TEXTS, FORM_TEXTS | st.lists(FORM_TEXTS), min_size=1))
def test_form_is_written_as_urlencode_writes_it(fields: dict[str, str | list[str]]) -> None:
    assert sent(fields).body == urlencode(fields, doseq=True).encode()


def test_form_has_values_of_other_types() -> None:
    fields = {"kind": FormKind.TOKEN, "count": 3, "bytes": b"\xff a", "absent": None, b"n&": "", 7: ["a", None, b"~"]}
    assert sent(fields).body == b"kind=access+token&count=3&bytes=%FF+a&n%26=&7=a&7=~"


def test_length_counts_from_the_position_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        file.seek(4)
        app = sent(file)
        assert (app.environ["CONTENT_LENGTH"], app.body, file.tell()) == ("6", b"456789", 10)


def test_length_given_by_the_caller_frames_a_generator() -> None:
    app = sent(iter([b"abc"]), headers={"Content-Length": "3"})
    assert (app.environ["CONTENT_LENGTH"], app.environ.get("HTTP_TRANSFER_ENCODING")) == ("3", None)


def test_get_without_a_body_has_no_length() -> None:
    assert "CONTENT_LENGTH" not in sent(None, method="GET").environ


def test_body_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="found int"):
        sent(5)


@pytest.mark.parametrize("piece", [None, False, 0, 5, []], ids=repr)
def test_piece_of_another_type_is_refused(piece: object) -> None:
    with pytest.raises(TypeError, match=f"to be bytes or str, found {type(piece).__name__}"):
        sent([b"abc", piece, b"def"])


def test_stream_is_read_as_the_application_asks() -> None:
    pulled: list[bytes] = []
    seen_after_one_read: list[list[bytes]] = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"abcd", b"ef"):
            pulled.append(piece)
            yield piece

    def read(environ: WSGIEnvironment) -> bytes:
        first: bytes = environ["wsgi.input"].read(3)
        seen_after_one_read.append(list(pulled))
        return b"|".join([first, environ["wsgi.input"].read(3), environ["wsgi.input"].readline()])

    app = BodyReader(read)
    send({HOST: app}, "PUT", URL, {}, pieces())
    assert (app.body, seen_after_one_read) == (b"abc|d|ef", [[b"abcd"]])


def test_stream_that_the_application_does_not_read_is_used_up() -> None:
    file = io.BytesIO(b"abc")
    send({HOST: null_app}, "PUT", URL, {}, file)
    assert file.tell() == 3


def lazy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    yield b""
    start_response("200 OK", [])
    yield b"a"
    yield b"b"


def writing(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])(b"a")
    return [b"b"]


def lazy_without_a_body(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield from ()


@pytest.mark.parametrize(("app", "body"), [(lazy, b"ab"), (writing, b"ab"), (lazy_without_a_body, b"")])
def test_application_may_start_late_write_or_be_empty(
    app: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]], body: bytes
) -> None:
    response = send({HOST: app})
    assert (response.status, response.reason, b"".join(response.body)) == (200, "OK", body)


def test_application_that_never_starts_is_an_error_and_is_closed() -> None:
    app = Scripted([b"abc"])
    with pytest.raises(AssertionError, match="without calling start_response"):
        send(
            {HOST: lambda environ, _: app(environ, lambda *_: bytes.upper)},
            "GET",
            URL,
            {},
            None,
        )
    assert app.closed == 1


def test_body_that_fails_passes_its_error_on_and_closes() -> None:
    def failing() -> Iterator[bytes]:
        yield b"abc"
        raise OSError("the disk is gone")

    app = Scripted([b"abc"])
    with pytest.raises(OSError, match="the disk is gone"):
        send({HOST: app}, "PUT", URL, {}, failing())
    assert app.closed == 1


def test_application_may_replace_its_response_until_it_is_sent() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        bug = ValueError("too late")
        yield b"a"
        start_response("500 Internal Server Error", [], (ValueError, bug, None))  # type: ignore[arg-type]

    body = send({HOST: app}, "GET", URL, {}, None).body
    with pytest.raises(ValueError, match="too late"):
        list(body)


def test_second_start_without_an_error_is_refused() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        start_response("201 Created", [])
        return []

    with pytest.raises(AssertionError, match="twice"):
        send({HOST: app}, "GET", URL, {}, None)
