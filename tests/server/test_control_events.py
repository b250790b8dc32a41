"""The recorded requests as server-sent events: in memory, and over a socket whose client hangs up."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from werkzeug.test import Client

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp
from fake_registry.control.events import HEARTBEAT_SECONDS, MOST_AT_ONCE, EventStream
from fake_registry.control.limits import MAX_WAITS
from fake_registry.journal.documents import exchange_document
from fake_registry.server import RegistryServer
from fake_registry.wsgi import Pause
from tests.server.control_client import client_of, error_of
from tests.support.server_events import ServerEvent, event_of, events_in

Serve = Callable[..., RegistryServer]

PATIENCE = 10.0
"""Seconds that a thread may take on a busy machine."""


def numbers_in(events: list[ServerEvent]) -> list[int]:
    return [event.data["number"] for event in events if event.name == "request"]


def stream_of(registry: FakeRegistry, *, after: int = -1) -> Iterator[bytes | Pause]:
    return iter(
        EventStream(registry, journal_id="7f", after=after, timeout=None, is_ending=lambda: False, on_end=ExitStack())
    )


def until_pause(pieces: Iterator[bytes | Pause]) -> list[ServerEvent]:
    """Return the events before the next pause."""
    found = b""
    for piece in pieces:
        if isinstance(piece, Pause):
            break
        found += piece
    return list(events_in(found.decode()))


def test_stream_has_the_recorded_requests(registry: FakeRegistry, client: Client) -> None:
    client.get("/v2/")
    client.get("/v2/a/manifests/1")
    answer = client.get("/_fake/events?timeout=0")

    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    [start, *_] = found = list(events_in(answer.text))
    assert found == [
        ServerEvent("start", {"count": 2, "forgets": 0, "journal": start.data["journal"]}, None),
        *(
            ServerEvent("request", json.loads(json.dumps(exchange_document(one))), str(one.number))
            for one in registry.requests
        ),
    ]


def test_stream_of_another_server_has_another_id(registry: FakeRegistry) -> None:
    first, second = client_of(registry), client_of(registry)
    ids = []
    for client in (first, first, second):
        [start] = events_in(client.get("/_fake/events?timeout=0").text)
        ids.append(start.data["journal"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("query", "last", "numbers"),
    [
        ("after=0", "", [1, 2]),
        ("after=-1", "", [0, 1, 2]),
        ("after=0", "1", [2]),
        ("after=2", "", []),
        ("", "2", []),
        ("", "77", [0, 1, 2]),  # of a journal that was cleared since
    ],
)
def test_stream_begins_after_a_number(client: Client, query: str, last: str, numbers: list[int]) -> None:
    for _ in range(3):
        client.get("/v2/")
    headers = {"Last-Event-ID": last} if last else {}
    answer = client.get(f"/_fake/events?timeout=0&{query}", headers=headers)
    assert numbers_in(list(events_in(answer.text))) == numbers


@pytest.mark.parametrize(
    ("query", "last", "message"),
    [
        ("after=x", "", "expected after to be an integer or null, found a string"),
        ("after=-2", "", "expected after to be at least -1, found "),
        ("timeout=-1", "", "expected timeout to be at least 0, found "),
        ("after=1&after=2", "", "after: expected one value, found more"),
        ("before=1", "", "expected one of after, timeout, found 'before'"),
        ("timeout=0", "x", "Last-Event-ID: expected a number, found 'x'"),
    ],
)
def test_invalid_stream_is_refused(client: Client, query: str, last: str, message: str) -> None:
    headers = {"Last-Event-ID": last} if last else {}
    refused = client.get(f"/_fake/events?{query}", headers=headers)
    assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)


def test_request_that_comes_is_sent_after_the_pause(registry: FakeRegistry, client: Client) -> None:
    pieces = stream_of(registry)
    assert [event.name for event in until_pause(pieces)] == ["start"]
    assert until_pause(pieces) == []

    client.get("/v2/")
    assert numbers_in(until_pause(pieces)) == [0]


def test_forgotten_requests_are_an_event(registry: FakeRegistry, client: Client) -> None:
    client.get("/v2/")
    pieces = stream_of(registry)
    until_pause(pieces)
    registry.reset()
    client.get("/nowhere")
    forgotten, first = until_pause(pieces)

    assert forgotten == ServerEvent("forgotten", {"forgets": 1}, "")
    assert (first.data["path"], first.number) == ("/nowhere", "0")


def test_dropped_requests_are_an_event() -> None:
    registry = FakeRegistry(Settings(auth="off", max_recorded_requests=2))
    client = client_of(registry)
    for _ in range(5):
        client.get("/v2/")
    _, dropped, *others = until_pause(stream_of(registry, after=0))

    assert dropped == ServerEvent("dropped", {"count": 2}, None)
    assert numbers_in(others) == [3, 4]


def test_piece_has_a_bounded_number_of_requests(registry: FakeRegistry, client: Client) -> None:
    for _ in range(MOST_AT_ONCE + 1):
        client.get("/v2/")
    _, first, second = list(zip(stream_of(registry), range(3), strict=False))

    counts = [piece.count(b"event: request") for piece, _ in (first, second) if isinstance(piece, bytes)]
    assert counts == [MOST_AT_ONCE, 1]


def test_comment_keeps_a_silent_stream_open(registry: FakeRegistry) -> None:
    waited, found = 0.0, b""
    for piece in stream_of(registry):
        if isinstance(piece, Pause):
            waited += piece.seconds
        elif waited:
            found = piece
            break

    assert found == b": no request\n\n"
    assert waited == pytest.approx(HEARTBEAT_SECONDS)


def events_of(answer: requests.Response) -> Iterator[ServerEvent]:
    """Yield the events of an open stream as they come."""
    lines: list[str] = []
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            lines.append(line)
            continue
        event = event_of(lines)
        lines = []
        if event is not None:
            yield event


def test_stream_over_a_socket_has_each_request_as_it_comes(registry: FakeRegistry, serve: Serve) -> None:
    server = serve(ControlApp(registry, registry.wsgi_app))
    with requests.get(f"{server.url}/_fake/events", stream=True, timeout=PATIENCE) as stream:
        events = events_of(stream)
        assert next(events).name == "start"
        requests.get(f"{server.url}/nowhere", timeout=PATIENCE)
        assert next(events).data["path"] == "/nowhere"
        requests.delete(f"{server.url}/_fake/requests", timeout=PATIENCE)
        assert next(events) == ServerEvent("forgotten", {"forgets": 1}, "")


def test_stream_ends_in_order_when_the_server_finishes(registry: FakeRegistry, serve: Serve) -> None:
    server = serve(ControlApp(registry, registry.wsgi_app))
    with requests.get(f"{server.url}/_fake/events", stream=True, timeout=PATIENCE) as stream:
        events = events_of(stream)
        assert next(events).name == "start"
        with ThreadPoolExecutor() as threads:
            finish = threads.submit(server.finish, within_seconds=600)
            assert list(events) == []
            finish.result(PATIENCE)


def test_stream_ends_with_the_server(registry: FakeRegistry, serve: Serve) -> None:
    server = serve(ControlApp(registry, registry.wsgi_app))
    with requests.get(f"{server.url}/_fake/events", stream=True, timeout=PATIENCE) as stream:
        events = events_of(stream)
        assert next(events).name == "start"
        server.stop()
        with pytest.raises((StopIteration, requests.RequestException)):
            next(events)


def test_number_of_streams_is_bounded_until_they_end(registry: FakeRegistry) -> None:
    app = ControlApp(registry, registry.wsgi_app)
    client = Client(app)
    heads = [client.head("/_fake/events") for _ in range(MAX_WAITS)]  # each ends with its answer
    answers = [client.get("/_fake/events") for _ in range(MAX_WAITS)]
    refused = client.get("/_fake/events?timeout=0")
    for answer in answers:
        answer.close()

    assert {answer.status_code for answer in [*heads, *answers]} == {200}
    assert (refused.status_code, error_of(refused)) == (409, "expected at most 100 waits at a time, found more")
    assert client.get("/_fake/events?timeout=0").status_code == 200
