"""Registries that cannot be tested are refused with a sentence, in bounded time and memory."""

import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import chain, count, repeat
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.client.access import Credentials
from pytest_acr.harness.preflight import CheckRefused, check_reachable, refuse_remote_write
from pytest_acr.harness.url_target import UrlTarget
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.endless import BLOCK, Pieces, dripping, endless, endless_chunks, head, serve_raw, whole
from tests.support.scripted_connections import RESET, serve_connections

HTML: Final = "Content-Type: text/html; charset=utf-8"
JSON: Final = "Content-Type: application/json"
NO_RESPONSE: Final = "the registry returns no usable response: GET "
ANONYMOUS: Final = Credentials()
NOT_LISTENING: Final = "found a refused connection: no server listens there"
MAX_BYTES: Final = 200_000_000


def refusal_of(url: str, *, credentials: Credentials = ANONYMOUS) -> str:
    with UrlTarget(url, credentials=credentials) as target, pytest.raises(CheckRefused) as refused:
        check_reachable(target)
    return str(refused.value)


@pytest.mark.parametrize("profile", ["oci", "acr"])
def test_our_registry_is_accepted(profile: str) -> None:
    registry = FakeRegistry(Settings(profile=profile, auth="off"))  # type: ignore[arg-type] # a text
    with registry.serve() as server, UrlTarget(server.url) as target:
        check_reachable(target)
    check_reachable(WsgiTarget(registry.wsgi_app))


@pytest.mark.parametrize(
    "answer",
    [
        whole(200, b"{}", JSON),
        whole(200, b""),
        whole(200, b"", HTML),
        whole(200, b"true", "Content-Type: text/plain"),
    ],
)
def test_other_registries_are_accepted(answer: list[bytes]) -> None:
    with serve_connections(answer) as server, UrlTarget(server.url) as target:
        check_reachable(target)
    assert server.requests[0].startswith(b"GET /v2/ HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (whole(404, b"nothing", HTML), "there is no registry API here (404): check host and port"),
        (whole(403, b"{}", JSON), "the registry denies access to this user (403): use one"),
        (whole(429, b"{}", JSON), "the registry limits the number of requests (429): try again later"),
        (whole(503, b"{}", JSON), "expected status 200 of GET /v2/, found 503: is this a registry?"),
        (whole(301, b""), "expected status 200 of GET /v2/, found 301: is this a registry?"),
        (whole(200, b"<!DOCTYPE html>", HTML), "expected JSON or nothing from GET /v2/, found an HTML page"),
        (whole(200, b"\n <html>"), "expected JSON or nothing from GET /v2/, found an HTML page"),
        (whole(200, b"Sign in", HTML), "expected JSON or nothing from GET /v2/, found an HTML page"),
        ([b""], NO_RESPONSE),
        ([RESET], NO_RESPONSE),
        ([b"SSH-2.0-OpenSSH\r\n"], NO_RESPONSE),
    ],
)
def test_host_without_a_usable_registry_is_refused(answer: list[bytes], message: str) -> None:
    with serve_connections(answer) as server:
        refusal = refusal_of(server.url)
    assert refusal.startswith(message)
    assert refusal.isprintable()


def test_unreachable_url_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    assert refusal_of(url) == f"{NO_RESPONSE}{url}/v2/: expected a connection to {url}, {NOT_LISTENING}"


def test_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert refusal_of("https://registry.invalid").endswith("found a host name without an address")


@pytest.mark.parametrize(
    "credentials",
    [ANONYMOUS, Credentials(username="me", password="wrong")],
    ids=["anonymous", "wrong"],
)
def test_wrong_credentials_are_refused(credentials: Credentials) -> None:
    registry = FakeRegistry(Settings(auth="token", admin_user="me", admin_password="secret"))
    with registry.serve() as server:
        refusal = refusal_of(server.url, credentials=credentials)
    assert refusal == (
        "the registry requires a login, or refuses this one (401): name a user and the password, "
        "with --username and --password, or in a test with a UrlTarget"
    )


def test_realm_at_another_host_is_refused_with_the_remedy() -> None:
    challenge = 'WWW-Authenticate: Bearer realm="https://auth.example.com/token",service="s"'
    with serve_connections([head(401, challenge, "Content-Length: 0")]) as server:
        refusal = refusal_of(server.url, credentials=Credentials(username="me", password="secret"))
    assert "user and password are not sent to another host" in refusal
    assert "auth.example.com" in refusal
    assert "secret" not in refusal


def test_dripping_registry_is_refused_at_the_time_limit() -> None:
    seconds = count()
    with (
        serve_raw(lambda _: dripping(head(200, "Content-Length: 1000000")), pause=0.001) as url,
        UrlTarget(url, timeout_seconds=20, monotonic=lambda: float(next(seconds))) as target,
        pytest.raises(CheckRefused, match=f"{NO_RESPONSE}.* in 20 s"),
    ):
        check_reachable(target)


# nothing is sent to another host


@pytest.mark.parametrize("url", ["http://localhost:5000", "127.0.0.1", "https://[::1]", "http://127.9.9.9:80"])
def test_this_machine_may_be_written_to(url: str) -> None:
    refuse_remote_write(url)


@pytest.mark.parametrize("url", ["registry.example.com", "http://10.0.0.1", "http://localhost.example.com"])
def test_another_host_is_refused_without_write(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    look_ups: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", look_ups.append)

    with pytest.raises(CheckRefused, match=r"expected a registry on this machine, .* --write allows it"):
        refuse_remote_write(url)
    refuse_remote_write(url, write=True)
    assert look_ups == []


@pytest.mark.parametrize("write", [True, False])
def test_malformed_url_is_an_error(*, write: bool) -> None:
    with pytest.raises(ValueError, match="expected a registry's URL"):
        refuse_remote_write("http://me:secret@host", write=write)


# memory


CHECK: Final = """
import sys
from pytest_acr.harness.preflight import CheckRefused, check_reachable
from pytest_acr.harness.url_target import UrlTarget

for url in sys.argv[1:]:
    try:
        check_reachable(UrlTarget(url))
    except CheckRefused as refused:
        print(refused)
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""


def chunked(start: bytes, block: bytes) -> Pieces:
    return chain([head(200, "Transfer-Encoding: chunked") + start], repeat(block))


LARGE: Final[Sequence[Callable[[], Pieces]]] = (
    lambda: endless(200),
    lambda: endless_chunks(200),
    lambda: endless(200, "Content-Length: 10000000000"),
    lambda: chunked(b"2540be400\r\n", BLOCK),
    lambda: chain([b"HTTP/1.1 200 OK\r\nA: "], repeat(BLOCK)),
    lambda: chunked(b"0\r\n", b"A: b\r\n" * 10_000),
)
"""Responses with bodies, heads and trailers of 10 GB and more."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status, which Linux has")
def test_registry_that_sends_10_gb_costs_less_than_200_mb() -> None:
    """The bound cuts each body at 32 MiB, so that no more is sent."""
    numbers = count()

    with serve_raw(lambda _: LARGE[next(numbers)]()) as url:
        command = [sys.executable, "-c", CHECK, *[url] * len(LARGE)]
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    *refusals, peak_kib = result.stdout.splitlines()
    bounds = [refusal.partition("expected a")[2].split(",")[0] for refusal in refusals]
    assert bounds == [
        *(" body of at most 33554432 bytes",) * 4,
        *(" response's head of at most 65536 bytes",) * 2,
    ]
    assert int(peak_kib) * 1024 < MAX_BYTES
