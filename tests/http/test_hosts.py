"""`HostApp`: one socket for several hosts, and `host_in`, which returns the host of a request."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from fake_registry.http.hosts import HostApp, host_in


def app_saying(text: bytes) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return (text,)

    return app


APP = HostApp(
    {
        "one.azurecr.io": app_saying(b"one"),
        "Two.azurecr.io.": app_saying(b"two"),
        "127.0.0.1": app_saying(b"four"),
        "2001:db8::1": app_saying(b"six"),
    }
)
HOSTS = "127.0.0.1, 2001:db8::1, one.azurecr.io, two.azurecr.io"


def ask(host: str | None, *, method: str = "GET", app: WSGIApplication = APP) -> tuple[int, dict[str, str], bytes]:
    """Send a request with this Host header, None for none, to a server whose own name is 127.0.0.1."""
    environ: dict[str, Any] = EnvironBuilder(method=method).get_environ()  # Any: WSGI's
    environ |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "443", "HTTP_HOST": host}
    if host is None:
        del environ["HTTP_HOST"]
    pieces, status, headers = run_wsgi_app(app, environ)
    return int(status.partition(" ")[0]), dict(headers), b"".join(pieces)


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("one.azurecr.io", b"one"),
        ("One.AzureCR.io", b"one"),
        ("one.azurecr.io:443", b"one"),
        ("one.azurecr.io:", b"one"),
        ("one.azurecr.io.", b"one"),
        ("one.azurecr.io.:8443", b"one"),
        ("two.azurecr.io", b"two"),
        ("127.0.0.1:5000", b"four"),
        ("[2001:db8::1]", b"six"),
        ("[2001:DB8::1]:443", b"six"),
    ],
)
def test_known_host_leads_to_its_application(host: str, text: bytes) -> None:
    """RFC 9110 §4.2.3: a host is the same in any case. RFC 3986 §3.2.3: a port may be empty."""
    assert ask(host) == (200, {}, text)


@pytest.mark.parametrize("host", ["three.azurecr.io", "azurecr.io", "one.azurecr.io..", "[2001:db8::2]:443", "[::1"])
def test_unknown_host_is_421_and_lists_the_known_hosts(host: str) -> None:
    """RFC 9110 §15.5.20."""
    text = f"no application for host {host_in(host)!r}; there are {HOSTS}\n".encode()
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(text))}
    assert ask(host) == (421, headers, text)
    assert ask(host, method="HEAD") == (421, headers, b"")


def test_without_applications_every_host_is_421() -> None:
    text = b"no application for host 'one.azurecr.io'; there are none\n"
    assert ask("one.azurecr.io", app=HostApp({}))[::2] == (421, text)


@pytest.mark.parametrize("host", [None, ""])
def test_server_name_replaces_a_missing_host_header(host: str | None) -> None:
    """HTTP/1.0 has none. PEP 3333, URL Reconstruction: SERVER_NAME is what it is then."""
    assert ask(host) == (200, {}, b"four")


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("Fake.azurecr.io:443", "fake.azurecr.io"),
        ("fake.azurecr.io.", "fake.azurecr.io"),
        ("localhost", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::1]:8080", "::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::1", "::1"),
        ("::", "::"),
        (":443", ""),
        ("", ""),
    ],
)
def test_host_of_an_authority(authority: str, host: str) -> None:
    """RFC 3986 §3.2.2: an IPv6 address has brackets, and those who write one by itself leave them
    out."""
    assert host_in(authority) == host
