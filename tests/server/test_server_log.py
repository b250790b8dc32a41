"""The log of the server command, and the listener for exchanges."""

import json
from io import FileIO
from pathlib import Path

import pytest
from werkzeug.test import Client

from fake_registry import Disconnect, Exchange, FakeRegistry, Fault, ManualClock, Settings
from fake_registry.cli.log import ServerLog, caller_text, exchange_line
from fake_registry.server import Answered, Note
from fake_registry.wsgi import ConnectionDropped

NOON = 1_700_000_000 * 10**9


def answered(status: int | None, *, sent_bytes: int = 0, problem: str = "") -> Answered:
    return Answered(peer="127.0.0.1:40000", status=status, sent_bytes=sent_bytes, seconds=0.0015, problem=problem)


def registry_with_listener(*, auth: str = "off") -> tuple[FakeRegistry, list[Exchange]]:
    """Return a registry and the list of exchanges that it reports."""
    exchanges: list[Exchange] = []
    settings = Settings(auth="off" if auth == "off" else "token")
    return FakeRegistry(settings, clock=ManualClock(NOON), on_exchange=exchanges.append), exchanges


def test_listener_receives_each_exchange_after_it_is_recorded() -> None:
    seen: list[bool] = []
    registry = FakeRegistry(Settings(auth="off"), on_exchange=lambda exchange: seen.append(exchange == last_exchange()))

    def last_exchange() -> Exchange:
        return registry.requests[-1]

    for _ in range(2):
        Client(registry.wsgi_app).get("/v2/")
    assert seen == [True, True]


def test_line_has_request_and_answer() -> None:
    registry, exchanges = registry_with_listener()
    upload = Client(registry.wsgi_app).post("/v2/hello/blobs/uploads/")
    Client(registry.wsgi_app).patch(upload.headers["Location"], data=b"12345")
    start, chunk = (exchange_line(exchange, answered(202)) for exchange in exchanges)
    assert start == (
        "2023-11-14T22:13:20.000001Z 127.0.0.1:40000 anonymous POST /v2/hello/blobs/uploads/ 202 in=0 out=0 1.5ms"
    )
    assert chunk.endswith("&_state=*** 202 in=5 out=0 1.5ms")


def test_line_says_why_a_token_was_refused_and_not_the_token() -> None:
    registry, exchanges = registry_with_listener(auth="token")
    Client(registry.wsgi_app).get("/v2/", headers={"Authorization": "Bearer c2VjcmV0"})
    line = exchange_line(exchanges[0], answered(401))
    assert " 127.0.0.1:40000 - GET /v2/ 401 in=0 out=0 1.5ms " in line
    assert " UNAUTHORIZED; access token malformed" in line
    assert "c2VjcmV0" not in line


def test_line_names_the_fault_that_dropped_the_connection() -> None:
    registry, exchanges = registry_with_listener()
    registry.faults.add(Fault("base", Disconnect()))
    with pytest.raises(ConnectionDropped):
        Client(registry.wsgi_app).get("/v2/")
    line = exchange_line(exchanges[0], answered(None, problem="the peer hung up"))
    assert line.endswith(" GET /v2/ dropped in=0 out=0 1.5ms Disconnect(how='reset'); the peer hung up")


def test_path_cannot_forge_a_line_or_move_the_terminal() -> None:
    registry, exchanges = registry_with_listener()
    Client(registry.wsgi_app).get("/v2/a%0aGET%20/v2/%1b%5b2J%c2%9b%7f/tags/list")
    assert " GET /v2/a\\nGET /v2/\\x1b[2J\\x9b\\x7f/tags/list 404 " in exchange_line(exchanges[0], answered(404))


def test_json_log_has_one_document_per_line(tmp_path: Path) -> None:
    with FileIO(tmp_path / "log", "w") as file:
        log = ServerLog(file, "json", now=lambda: NOON)
        registry = FakeRegistry(Settings(auth="off"), on_exchange=log.exchange)
        headers = {"User-Agent": "skopeo/1.14"}
        Client(registry.wsgi_app).get("/v2/a%0a/tags/list", headers=headers)
        log.answer(answered(404, sent_bytes=7))
        log.note(Note(text="Traceback\nof a bug", peer="[::1]:40000", status=500))
        log.close()
    exchange, note = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert (exchange["number"], exchange["path"], exchange["status"]) == (0, "/v2/a\n/tags/list", 404)
    assert (exchange["peer"], exchange["sent_bytes"], exchange["seconds"]) == ("127.0.0.1:40000", 7, 0.0015)
    assert (exchange["user_agent"], exchange["principal"]) == ("skopeo/1.14", None)
    assert "this path" in exchange["failure"]
    assert "request_headers" not in exchange
    assert note == {
        "time": NOON,
        "peer": "[::1]:40000",
        "status": 500,
        "seconds": None,
        "note": "Traceback\nof a bug",
    }


def test_every_line_of_a_note_has_time_client_status_and_duration(tmp_path: Path) -> None:
    with FileIO(tmp_path / "log", "w") as file:
        log = ServerLog(file, "text", now=lambda: NOON)
        log.note(Note(text="Traceback\n  of a\x1b bug", peer="127.0.0.1:40000", status=500, seconds=0.25))
        log.note(Note(text="new connections wait"))
        log.close()
    assert (tmp_path / "log").read_text() == (
        "2023-11-14T22:13:20Z 127.0.0.1:40000 - - - 500 in=- out=- 250.0ms Traceback\n"
        "2023-11-14T22:13:20Z 127.0.0.1:40000 - - - 500 in=- out=- 250.0ms   of a\\x1b bug\n"
        "2023-11-14T22:13:20Z - - - - - in=- out=- - new connections wait\n"
    )


def test_answer_without_an_exchange_is_not_logged(tmp_path: Path) -> None:
    with FileIO(tmp_path / "log", "w") as file:
        log = ServerLog(file, "text", now=lambda: NOON)
        registry = FakeRegistry(Settings(auth="off"), on_exchange=log.exchange)
        log.answer(answered(200))
        Client(registry.wsgi_app).get("/v2/")
        log.answer(answered(200))
        log.answer(answered(200))  # the exchange belongs to one answer
        log.close()
    assert len((tmp_path / "log").read_text().splitlines()) == 1


@pytest.mark.parametrize(("principal", "text"), [(None, "-"), ("", "anonymous"), ("admin", "admin")])
def test_caller_is_named(principal: str | None, text: str) -> None:
    assert caller_text(principal) == text


def test_log_that_cannot_be_written_fails_no_request() -> None:
    with FileIO("/dev/full", "w") as file:
        log = ServerLog(file, "text", now=lambda: NOON)
        registry = FakeRegistry(Settings(auth="off"), on_exchange=log.exchange)
        assert Client(registry.wsgi_app).get("/v2/").status_code == 200
        log.answer(answered(200))
        log.close()


def test_note_of_several_lines_forges_no_line(tmp_path: Path) -> None:
    with FileIO(tmp_path / "log", "w") as file:
        log = ServerLog(file, "text", now=lambda: NOON)
        log.note(Note(text="lost\x1b[2J\n2023-11-14 GET /v2/\u202e 200"))
        log.close()

    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert [line.partition(" in=- out=- - ")[2] for line in lines] == ["lost\\x1b[2J", "2023-11-14 GET /v2/\\u202e 200"]
