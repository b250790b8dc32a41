"""Exchanges as HAR 1.2."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.har import har_document
from tests.support.exchanges import exchange_of, exchanges
from tests.support.har import har_problems


def entry_of(**fields: object) -> Any:  # Any: JSON
    """Return the entry of an exchange with these fields."""
    [entry] = har_document([exchange_of(**fields)])["log"]["entries"]
    return entry


def test_entry_has_request_response_and_the_facts_of_the_registry() -> None:
    entry = entry_of(
        number=3,
        time=1_790_000_000_123_456_789,
        path="/v2/hello/manifests/1.0",
        query="n=1&last=a%20b",
        endpoint="manifest.get",
        repository="hello",
        reference="1.0",
        status=404,
        errors=("MANIFEST_UNKNOWN",),
        failure="repository hello has no tag 1.0",
        principal="me",
        faults=("Refuse()",),
        request_bytes=5,
    )

    assert entry == {
        "pageref": "page_1",
        "startedDateTime": "2026-09-21T14:13:20.123456+00:00",
        "time": 0,
        "request": {
            "method": "GET",
            "url": "https://fake.azurecr.io/v2/hello/manifests/1.0?n=1&last=a%20b",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Host", "value": "fake.azurecr.io"}],
            "queryString": [{"name": "n", "value": "1"}, {"name": "last", "value": "a b"}],
            "headersSize": -1,
            "bodySize": 5,
        },
        "response": {
            "status": 404,
            "statusText": "Not Found",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "Content-Length", "value": "2"},
            ],
            "content": {"size": 2, "mimeType": "application/json"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": 2,
        },
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": -1,
            "connect": -1,
            "ssl": -1,
            "send": 0,
            "wait": 0,
            "receive": 0,
        },
        "comment": (
            "#3 GET /v2/hello/manifests/1.0?n=1&last=a%20b -> 404 MANIFEST_UNKNOWN; "
            "repository hello has no tag 1.0; Refuse()"
        ),
        "_resourceType": "fetch",
        "_number": 3,
        "_timeNanoseconds": 1_790_000_000_123_456_789,
        "_endpoint": "manifest.get",
        "_repository": "hello",
        "_reference": "1.0",
        "_errors": ["MANIFEST_UNKNOWN"],
        "_failure": "repository hello has no tag 1.0",
        "_principal": "me",
        "_faults": ["Refuse()"],
    }


def test_dropped_connection_is_an_entry_without_a_response() -> None:
    response = entry_of(status=None, response_bytes=None, response_headers=())["response"]

    assert (response["status"], response["headers"]) == (0, [])
    assert response["_error"] == "net::ERR_EMPTY_RESPONSE"


def test_document_names_its_version_and_creator() -> None:
    log = har_document([])["log"]

    assert (log["version"], log["creator"]["name"], log["entries"]) == ("1.2", "pytest-acr", [])
    assert list(har_problems({"log": log})) == []


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"scheme": "http", "host": "127.0.0.1:5000"}, "http://127.0.0.1:5000/v2/"),
        ({"host": "[::1]:443"}, "https://[::1]:443/v2/"),
        ({"host": "***@fake.azurecr.io"}, "https://fake.azurecr.io/v2/"),
        ({"host": "a b"}, "https://unknown.invalid/v2/"),
        ({"host": "a:65536"}, "https://unknown.invalid/v2/"),
        ({"path": "//a?b%c d\n\N{SNOWMAN}"}, "https://fake.azurecr.io//a%3Fb%25c%20d%0A%E2%98%83"),
        ({"path": "*"}, "https://fake.azurecr.io/*"),
        ({"path": "/\udc80"}, "https://fake.azurecr.io/%3F"),
        ({"query": "a=%zz&b=\xc3\xa9 &_state=***"}, "https://fake.azurecr.io/v2/?a=%25zz&b=%C3%A9%20&_state=***"),
    ],
)
def test_url_is_absolute_and_valid(fields: dict[str, object], url: str) -> None:
    assert entry_of(**fields)["request"]["url"] == url


def test_parameters_are_decoded() -> None:
    parameters = entry_of(query="a=%C3%A9&b=\xc3\xa9&c&d=")["request"]["queryString"]

    assert [(pair["name"], pair["value"]) for pair in parameters] == [
        ("a", "\xe9"),
        ("b", "\xe9"),
        ("c", ""),
        ("d", ""),
    ]


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({"response_bytes": 7}, (7, 7)),
        ({"response_bytes": None}, (-1, 0)),
        ({"method": "HEAD", "response_bytes": 7}, (0, 0)),
        ({"status": 304, "response_bytes": 7}, (0, 0)),
    ],
)
def test_sizes_are_those_of_the_body(fields: dict[str, object], sizes: tuple[int, int]) -> None:
    response = entry_of(**fields)["response"]

    assert (response["bodySize"], response["content"]["size"]) == sizes
    assert "text" not in response["content"]


@pytest.mark.parametrize(("status", "target"), [(307, "https://other/"), (202, "")])
def test_location_is_the_target_of_a_redirect_alone(status: int, target: str) -> None:
    headers = (("LOCATION", "https://other/"),)

    assert entry_of(status=status, response_headers=headers)["response"]["redirectURL"] == target


def test_answer_without_a_type_has_the_unknown_one() -> None:
    assert entry_of(response_headers=())["response"]["content"]["mimeType"] == "x-unknown"


@given(items=st.lists(exchanges(), max_size=3))
def test_every_exchange_is_an_entry_of_a_valid_document(items: list[Exchange]) -> None:
    document = json.loads(json.dumps(har_document(items)))

    assert list(har_problems(document)) == []
    entries = document["log"]["entries"]
    assert [entry["_number"] for entry in entries] == [item.number for item in items]
    assert [entry["response"]["status"] for entry in entries] == [item.status or 0 for item in items]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["version"], 1.2, ".log.version: expected str, found 1.2"),
        (["creator"], [], ".log.creator: expected an object, found []"),
        (["entries"], {}, ".log.entries: expected a list, found {}"),
        (["extra"], 1, ".log.extra: unknown"),
        (["entries", 0, "time"], "0", ".log.entries[0].time: expected time, found '0'"),
        (["entries", 0, "startedDateTime"], "2026-09-21T14:13:20", ".startedDateTime: expected date"),
        (["entries", 0, "request", "url"], "/v2/", ".request.url: expected url, found '/v2/'"),
        (["entries", 0, "response", "bodySize"], -2, ".response.bodySize: expected size, found -2"),
    ],
)
def test_check_of_the_format_finds_an_error(path: list[Any], value: object, problem: str) -> None:
    document = har_document([exchange_of()])
    *way, last = path
    place: Any = document["log"]
    for name in way:
        place = place[name]
    place[last] = value

    [found] = har_problems(document)
    assert problem in found


def test_check_of_the_format_finds_an_absent_member() -> None:
    document = har_document([exchange_of()])
    del document["log"]["entries"][0]["cache"]

    assert list(har_problems(document)) == [".log.entries[0].cache: absent"]
