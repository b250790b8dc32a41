"""Server-sent events, read from the bytes of a stream (HTML, Server-sent events)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class ServerEvent(NamedTuple):
    """An event. `number` is its id, None without one."""

    name: str
    data: Any  # Any: JSON
    number: str | None


def events_in(text: str) -> Iterator[ServerEvent]:
    """Yield the events of a whole stream."""
    for block in text.split("\n\n"):
        event = event_of(block.splitlines())
        if event is not None:
            yield event


def event_of(lines: Iterable[str]) -> ServerEvent | None:
    """Return the event of these lines; None for comments and other fields alone."""
    fields = dict(line.split(": ", 1) for line in lines)
    if "event" not in fields:
        return None
    return ServerEvent(fields["event"], json.loads(fields["data"]), fields.get("id"))
