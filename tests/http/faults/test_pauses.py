"""Effects that wait: the app yields pauses and never sleeps, so that its runner waits in its own way."""

import ast
import math
from pathlib import Path
from typing import get_args

import pytest

import fake_registry
from fake_registry import Disconnect, FakeRegistry, Fault, Refuse
from fake_registry.http.faults import When
from fake_registry.spec.errors import NameUnknown
from fake_registry.spec.names import digest_of
from fake_registry.wsgi import ConnectionDropped, Pause
from tests.support.effects import ByteByByte, Fail, Wait
from tests.support.http import (
    HOST,
    IMAGE,
    LAYER,
    OCI_MANIFEST,
    everything,
    pull_layer,
    registry_of,
    send,
)
from tests.support.logins import bearer, log_in, token_for
from tests.support.runner import SteppedResponse

MOMENTS: tuple[When, ...] = get_args(When)
MANIFEST = "/v2/samples/hello/manifests/v1"


def put(registry: FakeRegistry) -> SteppedResponse:
    return SteppedResponse(registry, "PUT", MANIFEST, IMAGE, CONTENT_TYPE=OCI_MANIFEST)


@pytest.mark.parametrize("when", MOMENTS)
def test_pause_comes_where_the_fault_strikes(ready: FakeRegistry, when: When) -> None:
    before = everything(ready)
    ready.faults.add(Fault("manifest.put", Wait(7), when=when))

    response = put(ready)
    pause, started, during = next(response), response.started, everything(ready)
    rest = list(response)

    assert pause == Pause(7, "Wait(seconds=7) at manifest.put")
    assert started is None
    assert (during != before) is (when == "after")
    assert (response.started, rest, everything(ready) != before) == (201, [], True)


def test_endless_pause_is_yielded_at_once(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("base", Wait(math.inf)))

    assert next(SteppedResponse(ready, "GET", "/v2/")) == Pause(math.inf, "Wait(seconds=inf) at base")


def test_pauses_come_in_the_order_of_their_faults(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("base", Wait(4), when="after"))
    ready.faults.add(Fault("base", Wait(2), when="before"))
    ready.faults.add(Fault("base", Wait(3), when="before"))
    ready.faults.add(Fault("base", Wait(1), when="door"))

    items = list(SteppedResponse(ready, "GET", "/v2/"))

    assert [item.seconds for item in items if isinstance(item, Pause)] == [1, 2, 3, 4]
    assert isinstance(items[-1], bytes)


@pytest.mark.parametrize("when", MOMENTS)
def test_connection_drops_after_the_pause(either: FakeRegistry, when: When) -> None:
    either.faults.add(Fault("base", Fail(ConnectionDropped(), seconds=3), when=when))

    response = SteppedResponse(either, "GET", "/v2/")
    pause = next(response)
    recorded = len(either.requests)

    assert isinstance(pause, Pause)
    assert recorded == 0
    with pytest.raises(ConnectionDropped):
        next(response)
    assert [one.status for one in either.requests] == [None]


@pytest.mark.parametrize("when", MOMENTS)
def test_error_is_answered_after_the_pause(either: FakeRegistry, when: When) -> None:
    either.faults.add(Fault("base", Fail(NameUnknown("gone"), seconds=3), when=when))

    response = SteppedResponse(either, "GET", "/v2/")
    pause, _ = response

    assert (pause, response.started) == (Pause(3, either.requests[0].faults[0] + " at base"), 404)
    assert [one.errors for one in either.requests] == [("NAME_UNKNOWN",)]


def test_effect_that_answers_ends_the_pauses_of_its_moment(either: FakeRegistry) -> None:
    either.faults.add(Fault("base", Wait(1)))
    either.faults.add(Fault("base", Refuse()))
    unreached = either.faults.add(Fault("base", Wait(2)))

    response = SteppedResponse(either, "GET", "/v2/")
    pauses = [item for item in response if isinstance(item, Pause)]

    assert [pause.seconds for pause in pauses] == [1]
    assert (response.started, unreached.hits) == (503, 0)


def test_token_is_checked_after_the_pause() -> None:
    registry = registry_of(auth="token")
    token = token_for(registry, log_in(registry), "repository:samples/hello:pull")
    registry.faults.add(Fault("manifest.get", Wait(86_400), when="door"))

    (authorization,) = bearer(token).values()
    response = SteppedResponse(registry, "GET", MANIFEST, HTTP_AUTHORIZATION=authorization)
    pause = next(response)
    assert isinstance(pause, Pause)
    registry.clock.wait(pause.seconds)
    list(response)

    assert response.started == 401
    assert (registry.requests[-1].failure or "").startswith("access token expired")


def test_body_may_have_pauses(ready: FakeRegistry, download: str) -> None:
    ready.faults.add(Fault(download, ByteByByte(0.5)))
    target, host = _download(ready)

    response = SteppedResponse(ready, "GET", target, HTTP_HOST=host)
    first, started = next(response), response.started
    items = [first, *response]

    assert (first, started) == (LAYER[:1], 200)
    assert b"".join(item for item in items if isinstance(item, bytes)) == LAYER
    assert [item.seconds for item in items if isinstance(item, Pause)] == [0.5] * len(LAYER)


def test_runner_that_knows_no_pauses_gets_the_answer(ready: FakeRegistry, download: str) -> None:
    whole = pull_layer(ready)
    ready.faults.add(Fault(download, Wait(0.001)))
    ready.faults.add(Fault(download, ByteByByte(0.001)))

    assert pull_layer(ready) == whole


class TestGivenUp:
    """The runner closes the response during a pause: the client is gone, or does not wait."""

    @pytest.mark.parametrize("when", MOMENTS)
    @pytest.mark.parametrize("steps", [0, 1])
    def test_request_is_recorded_as_dropped(self, either: FakeRegistry, when: When, steps: int) -> None:
        either.faults.add(Fault("base", Wait(7), when=when))

        response = SteppedResponse(either, "GET", "/v2/")
        for _ in range(steps):
            next(response)
        response.close()
        response.close()

        (exchange,) = either.requests
        assert (exchange.status, exchange.faults) == (None, ("Wait(seconds=7)",))
        assert response.started is None

    def test_answered_request_is_recorded_once(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Wait(7)))

        response = SteppedResponse(either, "GET", "/v2/")
        list(response)
        response.close()

        assert [one.status for one in either.requests] == [200]

    def test_fault_that_drops_the_connection_later_strikes_no_more(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Wait(7), when="door"))
        later = either.faults.add(Fault("base", Disconnect()))

        response = SteppedResponse(either, "GET", "/v2/")
        next(response)
        response.close()

        assert later.hits == 0


def _download(registry: FakeRegistry) -> tuple[str, str]:
    """Return the path and the host of LAYER's bytes."""
    path = f"/v2/samples/hello/blobs/{digest_of(LAYER)}"
    found = send(registry, "HEAD" if registry.settings.profile == "oci" else "GET", path)
    if found.status != 307:
        return path, HOST
    _, _, host, target = found.header("Location").split("/", 3)
    return f"/{target}", host


APP = ("http", "core", "auth", "wire", "journal")
"""The packages that answer a request."""
FOR_TESTS = frozenset({"journal/waiting.py"})
"""Modules in them that no request runs: a test waits for requests."""
WAITS = frozenset({"sleep", "wait"})


def test_app_has_no_way_to_sleep() -> None:
    """A sleep under an async transport would stop the whole event loop."""
    packages = [Path(fake_registry.__file__).parent / name for name in APP]
    every = [file for package in packages for file in package.rglob("*.py")]
    files = [file for file in every if f"{file.parent.name}/{file.name}" not in FOR_TESTS]
    waiting = [f"{file.name}:{line}" for file in files for line in _lines_that_wait(file)]

    assert len(files) > len(APP)
    assert waiting == []


def _lines_that_wait(file: Path) -> list[int]:
    """Return the lines that import or call `sleep` or `wait`, or call anything with a timeout."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    imported = [node for node in nodes if isinstance(node, ast.alias)]
    called = [node for node in nodes if isinstance(node, ast.Call)]
    return [
        *(node.lineno for node in imported if node.name in WAITS),
        *(node.lineno for node in called if _waits(node)),
    ]


def _waits(call: ast.Call) -> bool:
    function = ast.unparse(call.func).rpartition(".")[2]
    timed = any(keyword.arg == "timeout" for keyword in call.keywords)
    return timed or function in WAITS or (function == "acquire" and bool(call.args))


@pytest.mark.parametrize(
    "code",
    [
        "from time import sleep",
        "time.sleep(1)",
        "event.wait()",
        "event.wait(1)",
        "lock.acquire(timeout=1)",
        "lock.acquire(True, 1)",
        "thread.join(timeout=1)",
        "queue.get(timeout=1)",
    ],
)
def test_each_way_to_wait_is_found(tmp_path: Path, code: str) -> None:
    file = tmp_path / "app.py"
    file.write_text(f"import time\n{code}\n")

    assert _lines_that_wait(file) == [2]
