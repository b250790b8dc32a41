"""Whatever clients have sent, a reset brings the server back to within 40 MB of its start.

Every store of docs/reference/bounds.md is filled, one after the other, in one process of the command.
"""

import hashlib
import http.client
import json
import os
import re
import select
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
HANG_SECONDS: Final = 60
ALLOWED_BYTES: Final = 40_000_000
ADMIN: Final = "Basic " + b64encode(b"admin:secret").decode()
JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

Statuses = list[int]
"""The statuses of the answers."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/PID/status, which Linux has")


class MeasuredServer:
    """A server command, a connection to it, and the memory of its process."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.port = port
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_SECONDS)

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        assert self._process.wait(HANG_SECONDS) == 0

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a request of the admin user, and return the answer, whose body was read."""
        self._connection.request(method, path, body, {"Authorization": ADMIN, **(headers or {})})
        response = self._connection.getresponse()
        response.read()
        return response

    def control(self, path: str, document: dict[str, Any] | None = None) -> int:
        """Post to the control API, and return the status."""
        body = b"" if document is None else json.dumps(document).encode()
        return self.send("POST", f"/_fake/{path}", body, None if document is None else JSON).status

    def memory(self) -> int:
        """Return the bytes of memory that the process has."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        match = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert match is not None
        return int(match[1]) * 1024

    def memory_after_release(self, most: int) -> int:
        """Return the memory once it is at most that, or after some seconds, for the test to fail."""
        for _ in range(500):
            if self.memory() <= most:
                break
            threading.Event().wait(0.01)
        return self.memory()


@pytest.fixture
def settings() -> list[str]:
    """Options of the command; a test may add some by its parameters."""
    return []


@pytest.fixture
def server(settings: list[str]) -> Iterator[MeasuredServer]:
    access = ["--auth", "anonymous-pull", "--admin-user", "admin:secret"]
    arguments = ["--port", "0", *access, *settings]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FAKE_REGISTRY_")}
    with subprocess.Popen(
        [sys.executable, "-m", "fake_registry", "serve", *arguments],
        env={**environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], HANG_SECONDS)[0], "not ready"
        ready = re.search(r"url=http://127\.0\.0\.1:(\d+) ", process.stdout.readline())
        assert ready is not None
        with closing(MeasuredServer(process, int(ready[1]))) as measured:
            yield measured


def fill_routes_and_requests(server: MeasuredServer, megabytes: int) -> Statuses:
    """Send paths of 60 kB: routes and recorded requests."""
    paths = [f"/v2/a/blobs/uploads/{number}{'x' * 60_000}" for number in range(megabytes * 16)]
    return [server.send("GET", path).status for path in paths]


def fill_header_names(server: MeasuredServer, megabytes: int) -> Statuses:
    """Send header names of 7 kB, which is less than ACR's limit: the caches of names."""
    names = [f"X{number}-{'y' * 7_000}" for number in range(megabytes * 12)]
    return [server.send("GET", "/v2/", headers={name: "1"}).status for name in names]


def fill_parameters(server: MeasuredServer, megabytes: int) -> Statuses:
    """Send names of parameters of 60 kB: the cache of secret names."""
    names = [f"{number}{'z' * 60_000}" for number in range(megabytes * 6)]
    return [server.send("GET", f"/v2/?{name}=1").status for name in names]


def fill_tokens(server: MeasuredServer, megabytes: int) -> Statuses:
    """Request anonymous tokens for thousands of repositories: the tokens that were issued."""
    return [_request_token(server, number) for number in range(megabytes // 5)]


def _request_token(server: MeasuredServer, number: int) -> int:
    scopes = "+".join(f"repository%3Ar{number}a{place}%3Apull" for place in range(8_000))
    fields = f"grant_type=password&service=127.0.0.1%3A{server.port}&scope={scopes}"
    return server.send("POST", "/oauth2/token", fields[:250_000].encode(), FORM).status


def fill_uploads(server: MeasuredServer, megabytes: int) -> Statuses:
    """Start uploads that are never finished; most of them get no content."""
    empty = [f"/v2/empty{number}/blobs/uploads/" for number in range(megabytes * 20)]
    begun = [f"/v2/begun{number}/blobs/uploads/" for number in range(megabytes)]
    locations = [server.send("POST", path).headers["Location"] for path in begun]
    chunks = [server.send("PATCH", location, b"x" * 1_000_000).status for location in locations]
    return [*chunks, *[server.send("POST", path).status for path in empty]]


def fill_content(server: MeasuredServer, megabytes: int) -> Statuses:
    """Push blobs of 1 MB."""
    return [_push(server, f"{number:04}".encode() * 250_000) for number in range(megabytes)]


def _push(server: MeasuredServer, content: bytes) -> int:
    digest = hashlib.sha256(content).hexdigest()
    path = f"/v2/a/blobs/uploads/?digest=sha256:{digest}"
    return server.send("POST", path, content).status


def fill_snapshots(server: MeasuredServer, megabytes: int) -> Statuses:
    """Take snapshots of much content."""
    pushed = fill_content(server, megabytes)
    return [*pushed, *[server.control("snapshot") for _ in range(10)]]


def fill_faults(server: MeasuredServer, megabytes: int) -> Statuses:
    """Add faults with messages of 60 kB."""
    effect = {"name": "Refuse", "message": "m" * 60_000}
    fault = {"endpoint": "tags.list", "effect": effect}
    return [server.control("faults", fault) for _ in range(min(megabytes * 16, 1_000))]


def fill_accounts(server: MeasuredServer, megabytes: int) -> Statuses:
    """Add tokens for 2,400 repositories each."""
    scope_map = {f"r{number}": ["content/read"] for number in range(2_400)}
    tokens = [{"name": f"t{number}", "scope_map": scope_map} for number in range(megabytes)]
    return [server.control("tokens", token) for token in tokens]


def fill_filters(server: MeasuredServer, megabytes: int) -> Statuses:
    """Read requests with many filters: the cache of patterns."""
    filters = [f"path={number}*{'abc' * 150}" for number in range(megabytes * 5)]
    return [server.send("GET", f"/_fake/requests?{one}").status for one in filters]


FILLS: Final[tuple[Callable[[MeasuredServer, int], Statuses], ...]] = (
    fill_routes_and_requests,
    fill_header_names,
    fill_parameters,
    fill_tokens,
    fill_uploads,
    fill_content,
    fill_snapshots,
    fill_faults,
    fill_accounts,
    fill_filters,
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("megabytes", [20, 250])
def test_memory_is_returned_by_a_reset_whatever_was_sent(server: MeasuredServer, megabytes: int) -> None:
    """One store that a reset leaves filled, or several that are left half filled, fail the test."""
    start = server.memory()
    left = {}

    for fill in FILLS:
        expected = {404} if fill is fill_routes_and_requests else {200, 201, 202}
        assert set(fill(server, megabytes)) <= expected
        assert server.control("reset") == 204
        left[fill.__name__] = server.memory_after_release(start + ALLOWED_BYTES) - start

    assert max(left.values()) <= ALLOWED_BYTES, left


BOUND_OF_REQUESTS: Final = 10_000_000


@pytest.mark.exhaustive
@pytest.mark.parametrize("settings", [["--setting", f"max_recorded_bytes={BOUND_OF_REQUESTS}"]])
def test_recorded_requests_take_no_more_than_their_bound(server: MeasuredServer) -> None:
    start = server.memory()
    fill_routes_and_requests(server, 80)

    assert server.memory() - start <= BOUND_OF_REQUESTS + ALLOWED_BYTES
