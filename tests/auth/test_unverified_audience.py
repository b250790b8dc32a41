"""The host that a token names, for messages: nothing about the token is trusted."""

import base64
import json

import pytest

from fake_registry.auth.signatures import unverified_audience


def token_of(payload: bytes) -> str:
    encoded = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{encoded}.c2lnbmF0dXJl"


@pytest.mark.parametrize("host", ["fake.azurecr.io", "127.0.0.1:41731", "localhost"])
def test_host_in_the_audience(host: str) -> None:
    assert unverified_audience(token_of(json.dumps({"aud": host.upper()}).encode())) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b.c",
        "a.é.c",
        token_of(b"\xff"),
        token_of(b"[1]"),
        token_of(b"{}"),
        token_of(b'{"aud":["fake.azurecr.io"]}'),
        token_of(b'{"aud":"https://containerregistry.azure.net"}'),
        token_of(b'{"aud":"a b"}'),
        token_of(b'{"aud":"%s"}' % (b"a" * 300)),
        token_of(b'{"aud":' + b"[" * 100_000),
    ],
    ids=range(12),
)
def test_token_that_names_no_host(text: str) -> None:
    assert unverified_audience(text) == ""
