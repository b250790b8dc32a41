"""A client in memory whose read timeout is shorter than a wait: its own error, at once."""

import time
from typing import Any

import pytest
import requests
from azure.core.exceptions import ServiceResponseTimeoutError

from fake_registry import Delay, Fault, ManualClock, Slow, Stall
from fake_registry.http.faults import Effect
from pytest_acr import connect
from pytest_acr.transports.pauses import EndlessPause
from tests.support.struck_calls import PULL
from tests.support.struck_clients import CLIENTS
from tests.support.struck_requests import LAYER

SECOND = 10**9
"""In nanoseconds, as clocks count."""

TIME_OUTS = (requests.exceptions.ReadTimeout, ServiceResponseTimeoutError)
IN_A_BODY = (requests.exceptions.ConnectionError, ServiceResponseTimeoutError)
"""requests has no error of its own for a time-out within a body."""


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(seconds: float) -> None:
        raise AssertionError(f"slept for {seconds} seconds")

    monkeypatch.setattr(time, "sleep", refuse)


def pull(client: Any) -> bytes:  # Any: a client by what it can do
    """Pull LAYER."""
    return PULL.send(client, "https://fake.azurecr.io").content


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    ("effect", "errors", "seconds"),
    [
        (Delay(60), TIME_OUTS, 2),
        (Delay(1), (), 1),
        (Stall(), TIME_OUTS, 2),
        (Stall(after=4), IN_A_BODY, 2),
        (Slow(0.1), IN_A_BODY, 2),
        (Slow(1), (), 16),
    ],
    ids=repr,
)
def test_clock_moves_by_the_wait_or_by_the_time_out(
    name: str, effect: Effect, errors: tuple[type[Exception], ...], seconds: int
) -> None:
    clock = ManualClock(0)
    registry = PULL.registry(clock)

    with connect(registry) as connection, CLIENTS[name](connection) as client:
        registry.faults.add(Fault("blob.get", effect, when="after", times=1))
        client.read_timeout = 2
        if errors:
            with pytest.raises(errors):
                pull(client)
        else:
            assert pull(client) == LAYER
        passed = clock.now() // SECOND

        assert pull(client) == LAYER

    assert passed == seconds


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("effect", [Stall(), Stall(after=4)], ids=repr)
def test_client_without_a_read_timeout_gets_an_error_that_names_the_fault(name: str, effect: Effect) -> None:
    registry = PULL.registry(ManualClock())

    with connect(registry) as connection, CLIENTS[name](connection) as client:
        registry.faults.add(Fault("blob.get", effect))
        client.read_timeout = None  # type: ignore[assignment]  # as each library takes it
        with pytest.raises(EndlessPause) as caught:
            pull(client)

    assert str(caught.value).endswith(f"{effect!r} at blob.get")


class SleepingClock:
    """A clock that is not set by hand: it must not be waited for."""

    def now(self) -> int:
        return 0

    def wait(self, seconds: float) -> None:
        raise AssertionError(f"waited for {seconds} seconds")


@pytest.mark.parametrize("name", CLIENTS)
def test_long_real_wait_without_a_read_timeout_is_an_error(name: str) -> None:
    registry = PULL.registry(SleepingClock())

    with connect(registry) as connection, CLIENTS[name](connection) as client:
        registry.faults.add(Fault("blob.get", Delay(3_601)))
        client.read_timeout = None  # type: ignore[assignment]  # as above
        with pytest.raises(EndlessPause, match=r"Delay\(seconds=3601, .* at blob\.get$"):
            pull(client)
