"""Waiting for an exchange, in a thread and in tasks of asyncio and trio."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import pytest
import trio

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from tests.support.exchanges import RecordedExchanges, exchanges_of, push

PUSH: dict[str, Any] = {"endpoint": "manifest.put", "status": 201}


def run_in_asyncio(wait: Callable[[], Awaitable[Exchange]]) -> Exchange:
    async def main() -> Exchange:
        return await wait()

    return asyncio.run(main())


def run_in_trio(task: Coroutine[Any, Any, None]) -> None:
    async def main() -> None:
        await task

    trio.run(main)


@pytest.fixture
def recorded() -> RecordedExchanges:
    return RecordedExchanges()


def wait_by_steps(exchanges: Exchanges, timeout: float = 5, after: int | None = None, **criteria: object) -> Exchange:
    steps = exchanges.wait_in_steps(timeout, after, criteria)
    while True:
        try:
            threading.Event().wait(next(steps))
        except StopIteration as end:
            found: Exchange = end.value
            return found


@pytest.fixture(params=["sync", "asyncio", "trio", "steps"])
def wait_for(request: pytest.FixtureRequest, recorded: RecordedExchanges) -> Callable[..., Exchange]:
    """`wait_for`, `wait_for_async` run by asyncio or trio, or `wait_in_steps`."""
    exchanges = recorded.exchanges
    if request.param == "sync":
        return exchanges.wait_for
    if request.param == "steps":
        return partial(wait_by_steps, exchanges)

    run = run_in_asyncio if request.param == "asyncio" else trio.run

    def wait(*args: Any, **criteria: Any) -> Exchange:  # Any: those of wait_for
        found: Exchange = run(partial(exchanges.wait_for_async, *args, **criteria))
        return found

    return wait


def test_first_exchange_that_is_there_already(recorded: RecordedExchanges, wait_for: Callable[..., Exchange]) -> None:
    recorded.record({}, push("web", "1.0"), push("web", "2.0"))

    assert wait_for(**PUSH).number == 1
    assert wait_for(0, **PUSH).number == 1
    assert wait_for(after=1, **PUSH).number == 2
    assert wait_for(0, after=-1).number == 0


def test_exchange_that_comes(recorded: RecordedExchanges, wait_for: Callable[..., Exchange]) -> None:
    recorded.record(push("web", "1.0"))
    with recorded.recording_later({}, push("web", "2.0"), push("web", "3.0")):
        found = wait_for(60, after=0, **PUSH)

    assert (found.number, found.reference) == (2, "2.0")


def test_requests_that_were_forgotten_meanwhile_do_not_count(
    recorded: RecordedExchanges, wait_for: Callable[..., Exchange]
) -> None:
    """The numbers start at 0 again, so that no exchange would come after #1."""
    recorded.record({}, {})
    with recorded.recording_later({}, push("web", "1.0"), forget_first=True):
        found = wait_for(60, after=1, **PUSH)

    assert (found.number, found.reference) == (1, "1.0")


def test_earlier_exchange_is_found_before_one_that_comes_meanwhile() -> None:
    class SlowlyRead(RecordedExchanges):
        def read(self) -> tuple[Exchange, ...]:
            found = super().read()
            self.record({})
            return found

    recorded = SlowlyRead()
    recorded.record({})
    assert recorded.exchanges.wait_for(0).number == 0


def test_exchange_that_is_dropped_at_once(recorded: RecordedExchanges, wait_for: Callable[..., Exchange]) -> None:
    others: list[dict[str, Any]] = [{} for _ in range(200)]
    with recorded.recording_later(push("web", "1.0"), *others):
        found = wait_for(60, **PUSH)

    assert (found.number, len(recorded.exchanges.where(**PUSH))) == (0, 0)


def test_timeout_shows_the_requests(recorded: RecordedExchanges, wait_for: Callable[..., Exchange]) -> None:
    recorded.record({}, push("web", "1.0", status=400))

    with pytest.raises(AssertionError) as raised:
        wait_for(0.001, **PUSH)
    assert str(raised.value) == (
        "waited 0.001 seconds for an exchange with endpoint='manifest.put', status=201, "
        "found none in:\n#0 GET /v2/ -> 200\n#1 PUT /v2/web/manifests/1.0 -> 400"
    )
    with pytest.raises(AssertionError, match=r" for an exchange after #1, found none in:\n#0"):
        wait_for(0, after=1)


def test_timeout_without_requests(wait_for: Callable[..., Exchange]) -> None:
    expected = r"^waited 0 seconds for an exchange with status=201, found no requests$"
    with pytest.raises(AssertionError, match=expected):
        wait_for(0, status=201)


def test_nothing_listens_after_a_wait(recorded: RecordedExchanges, wait_for: Callable[..., Exchange]) -> None:
    recorded.record({})
    wait_for()
    with pytest.raises(AssertionError):
        wait_for(0, status=404)

    assert recorded.recorder._observers == ()


def test_cancelled_task_listens_no_more(recorded: RecordedExchanges) -> None:
    async def main() -> bool:
        task = asyncio.ensure_future(recorded.exchanges.wait_for_async(60, status=404))
        await asyncio.sleep(0)
        listening = recorded.recorder._observers != ()
        task.cancel()
        await asyncio.wait([task])
        return listening

    assert (asyncio.run(main()), recorded.recorder._observers) == (True, ())


def test_other_tasks_run_meanwhile(recorded: RecordedExchanges) -> None:
    async def main() -> Exchange:
        waiting = asyncio.ensure_future(recorded.exchanges.wait_for_async(60, **PUSH))
        await asyncio.sleep(0)
        recorded.record(push("web", "1.0"))
        return await waiting

    assert asyncio.run(main()).reference == "1.0"


@pytest.mark.parametrize("run", [asyncio.run, run_in_trio])
def test_wait_that_blocks_an_event_loop_is_explained(
    recorded: RecordedExchanges, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    async def main() -> None:
        recorded.exchanges.wait_for(0, status=404)

    recorded.record({})
    expected = r"^waited 0 seconds in an event loop \(await wait_for_async instead\) for an exchange"
    with pytest.raises(AssertionError, match=expected):
        run(main())


@pytest.mark.parametrize("name", ["wait_for", "wait_for_async"])
@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"timeout": -1}, ValueError, "timeout: expected seconds, 0 or more, found -1"),
        ({"timeout": float("nan")}, ValueError, "timeout: expected seconds, 0 or more, found nan"),
        ({"timeout": float("inf")}, ValueError, "timeout: expected seconds, 0 or more, found inf"),
        ({"timeout": True}, TypeError, "timeout: expected float, found bool"),
        ({"timeout": None}, TypeError, "timeout: expected float, found None"),
        ({"after": True}, TypeError, "after: expected int or None, found bool"),
        ({"after": 1.0}, TypeError, "after: expected int or None, found float"),
        ({"code": 1}, TypeError, "an exchange has no 'code'"),
        ({"status": "201"}, TypeError, "status: expected int or None, found str"),
        ({"endpoint": "manifest.push"}, ValueError, "there is no endpoint 'manifest.push'"),
    ],
)
def test_wrong_argument_is_refused_at_once(
    recorded: RecordedExchanges, name: str, arguments: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        getattr(recorded.exchanges, name)(**arguments)


@pytest.mark.parametrize("name", ["wait_for", "wait_for_async"])
def test_selection_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"^expected the requests of a registry, found a selection"):
        getattr(exchanges_of({}), name)()
