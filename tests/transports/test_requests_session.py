"""The requests session by itself. `test_parity` uses it as an oracle."""

import gc

import pytest
import requests
from urllib3.exceptions import ProtocolError

from fake_registry.clock import ManualClock
from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.requests_session import acr_session
from tests.transports.sockets import serve_app
from tests.transports.wsgi_apps import Scripted, mirror, null_app

URL = "https://fake.azurecr.io/v2/"


def test_session_sends_and_reads() -> None:
    with acr_session({"fake.azurecr.io": mirror}, clock=ManualClock()) as session:
        response = session.put(URL, params={"n": "1"}, data=b"abc", timeout=5)
    seen = response.json()
    assert (seen["method"], seen["query"], seen["length"], seen["body"]) == (
        "PUT",
        "n=1",
        "3",
        "abc",
    )
    assert (response.url, response.reason, response.encoding) == (f"{URL}?n=1", "OK", "utf-8")


@pytest.mark.parametrize(
    "path",
    ["/v2/%2e%2e/prod", "/v2/%2E/a", "/v2/.%2e/a", "/v2/../a", "/v2/./a", "/v2/%252e%252e/a", "/v2/a/..%2fb"],
)
def test_path_arrives_as_over_a_socket(path: str) -> None:
    with acr_session({"fake.azurecr.io": mirror}, clock=ManualClock()) as session:
        in_memory = session.get(f"https://fake.azurecr.io{path}").json()["path"]
    with serve_app(mirror) as netloc, requests.Session() as session:
        session.trust_env = False
        over_a_socket = session.get(f"http://{netloc}{path}").json()["path"]
    assert in_memory == over_a_socket


def test_value_of_a_header_may_be_bytes() -> None:
    with acr_session({"fake.azurecr.io": mirror}, clock=ManualClock()) as session:
        seen = session.get(URL, headers={"Accept": b"text/\xe9"}).json()
    assert seen["accept"] == "text/\xe9"


def test_file_without_a_length_is_sent_in_chunks() -> None:
    with acr_session({"fake.azurecr.io": mirror}, clock=ManualClock()) as session:
        seen = session.put(URL, data=iter([b"ab", b"c"])).json()
    assert (seen["length"], seen["coding"], seen["body"]) == (None, "chunked", "abc")


def test_environment_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "nowhere.pem")
    with acr_session({"fake.azurecr.io": null_app}, clock=ManualClock()) as session:
        assert (session.trust_env, session.get(URL).status_code) == (False, 200)


def test_http_and_redirects_stay_in_process() -> None:
    moved = Scripted([], "307 Temporary Redirect", [("Location", "http://other/v2/")])
    with acr_session({"fake.azurecr.io": moved, "other": null_app}, clock=ManualClock()) as session:
        response = session.get(URL)
    assert (response.status_code, response.url) == (200, "http://other/v2/")


def test_stream_is_read_piece_by_piece() -> None:
    app = Scripted([b"abc", b"de"], headers=[("Content-Length", "5")])
    with acr_session({"fake.azurecr.io": app}, clock=ManualClock()) as session:
        response = session.get(URL, stream=True)
        assert (app.yielded, response.raw.read(2), app.yielded) == (0, b"ab", 1)
        assert (b"".join(response.iter_content(2)), app.closed) == (b"cde", 1)


def test_short_raw_body_is_an_error_when_it_is_read_whole() -> None:
    app = Scripted([b"abc"], headers=[("Content-Length", "5")])
    with acr_session({"fake.azurecr.io": app}, clock=ManualClock()) as session:
        response = session.get(URL, stream=True)
        with pytest.raises(ProtocolError, match=r"IncompleteRead\(0 bytes read, 2 more expected\)"):
            response.raw.read()


def test_closed_and_abandoned_streams_are_closed_once() -> None:
    app = Scripted([b"abc"])
    with acr_session({"fake.azurecr.io": app}, clock=ManualClock()) as session:
        response = session.get(URL, stream=True)
        response.close()
        response.close()
        assert app.closed == 1
        session.get(URL, stream=True)
        gc.collect()
    assert app.closed == 2


@pytest.mark.parametrize(
    ("app", "error"),
    [
        (Scripted([], before=ConnectionDropped()), requests.exceptions.ConnectionError),
        (
            Scripted([b"a"], headers=[("Content-Length", "2")]),
            requests.exceptions.ChunkedEncodingError,
        ),
        (Scripted([b"a"], error=ConnectionDropped()), requests.exceptions.ChunkedEncodingError),
        (Scripted([b"a"], error=KeyError("a bug")), KeyError),
        (Scripted([], before=KeyError("a bug")), KeyError),
    ],
    ids=["dropped", "short", "dropped later", "bug later", "bug"],
)
def test_failures_raise_the_errors_of_requests(app: Scripted, error: type[Exception]) -> None:
    with (
        acr_session({"fake.azurecr.io": app}, clock=ManualClock()) as session,
        pytest.raises(error) as caught,
    ):
        session.get(URL)
    assert (caught.type, app.closed) == (error, 0 if app.before else 1)


def test_unknown_host_is_an_error_with_the_known_ones() -> None:
    with (
        acr_session({"fake.azurecr.io": null_app}, clock=ManualClock()) as session,
        pytest.raises(
            requests.exceptions.ConnectionError,
            match=r"'mcr\.microsoft\.com', known: fake\.azurecr\.io",
        ),
    ):
        session.get("https://mcr.microsoft.com/v2/")
