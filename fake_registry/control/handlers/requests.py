"""Recorded requests: listed, counted, exported, awaited and forgotten."""

import re
from collections.abc import Callable
from contextlib import ExitStack, closing
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import NotFound

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import EventQuery, RequestCount, RequestDetail, RequestList
from fake_registry.control.events import EventStream
from fake_registry.control.filters import criteria_of
from fake_registry.inspection.present import PresentContent
from fake_registry.journal.advice import advice_on
from fake_registry.journal.criteria import ExchangeCriteria
from fake_registry.journal.curl_command import curl_command
from fake_registry.journal.har import har_document
from fake_registry.journal.token_command import token_command
from fake_registry.journal.waiting import WaitSteps
from fake_registry.spec.json_object import JsonObject
from fake_registry.spec.text import printable
from fake_registry.wsgi import ConnectionDropped

if TYPE_CHECKING:
    from fake_registry.journal.exchange import Exchange

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


def list_requests(controlled: Controlled, criteria: ExchangeCriteria) -> RequestList:
    """The recorded requests that meet the criteria in the query."""
    found = controlled.registry.requests.where(**criteria)
    return RequestList(list(found), found.dropped)


def count_requests(controlled: Controlled, criteria: ExchangeCriteria) -> RequestCount:
    """The number of the recorded requests that meet the criteria in the query."""
    found = controlled.registry.requests.where(**criteria)
    return RequestCount(len(found), found.dropped)


def get_request(controlled: Controlled, number: str) -> RequestDetail:
    """A recorded request, with its reason, what to change, and a command of curl that sends it once more."""
    kept = controlled.registry.recorder.read()
    first = kept[0].number if kept else 0
    place = int(number) - first if _NUMBER.fullmatch(number) else -1
    if not 0 <= place < len(kept):
        known = f"#{first} to #{kept[-1].number}" if kept else "none"
        raise NotFound(f"there is no request {number[:100]!r}; there are {known}")

    exchange = kept[place]
    advice = printable(advice_on(exchange, PresentContent(controlled.registry.content)))
    return RequestDetail(exchange, exchange.notes, advice, token_command(exchange), curl_command(exchange))


def export_requests(controlled: Controlled, criteria: ExchangeCriteria) -> JsonObject:
    """The recorded requests that meet the criteria in the query, as an HTTP Archive (HAR 1.2)."""
    return har_document(controlled.registry.requests.where(**criteria))


def stream_events(
    controlled: Controlled,
    query: EventQuery,
    last_event_id: str,
    is_ending: Callable[[], bool],
) -> EventStream:
    """The recorded requests and those to come, as server-sent events."""
    after = -1 if query.after is None else query.after
    if last_event_id:
        after = _number_of(last_event_id)

    with ExitStack() as stack:
        stack.enter_context(controlled.count_wait())
        return EventStream(
            controlled.registry,
            journal_id=controlled.journal_id,
            after=after,
            timeout=query.timeout,
            is_ending=is_ending,
            on_end=stack.pop_all(),
        )


def _number_of(last_event_id: str) -> int:
    if not _NUMBER.fullmatch(last_event_id):
        raise ValueError(f"Last-Event-ID: expected a number, found {last_event_id[:100]!r}")
    return int(last_event_id)


def forget_requests(controlled: Controlled) -> None:
    """Clear the recorded requests; numbers start at 0 again."""
    controlled.registry.forget_requests()


def wait_for_request(
    controlled: Controlled,
    body: Any,  # a WaitBody, which is made at run time
) -> WaitSteps:
    """Wait for a request that meets the criteria in the body; 404 if none comes in time.

    Yields the seconds to wait. ConnectionDropped if the client has hung up: then the server does
    not wait.
    """
    requests = controlled.registry.requests
    criteria = criteria_of(body)
    steps = requests.wait_in_steps(body.timeout, body.after, criteria)
    with controlled.count_wait(), closing(steps):
        try:
            return (yield from _watch_client(steps))
        except AssertionError as error:
            raise NotFound(str(error)) from error


def _watch_client(steps: WaitSteps) -> WaitSteps:
    """Yield and return as `steps` do. ConnectionDropped if a wait was shorter than its seconds."""
    while True:
        try:
            seconds = next(steps)
        except StopIteration as end:
            found: Exchange = end.value
            return found

        before = monotonic()
        yield seconds
        if monotonic() - before < seconds / 2:
            raise ConnectionDropped("the client hung up while it waited for a request")
