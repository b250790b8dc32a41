"""Secrets are removed before anything is kept. The registry's own secrets are in tests/http."""

import pytest

from fake_registry.journal.redaction import (
    KEPT_CHARACTERS,
    redact_answer_headers,
    redact_query,
    redact_request_headers,
    shorten,
)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("HTTP_AUTHORIZATION", "Bearer secret", ("Authorization", "Bearer ***")),
        ("HTTP_AUTHORIZATION", "secret", ("Authorization", "***")),
        ("HTTP_PROXY_AUTHORIZATION", "Basic secret", ("Proxy-Authorization", "Basic ***")),
        ("HTTP_COOKIE", "session=secret more", ("Cookie", "***")),
        ("HTTP_ACCEPT", "*/*", ("Accept", "*/*")),
        ("CONTENT_LENGTH", "3", ("Content-Length", "3")),
    ],
)
def test_request_headers_keep_no_secret(key: str, value: str, kept: tuple[str, str]) -> None:
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": None, key: value}

    assert redact_request_headers(environ) == (kept,)


def test_location_of_an_answer_keeps_neither_signature_nor_upload_state() -> None:
    headers = (("Location", "https://host/path?sig=secret&se=1&_state=secret"), ("Link", "</a?sig=b>"))

    assert redact_answer_headers(headers) == (
        ("Location", "https://host/path?sig=***&se=1&_state=***"),
        ("Link", "</a?sig=b>"),
    )


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("a=1&b=2", "a=1&b=2"),
        ("sig=secret", "sig=***"),
        ("a=1&password=secret&b=2", "a=1&password=***&b=2"),
        ("refresh%5Ftoken=secret", "refresh%5Ftoken=***"),
        ("sig&design=1", "sig&design=1"),
    ],
)
def test_query_keeps_no_secret(query: str, kept: str) -> None:
    assert redact_query(query) == kept


def test_long_text_is_shortened_and_an_empty_one_absent() -> None:
    assert shorten("x" * 1_000) == "x" * KEPT_CHARACTERS
    assert shorten("short") == "short"
    assert (shorten(""), shorten(None)) == (None, None)
