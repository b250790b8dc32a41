"""Origins of URLs: RFC 6454 §4, and malformed URLs that have none."""

import pytest

from fake_registry.wire.origins import Origin, origin_of, same_origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://fake.azurecr.io", Origin("https", "fake.azurecr.io", 443)),
        ("HTTP://Fake.Azurecr.IO/v2/?a=b#c", Origin("http", "fake.azurecr.io", 80)),
        ("https://fake.azurecr.io:444?a@b", Origin("https", "fake.azurecr.io", 444)),
        ("https://fake.azurecr.io:/v2/", Origin("https", "fake.azurecr.io", 443)),
        ("https://fake.azurecr.io.", Origin("https", "fake.azurecr.io.", 443)),
        ("http://my_registry:5000/", Origin("http", "my_registry", 5000)),
        ("http://[::1]:5000/", Origin("http", "[::1]", 5000)),
    ],
)
def test_origin_is_scheme_host_and_port(url: str, expected: Origin) -> None:
    assert origin_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fake.azurecr.io",
        "//fake.azurecr.io",
        "/v2/",
        "ftp://fake.azurecr.io",
        "https://",
        "https:///v2/",
        " https://fake.azurecr.io",
        "https://user@fake.azurecr.io",
        "https://fake.azurecr.io@evil.example",
        "https://evil.example\\@fake.azurecr.io",
        "https://fake.azurecr.io\\.evil.example",
        "https://fake.azurecr.io%2Fevil.example",
        "https://fake azurecr.io",
        "https://fake.azurecr.io/\r\nX-Evil: 1",
        "https://b\u00fccher.example",
        "https://fa\u212ae.azurecr.io",
        "http\u017f://fake.azurecr.io",
        "https://fake..azurecr.io",
        "https://fake.azurecr.io:0",
        "https://fake.azurecr.io:65536",
        "https://fake.azurecr.io:-1",
        "https://fake.azurecr.io:\u0665",
        "https://[::1",
        "https://[1.2.3]",
        "https://::1",
    ],
)
def test_malformed_url_has_no_origin(url: str) -> None:
    assert origin_of(url) is None
    assert not same_origin(url, url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a/x", "http://A:80/y", True),
        ("https://a", "https://a:443/", True),
        ("http://a", "https://a", False),
        ("http://a:443", "https://a:443", False),
        ("http://a:1", "http://a:2", False),
        ("http://a", "http://a.", False),
        ("http://a", "http://a.b", False),
    ],
)
def test_urls_of_one_origin(one: str, other: str, *, same: bool) -> None:
    assert same_origin(one, other) is same


@pytest.mark.parametrize("text", ["https://fake.azurecr.io", "http://a:443", "https://[::1]:5000"])
def test_text_of_an_origin_is_its_url(text: str) -> None:
    assert str(origin_of(text)) == text


def test_default_port_is_left_out() -> None:
    assert str(origin_of("http://fake.azurecr.io:80/")) == "http://fake.azurecr.io"
