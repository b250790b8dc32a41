"""Exchanges have no secrets. The registry's own secrets are in tests/http."""

import pytest

from fake_registry.journal.redaction import (
    KEPT_CHARACTERS,
    KEPT_REASON,
    header_places,
    redact_answer_headers,
    redact_reason,
    shorten,
)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("HTTP_AUTHORIZATION", "Bearer secret", ("Authorization", "Bearer ***")),
        ("HTTP_AUTHORIZATION", "secret", ("Authorization", "***")),
        ("HTTP_PROXY_AUTHORIZATION", "Basic secret", ("Proxy-Authorization", "Basic ***")),
        ("HTTP_COOKIE", "session=secret more", ("Cookie", "***")),
        ("HTTP_X_REGISTRY_AUTH", "secret", ("X-Registry-Auth", "***")),
        ("HTTP_REFERER", "https://u:secret@host/", ("Referer", "https://***@host/")),
        ("HTTP_ACCEPT", "*/*", ("Accept", "*/*")),
        ("CONTENT_LENGTH", "3", ("Content-Length", "3")),
    ],
)
def test_request_headers_keep_no_secret(key: str, value: str, kept: tuple[str, str]) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", key: value, "wsgi.input": None}

    places = header_places(tuple(environ))
    assert places.redact(places.read(environ)) == (kept,)


def test_environ_without_headers_has_none() -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": None}

    places = header_places(tuple(environ))
    assert places.redact(places.read(environ)) == ()


def test_urls_in_an_answer_keep_neither_signature_nor_upload_state() -> None:
    headers = (("Location", "https://host/path?sig=secret&se=1&_state=secret"), ("Link", "</a?sig=secret>"))

    assert redact_answer_headers(headers) == (
        ("Location", "https://host/path?sig=***&se=1&_state=***"),
        ("Link", "</a?sig=***>"),
    )


def test_reason_is_shortened_without_secrets() -> None:
    assert redact_reason("password=secret " + "x" * 10_000) == "password=*** " + "x" * (KEPT_REASON - 16)


def test_long_text_is_shortened_and_an_empty_one_absent() -> None:
    assert shorten("x" * 1_000) == "x" * KEPT_CHARACTERS
    assert shorten("short") == "short"
    assert (shorten(""), shorten(None)) == (None, None)
