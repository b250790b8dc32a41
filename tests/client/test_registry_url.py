"""The parser of registry URLs: one form of each, and a message that names each mistake."""

import pytest

from fake_registry.client.registry_url import parse_registry_url
from fake_registry.wire.origins import Origin


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://fake.azurecr.io", "https://fake.azurecr.io"),
        ("HTTPS://Fake.Azurecr.IO:443/", "https://fake.azurecr.io"),
        ("fake.azurecr.io", "https://fake.azurecr.io"),
        ("localhost:5000", "https://localhost:5000"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://localhost:080", "http://localhost"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("[::1]:5000", "https://[::1]:5000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_url_or_host_becomes_one_form(text: str, url: str) -> None:
    assert str(parse_registry_url(text)) == url


def test_scheme_host_and_port_are_read() -> None:
    assert parse_registry_url("http://Fake.azurecr.io") == Origin("http", "fake.azurecr.io", 80)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no host"),
        ("https://", "no host"),
        ("https://:5000", "no host"),
        ("ftp://fake.azurecr.io", "the scheme 'ftp'"),
        ("://fake.azurecr.io", "the scheme ''"),
        ("https:/fake.azurecr.io", "the path '/fake.azurecr.io'"),
        ("https://fake.azurecr.io/v2/", "the path '/v2/'"),
        ("https://fake.azurecr.io//", "the path '//'"),
        ("https://fake.azurecr.io?x=y", "a query"),
        ("https://fake.azurecr.io/?", "a query"),
        ("https://fake.azurecr.io#x", "a fragment"),
        ("https://fake.azurecr.io:99999", "the port '99999'"),
        ("https://fake.azurecr.io:0", "the port '0'"),
        ("https://fake.azurecr.io:http", "the port 'http'"),
        ("https://fake%2eazurecr.io", "the host 'fake%2eazurecr.io'"),
        ("https://[1.2.3]", "the host '[1.2.3]'"),
        ("::1", "the host '::1'; write an IPv6 address in brackets"),
        ("https://b\u00fccher.example", "the host 'b\u00fccher.example'; write an internationalized name in its ASCII"),
        ("https://fake.azurecr.io\n", "control characters, blanks or backslashes in it"),
        ("https://fake.azurecr.io\x1b[31m", "control characters, blanks or backslashes in it"),
        (" https://fake.azurecr.io", "control characters, blanks or backslashes in it"),
        ("https://evil.example\\.azurecr.io", "control characters, blanks or backslashes in it"),
        ("https://user@fake.azurecr.io", "a user or a password in it"),
        ("https://@fake.azurecr.io", "a user or a password in it"),
    ],
)
def test_mistake_is_named(text: str, found: str) -> None:
    with pytest.raises(
        ValueError, match=r"expected a registry's URL such as https://NAME\.azurecr\.io, found "
    ) as raised:
        parse_registry_url(text)
    assert str(raised.value).partition(" found ")[2].startswith(found)


@pytest.mark.parametrize(
    "text", ["https://me:secret@a", "https://me:sec/secret@a", "me:secret@a", "https://me:\nsecret@a"]
)
def test_password_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a user or a password in it") as raised:
        parse_registry_url(text)
    assert "secret" not in str(raised.value)
