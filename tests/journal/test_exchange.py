"""One exchange: its headers and its text."""

import dataclasses

import pytest

from tests.support.exchanges import PLAIN, exchange_of


def test_exchange_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.status = 500  # type: ignore[misc]  # the mistake


def test_headers_are_found_in_any_case() -> None:
    assert PLAIN.request_header("hOST") == "fake.azurecr.io"
    assert PLAIN.response_header("content-TYPE") == "application/json"
    assert (PLAIN.request_header("absent"), PLAIN.response_header("absent")) == (None, None)


@pytest.mark.parametrize(
    "field",
    ["path", "query", "host", "method", "reference", "failure", "request_headers", "response_headers"],
)
def test_long_text_counts_with_all_its_bytes(field: str) -> None:
    text = "x" * 10_000
    headers = (("X-Long", text),)
    longer = exchange_of(**{field: headers if field.endswith("headers") else text})

    assert 9_800 <= longer.kept_bytes - PLAIN.kept_bytes <= 10_200


def test_wide_characters_count_with_all_their_bytes() -> None:
    assert exchange_of(path="/" + "\N{PACKAGE}" * 10_000).kept_bytes > 40_000


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "#0 GET /v2/ -> 200"),
        ({"query": "n=1"}, "#0 GET /v2/?n=1 -> 200"),
        ({"status": 404, "errors": ("NAME_UNKNOWN",)}, "#0 GET /v2/ -> 404 NAME_UNKNOWN"),
        (
            {"status": 401, "errors": ("UNAUTHORIZED",), "failure": "no credentials"},
            "#0 GET /v2/ -> 401 UNAUTHORIZED; no credentials",
        ),
        ({"status": None, "faults": ("Disconnect()",)}, "#0 GET /v2/ -> dropped Disconnect()"),
    ],
)
def test_text_names_request_outcome_and_reasons(fields: dict[str, object], text: str) -> None:
    assert str(exchange_of(**fields)) == text


def test_time_is_also_an_aware_datetime() -> None:
    exchange = exchange_of(time=1_790_000_000_123_456_789)
    assert exchange.when.isoformat() == "2026-09-21T14:13:20.123456+00:00"


def test_representation_is_the_text_in_one_line() -> None:
    exchange = exchange_of(path="/v2/\n", request_headers=(("X-Long", "x" * 1_000),))
    assert repr(exchange) == "<Exchange #0 GET /v2/\\n -> 200>"


def test_text_of_a_client_is_escaped() -> None:
    exchange = exchange_of(path="/v2/\x1b[2J\nforged\u202e", failure="\x9b")
    assert "/v2/\\x1b[2J\\nforged\\u202e" in str(exchange)
    assert str(exchange).isprintable()
