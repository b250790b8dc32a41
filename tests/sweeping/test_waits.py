"""Waits of the code under test move the registries' clocks."""

import asyncio
import threading

import pytest
from urllib3.util.retry import RequestHistory, Retry

from fake_registry.clock import SECOND_NS, ManualClock
from pytest_acr.sweeping.waits import waits_on_clocks


def wait_for_an_hour() -> None:
    """Wait as urllib3 does before a third try."""
    history = (RequestHistory("GET", None, None, 503, None),) * 2
    Retry(backoff_factor=1800, backoff_max=3600, history=history).sleep()


def test_sleep_moves_every_clock() -> None:
    clocks = [ManualClock(0), ManualClock(SECOND_NS)]
    with waits_on_clocks(lambda: clocks):
        wait_for_an_hour()
    assert [clock.now() // SECOND_NS for clock in clocks] == [3600, 3601]


def test_sleep_of_asyncio_moves_the_clock_and_lets_others_run() -> None:
    clock = ManualClock(0)
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    async def wait() -> str:
        task = asyncio.create_task(other())
        result = await asyncio.sleep(3600, "slept")
        await task
        return result

    with waits_on_clocks(lambda: [clock]):
        assert asyncio.run(wait()) == "slept"
    assert (clock.now() // SECOND_NS, order) == (3600, ["other"])


def test_other_thread_and_the_time_after_wait_as_usual() -> None:
    clock = ManualClock(0)

    def wait_in_thread() -> None:
        Retry(backoff_factor=0.0005, history=(RequestHistory("GET", None, None, 503, None),) * 2).sleep()

    with waits_on_clocks(lambda: [clock]):
        thread = threading.Thread(target=wait_in_thread)
        thread.start()
        thread.join()
    wait_in_thread()
    assert clock.now() < SECOND_NS // 1000


def test_time_that_no_clock_has_is_the_end_of_the_clock() -> None:
    clock = ManualClock(0)

    async def wait() -> None:
        await asyncio.sleep(float("inf"))

    with waits_on_clocks(lambda: [clock]):
        asyncio.run(wait())
    assert clock.seconds_left < 1


@pytest.mark.parametrize("seconds", [0, -1])
def test_wait_of_no_time_leaves_the_clock(seconds: int) -> None:
    clock = ManualClock(0)
    with waits_on_clocks(lambda: [clock]):
        asyncio.run(asyncio.sleep(seconds))
    assert clock.now() < SECOND_NS // 1000
