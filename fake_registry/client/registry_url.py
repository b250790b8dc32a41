"""The one parser of registry URLs: from a URL or a host, as callers pass it, to an `Origin`."""

from typing import Final

from fake_registry.wire.origins import DEFAULT_PORTS, origin_of
from fake_registry.wire.origins import Origin as Origin  # for callers that import no `wire`

_EXAMPLE: Final = "https://NAME.azurecr.io"


def parse_registry_url(text: str) -> Origin:
    """Return the origin of a registry's URL; a host without a scheme is one of https.

    ValueError for anything beyond scheme, host and port. The message repeats no password.

    >>> str(parse_registry_url("Fake.azurecr.io:443"))
    'https://fake.azurecr.io'
    """
    url = text if "://" in text else f"https://{text}"
    mistake = _mistake_in(url)
    if mistake:
        raise ValueError(f"expected a registry's URL such as {_EXAMPLE}, found {mistake}")

    origin = origin_of(url)
    assert origin is not None, "a URL without a mistake has an origin"
    return origin


def _mistake_in(url: str) -> str:
    """Describe what a registry's URL must not have; empty for a correct URL."""
    if "@" in url:
        return "a user or a password in it"
    if not url.isprintable() or " " in url or "\\" in url:
        return "control characters, blanks or backslashes in it"

    scheme, _, rest = url.partition("://")
    if scheme.lower() not in DEFAULT_PORTS:
        return f"the scheme {scheme!r}"

    rest, fragment_mark, _ = rest.partition("#")
    rest, query_mark, _ = rest.partition("?")
    authority, _, path = rest.partition("/")
    if mistake := _mistake_in_authority(authority):
        return mistake
    if path:
        return f"the path {'/' + path!r}"
    if query_mark:
        return "a query"
    if fragment_mark:
        return "a fragment"
    return ""


def _mistake_in_authority(authority: str) -> str:
    if not authority.isascii():
        return f"the host {authority!r}; write an internationalized name in its ASCII form, xn--..."

    in_brackets = authority.startswith("[") and "]" in authority
    if authority.count(":") > 1 and not in_brackets:
        return f"the host {authority!r}; write an IPv6 address in brackets"

    host, port = _split_port(authority)
    if not host:
        return "no host"
    if origin_of(f"https://{host}") is None:
        return f"the host {host!r}"
    if origin_of(f"https://{host}:{port}") is None:
        return f"the port {port!r}"
    return ""


def _split_port(authority: str) -> tuple[str, str]:
    """Return host and port; the colons inside the brackets of an IPv6 address separate no port."""
    in_brackets, bracket, rest = authority.rpartition("]")
    host, _, port = rest.partition(":")
    return in_brackets + bracket + host, port
