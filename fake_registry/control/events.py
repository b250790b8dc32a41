"""`EventStream`: the recorded requests as server-sent events (HTML, Server-sent events).

It looks at the recorder between pauses, as a wait does: it keeps no request, and a slow reader
slows down nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

from fake_registry.control.registry import ControlledRegistry
from fake_registry.journal.documents import Document, exchange_document, json_text
from fake_registry.journal.exchange import Exchange
from fake_registry.wsgi import Pause

STEP_SECONDS: Final = 0.05
"""The time between two looks at the recorder."""

HEARTBEAT_SECONDS: Final = 15.0
"""The time without an event after which a comment is sent, so that proxies keep the connection."""

MOST_AT_ONCE: Final = 200
"""The most requests of one piece."""

_RETRY: Final = b"retry: 1000\n\n"
"""Milliseconds after which a browser connects again."""

_HEARTBEAT: Final = b": no request\n\n"


class EventStream:
    """The pieces of the answer: events, and pauses between them. Closing it calls `on_end`."""

    def __init__(
        self,
        registry: ControlledRegistry,
        *,
        journal_id: str,
        after: int,
        timeout: float | None,
        is_ending: Callable[[], bool],
        on_end: ExitStack,
    ) -> None:
        """`journal_id` is that of the recorder in this process. `after` is the number of a request:
        those that follow are sent. The stream ends after `timeout` seconds, or once `is_ending`
        returns True."""
        self._recorder = registry.recorder
        self._journal_id = journal_id
        self._after = after
        self._timeout = timeout
        self._is_ending = is_ending
        self._on_end = on_end
        self._clears = 0

    def __iter__(self) -> Iterator[bytes | Pause]:
        yield self._start()

        waited = silent = 0.0
        while True:
            while piece := b"".join(self._next_events()):
                silent = 0.0
                yield piece

            is_over = self._timeout is not None and waited >= self._timeout
            if is_over or self._is_ending():
                return
            yield Pause(STEP_SECONDS, "events of requests to come")
            waited += STEP_SECONDS
            silent += STEP_SECONDS
            if silent >= HEARTBEAT_SECONDS:
                silent = 0.0
                yield _HEARTBEAT

    def close(self) -> None:
        """End it."""
        self._on_end.close()

    def _start(self) -> bytes:
        self._clears, _ = self._recorder.read_after(self._after, 0)
        count = self._recorder.count
        if self._after >= count:
            self._after = -1  # of requests that were forgotten since, or of another server
        document = {"count": count, "forgets": self._clears, "journal": self._journal_id}
        return _RETRY + _event("start", document)

    def _next_events(self) -> Iterator[bytes]:
        """Yield the events since the last look, at most those of `MOST_AT_ONCE` requests."""
        clears, exchanges = self._recorder.read_after(self._after, MOST_AT_ONCE)
        if clears != self._clears:
            self._clears, self._after = clears, -1
            # an empty id: a browser that connects again has seen none of the new numbers
            yield _event("forgotten", {"forgets": clears}, number="")
            return

        if exchanges:
            yield from self._events_of(exchanges)

    def _events_of(self, exchanges: tuple[Exchange, ...]) -> Iterator[bytes]:
        missed = exchanges[0].number - self._after - 1
        if missed:
            yield _event("dropped", {"count": missed})

        for exchange in exchanges:
            yield _event("request", exchange_document(exchange), number=str(exchange.number))
        self._after = exchanges[-1].number


def _event(name: str, document: Document, *, number: str | None = None) -> bytes:
    """Return an event. JSON in ASCII has no line break, which would end a field."""
    lines = [f"event: {name}", f"data: {json_text(document)}"]
    if number is not None:
        lines.append(f"id: {number}")
    return "\n".join([*lines, "", ""]).encode("ascii")
