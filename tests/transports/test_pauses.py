"""Pauses in a response: who waits for them, and which clients lose their patience first.

How real connections time out is compared in `test_parity`.
"""

import asyncio
import copy
import math
import pickle
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests
import trio
from azure.core.exceptions import ServiceResponseTimeoutError
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import HttpRequest
from urllib3 import Timeout

from fake_registry.clock import LATEST_NS, Clock, ManualClock, SystemClock
from fake_registry.wsgi import Pause
from pytest_acr.transports.bodies import BodyBrokeOff
from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
from pytest_acr.transports.pauses import EndlessPause, Patience, ReadTimedOut, Silence
from pytest_acr.transports.requests_session import acr_session
from tests.support.clocks import UnblockedClock
from tests.transports.calls import HOST, URL
from tests.transports.wsgi_apps import STARTED, Pausing


class WaitedClock:
    """A clock that is not set by hand and takes no time; it keeps how long it waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> int:
        return 0

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


Get = Callable[..., bytes]
"""Get the body of a response from an application; `read_timeout` and `method` may be given."""


def get_sync(app: Pausing, clock: Clock, *, method: str = "GET", **options: Any) -> bytes:
    response = AcrTransport({HOST: app}, clock=clock).send(HttpRequest(method, URL), **options)
    return bytes(response.content)  # type: ignore[union-attr]


def get_legacy(app: Pausing, clock: Clock, *, method: str = "GET", **options: Any) -> bytes:
    request = LegacyHttpRequest(method, URL)
    response: Any = AcrTransport({HOST: app}, clock=clock).send(request, **options)
    return bytes(response.body())


def get_with_requests(app: Pausing, clock: Clock, *, method: str = "GET", read_timeout: Any = None) -> bytes:
    with acr_session({HOST: app}, clock=clock) as session:
        return session.request(method, URL, timeout=(5, read_timeout)).content


async def _get_aio(app: Pausing, clock: Clock, method: str, options: dict[str, Any]) -> bytes:
    request = HttpRequest(method, URL)
    response: Any = await AcrAioTransport({HOST: app}, clock=clock).send(request, **options)
    return bytes(response.content)


def get_asyncio(app: Pausing, clock: Clock, *, method: str = "GET", **options: Any) -> bytes:
    return asyncio.run(_get_aio(app, clock, method, options))


def get_trio(app: Pausing, clock: Clock, *, method: str = "GET", **options: Any) -> bytes:
    return trio.run(_get_aio, app, clock, method, options)


CLIENTS: dict[str, Get] = {
    "sync": get_sync,
    "legacy": get_legacy,
    "requests": get_with_requests,
    "asyncio": get_asyncio,
    "trio": get_trio,
}

every_client = pytest.mark.parametrize("get", CLIENTS.values(), ids=CLIENTS)


def seconds(clock: ManualClock) -> float:
    """Return the seconds that have passed on a clock that began at 0."""
    return round(clock.now() / 1e9)


@every_client
def test_pauses_pass_on_the_registrys_clock(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(Pause(20), Pause(10), STARTED, Pause(5), b"a", Pause(3), Pause(1), b"b", Pause(2))

    assert get(app, clock) == b"ab"
    assert (seconds(clock), app.served, app.closed) == (41, [True], 1)


@every_client
def test_pauses_are_waited_for_on_another_clock(get: Get) -> None:
    clock = WaitedClock()

    assert get(Pausing(Pause(20), STARTED, b"a", Pause(3), b"b"), clock) == b"ab"
    assert clock.waits == [20, 3]


@every_client
def test_short_pauses_pass_on_the_system_clock(get: Get) -> None:
    app = Pausing(Pause(0.001), STARTED, b"a", Pause(0), b"b")

    assert get(app, SystemClock()) == b"ab"


@every_client
def test_client_that_has_the_whole_body_waits_no_longer(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(STARTED, b"abc", Pause(60), length=3)

    assert get(app, clock) == b"abc"
    assert (seconds(clock), app.closed) == (0, 1)


@every_client
def test_response_without_a_body_has_no_pauses_within_it(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(Pause(5), STARTED, Pause(60), b"abc", length=3)

    assert get(app, clock, method="HEAD") == b""
    assert (seconds(clock), app.closed) == (5, 1)


@every_client
def test_pause_within_an_error_is_waited_for(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(STARTED, b"a", Pause(7), b"b", status="404 Not Found")

    assert get(app, clock) == b"ab"
    assert seconds(clock) == 7


TIMEOUTS = (ServiceResponseTimeoutError, requests.exceptions.ReadTimeout)


@every_client
@pytest.mark.parametrize("clock", [ManualClock(0), WaitedClock()], ids=["manual", "other"])
def test_shorter_read_timeout_ends_the_call_at_once(clock: Clock, get: Get) -> None:
    clock = type(clock)(0) if isinstance(clock, ManualClock) else WaitedClock()
    app = Pausing(Pause(20, "the registry is slow"), Pause(20), STARTED, b"abc")

    with pytest.raises(TIMEOUTS, match=r"read timeout=4\): the registry is slow"):
        get(app, clock, read_timeout=4)

    # the registry has served the request all the same, and its client is gone
    assert (app.served, app.closed) == ([True], 1)
    assert clock.waits == [] if isinstance(clock, WaitedClock) else seconds(clock) == 4


@every_client
def test_read_timeout_adds_up_pauses_without_a_byte_between_them(get: Get) -> None:
    clock = ManualClock(0)

    with pytest.raises(TIMEOUTS):
        get(Pausing(Pause(3), Pause(3), STARTED, b"abc"), clock, read_timeout=4)
    assert seconds(clock) == 4


@every_client
def test_read_timeout_begins_anew_with_each_byte(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(Pause(3), STARTED, Pause(3), b"a", Pause(3), b"b")

    assert get(app, clock, read_timeout=4) == b"ab"
    assert seconds(clock) == 9


@every_client
def test_endless_pause_ends_with_the_read_timeout(get: Get) -> None:
    clock = ManualClock(0)
    app = Pausing(Pause(math.inf), STARTED)

    with pytest.raises(TIMEOUTS):
        get(app, clock, read_timeout=4)
    assert (seconds(clock), app.served, app.closed) == (4, [], 1)


@every_client
@pytest.mark.parametrize("items", [[], [STARTED, b"a"]], ids=["before", "within"])
def test_endless_pause_without_a_read_timeout_is_an_error(items: list[Any], get: Get) -> None:
    app = Pausing(*items, Pause(math.inf, "the registry hangs"))
    clock = WaitedClock()

    with pytest.raises(EndlessPause, match="no read timeout: the registry hangs"):
        get(app, clock, read_timeout=None)
    assert (app.closed, clock.waits) == (1, [])


@every_client
def test_pause_that_no_clock_can_sleep_is_an_error(get: Get) -> None:
    app = Pausing(STARTED, b"a", Pause(1e10, "the registry hangs"))

    with pytest.raises(EndlessPause, match="no read timeout: the registry hangs"):
        get(app, SystemClock(), read_timeout=None)
    assert app.closed == 1


def test_manual_clock_moves_by_any_pause() -> None:
    clock = ManualClock(0)

    assert get_sync(Pausing(Pause(1e10), STARTED, b"a"), clock, read_timeout=None) == b"a"
    assert seconds(clock) == 1e10


@pytest.mark.parametrize(
    "error",
    [ReadTimedOut(4, "slow"), ReadTimedOut(4, ""), EndlessPause("hangs"), BodyBrokeOff(1, None)],
    ids=repr,
)
def test_error_survives_a_copy_and_a_pickle(error: Exception) -> None:
    copies = [copy.copy(error), pickle.loads(pickle.dumps(error))]

    assert [str(each) for each in copies] == [str(error)] * 2
    assert [vars(each) for each in copies] == [vars(error)] * 2


@pytest.mark.parametrize("get", [get_sync, get_asyncio])
def test_read_timeout_of_azure_core_is_300_seconds_unless_given(get: Get) -> None:
    clock = ManualClock(0)

    assert get(Pausing(Pause(300), STARTED, b"abc"), clock) == b"abc"
    with pytest.raises(ServiceResponseTimeoutError):
        get(Pausing(Pause(301), STARTED, b"abc"), clock)
    assert seconds(clock) == 600


@pytest.mark.parametrize("get", [get_sync, get_asyncio])
def test_read_timeout_may_be_part_of_a_connection_timeout(get: Get) -> None:
    with pytest.raises(ServiceResponseTimeoutError):
        get(Pausing(Pause(5), STARTED), ManualClock(), connection_timeout=(60, 4))


@pytest.mark.parametrize("timeout", [4, (60, 4), Timeout(4), Timeout(connect=60, read=4), Timeout(total=4)], ids=str)
def test_each_form_of_a_timeout_of_requests_counts(timeout: Any) -> None:
    app = Pausing(Pause(5), STARTED, b"abc")

    with (
        acr_session({HOST: app}, clock=ManualClock()) as session,
        pytest.raises(requests.exceptions.ReadTimeout, match="Read timed out"),
    ):
        session.get(URL, timeout=timeout)


def test_session_without_a_timeout_waits() -> None:
    clock = ManualClock(0)

    with acr_session({HOST: Pausing(Pause(5000), STARTED, b"abc")}, clock=clock) as session:
        assert session.get(URL).content == b"abc"
    assert seconds(clock) == 5000


def test_bug_of_the_application_wins_over_the_timeout() -> None:
    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterator[Any]:
        yield Pause(5)
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        AcrTransport({HOST: app}, clock=ManualClock()).send(HttpRequest("GET", URL), read_timeout=4)


class InterruptedClock(WaitedClock):
    """A clock whose wait is interrupted."""

    def wait(self, seconds: float) -> None:
        raise KeyboardInterrupt


def test_interrupt_wins_over_a_bug_of_the_application() -> None:
    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterator[Any]:
        yield Pause(5)
        raise KeyError("a bug")

    with pytest.raises(KeyboardInterrupt) as caught:
        AcrTransport({HOST: app}, clock=InterruptedClock()).send(HttpRequest("GET", URL))
    assert isinstance(caught.value.__context__, KeyError)


def test_pause_that_is_cancelled_leaves_a_request_that_is_served() -> None:
    app = Pausing(Pause(3600), STARTED, b"abc")

    async def get() -> None:
        task = asyncio.create_task(_get_aio(app, UnblockedClock(), "GET", {"read_timeout": None}))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(get())

    assert (app.served, app.closed) == ([True], 1)


def test_pause_beyond_the_end_of_the_clock_is_endless() -> None:
    clock = ManualClock(LATEST_NS - 10_000_000_000)
    silence = Silence(Patience(clock))

    assert silence.seconds_of(Pause(10)) == 10
    with pytest.raises(EndlessPause, match="slow"):
        silence.seconds_of(Pause(11, "slow"))


def test_read_timeout_after_the_end_of_the_clock_ends_there() -> None:
    clock = ManualClock(LATEST_NS - 10_000_000_000)

    with pytest.raises(ReadTimedOut, match="slow"):
        Silence(Patience(clock, 60)).seconds_of(Pause(61, "slow"))
    assert clock.seconds_left == 0
