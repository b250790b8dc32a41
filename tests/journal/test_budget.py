"""Budgets: what is recorded while a block runs, also what is dropped or forgotten meanwhile."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from fake_registry.journal.budget import RequestBudget
from fake_registry.journal.exchanges import Exchanges
from tests.support.effort import repeated, rounds
from tests.support.exchanges import (
    DIGEST,
    RecordedExchanges,
    blob_call,
    deletion,
    exchanges_of,
    login,
    pull,
    push,
)
from tests.support.threads import run_together

THREADS = 4
SENT = {"request_bytes": 10, "response_bytes": 3}

ONE_OF_EACH = (
    push("web", "1.0", **SENT),
    pull("web", "1.0", **SENT),
    blob_call("upload.finish", "web", f"digest={DIGEST}", **SENT),
    blob_call("upload.start", "web", f"mount={DIGEST}", **SENT),
    deletion("acr.tag.delete", "web", "1.0", **SENT),
    login(**SENT),
)


def spend(budget: RequestBudget, *actions: Callable[[], object]) -> None:
    """Run actions while a budget counts."""
    with budget:
        for act in actions:
            act()


@pytest.mark.parametrize(
    ("limits", "numbers"),
    [
        ({"requests": 6}, "requests=6"),
        ({"bytes_sent": 60}, "bytes_sent=60"),
        ({"bytes_received": 18}, "bytes_received=18"),
        ({"logins": 1}, "logins=1"),
        ({"pushes": 1}, "pushes=1"),
        ({"pulls": 1}, "pulls=1"),
        ({"uploads": 1}, "uploads=1"),
        ({"mounts": 1}, "mounts=1"),
        ({"deletions": 1}, "deletions=1"),
        ({"logins": 1, "requests": 6}, "logins=1"),
    ],
)
def test_number_is_bounded(limits: dict[str, int], numbers: str) -> None:
    recorded = RecordedExchanges()
    with recorded.exchanges.budget(**limits):
        recorded.record(*ONE_OF_EACH)

    [name, limit] = next(iter(limits.items()))
    smaller = recorded.exchanges.budget(**limits | {name: limit - 1})
    with pytest.raises(AssertionError) as raised:
        spend(smaller, partial(recorded.record, *ONE_OF_EACH))
    first = str(raised.value).splitlines()[0]
    assert first == f"more than the budget: {numbers} (at most {limit - 1}) in:"


def test_failure_names_each_exceeded_number_and_the_endpoints() -> None:
    recorded = RecordedExchanges()
    budget = recorded.exchanges.budget(requests=2, bytes_sent=1_000, pulls=1, pushes=0)
    requests = (
        pull("web", "1", status=401, failure="no credentials"),
        pull("web", "1"),
        pull("web", "1"),
        push("web", "1", status=None),
        {"endpoint": None, "request_bytes": 2_000},
    )
    with pytest.raises(AssertionError) as raised:
        spend(budget, partial(recorded.record, *requests))

    assert str(raised.value) == (
        "more than the budget: requests=5 (at most 2), bytes_sent=2,000 (at most 1,000), "
        "pulls=2 (at most 1) in:\n"
        "3 manifest.get: 1 -> 401, 2 -> 200\n"
        "1 manifest.put: 1 -> dropped\n"
        "1 requests that no route matched: 1 -> 200"
    )


def test_only_requests_of_the_block_count() -> None:
    recorded = RecordedExchanges()
    recorded.record({}, {})
    with recorded.exchanges.budget(requests=1):
        recorded.record({})
    recorded.record({}, {})

    with recorded.exchanges.budget(requests=3), recorded.exchanges.budget(requests=1):
        recorded.record({})


def test_one_budget_serves_for_several_blocks() -> None:
    recorded = RecordedExchanges()
    budget = recorded.exchanges.budget(requests=1)
    for _ in range(2):
        with budget:
            recorded.record({})
    again = partial(spend, budget, partial(recorded.record, {}))
    with pytest.raises(AssertionError, match=r"requests=2 "):
        spend(budget, again, partial(recorded.record, {}))


@pytest.mark.parametrize("limit", [0, 2, 100])
def test_dropped_and_forgotten_requests_count(limit: int) -> None:
    recorded = RecordedExchanges(limit)
    budget = recorded.exchanges.budget(requests=9, bytes_sent=49)
    record_five = partial(recorded.record, *[{"request_bytes": 5}] * 5)
    with pytest.raises(AssertionError, match=r": requests=10 \(at most 9\), bytes_sent=50 "):
        spend(budget, record_five, recorded.recorder.clear, record_five)


@pytest.mark.parametrize(
    "answer",
    [
        {"method": "HEAD", "response_bytes": 1_000},
        {"status": 304, "response_bytes": 1_000},
        {"status": None, "response_bytes": None},
        {"response_bytes": None},
    ],
)
def test_answer_without_a_body_has_no_bytes(answer: dict[str, Any]) -> None:
    recorded = RecordedExchanges()
    with recorded.exchanges.budget(bytes_received=0):
        recorded.record(answer)


def test_exception_of_the_block_passes_unchanged() -> None:
    recorded = RecordedExchanges()
    error = KeyError("name")

    def fail() -> None:
        raise error

    with pytest.raises(KeyError) as raised:
        spend(recorded.exchanges.budget(requests=0), partial(recorded.record, {}), fail)

    assert (raised.value, error.__context__) == (error, None)
    assert recorded.recorder._observers == ()


@pytest.mark.parametrize(
    ("limits", "kind", "message"),
    [
        ({}, TypeError, "expected a limit for one of requests, bytes_sent, bytes_received, logins, pushes, "),
        ({"requests": None}, TypeError, "expected a limit for one of requests, "),
        ({"requests": -1}, ValueError, "requests: expected 0 or more, found -1"),
        ({"requests": 1, "logins": True}, TypeError, "logins: expected int, found bool"),
        ({"bytes_sent": 1.5}, TypeError, "bytes_sent: expected int, found float"),
        ({"uploads": "1"}, TypeError, "uploads: expected int, found str"),
        ({"request": 1}, TypeError, "unexpected keyword argument 'request'"),
    ],
)
def test_budget_that_bounds_nothing_is_refused(limits: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        RecordedExchanges().exchanges.budget(**limits)


@pytest.mark.parametrize(
    "selection", [exchanges_of({}), RecordedExchanges().exchanges[:], RecordedExchanges().exchanges.where()]
)
def test_selection_has_no_budget(selection: Exchanges) -> None:
    with pytest.raises(TypeError, match=r"^expected the requests of a registry, found a selection"):
        selection.budget(requests=1)


@repeated
def test_requests_of_threads_count() -> None:
    recorded = RecordedExchanges(limit=3)
    for _ in range(rounds(20)):
        with recorded.exchanges.budget(requests=THREADS * 10, bytes_sent=THREADS * 10):
            run_together(partial(recorded.record, *[{"request_bytes": 1}] * 10), threads=THREADS)

    small = recorded.exchanges.budget(requests=THREADS * 10 - 1)
    run = partial(run_together, partial(recorded.record, *[{}] * 10), threads=THREADS)
    with pytest.raises(AssertionError, match=r": requests=40 \(at most 39\) in:"):
        spend(small, run)
