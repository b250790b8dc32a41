"""The one parser of registry URLs: what callers pass as a registry's URL or host becomes an `Origin`."""

from fake_registry.wire.origins import DEFAULT_PORTS, Origin, origin_of


def parse_registry_url(text: str) -> Origin:
    """Return the origin of a registry's URL; a host without a scheme is one of https.

    ValueError for anything beyond scheme, host and port. The message repeats no password.

    >>> str(parse_registry_url("Fake.azurecr.io:443"))
    'https://fake.azurecr.io'
    """
    url = text if "://" in text else f"https://{text}"
    mistake = _mistake_in(url)
    if mistake:
        raise ValueError(f"expected a registry's URL such as https://NAME.azurecr.io, found {mistake}")

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

    end = authority.find("]") + 1
    host_end = authority.find(":", end)
    host, port = (authority, "") if host_end < 0 else (authority[:host_end], authority[host_end + 1 :])
    if not host:
        return "no host"
    if origin_of(f"https://{host}") is None:
        return f"the host {host!r}"
    if origin_of(f"https://{host}:{port}") is None:
        return f"the port {port!r}"
    return ""
