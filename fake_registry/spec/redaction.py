"""Finds secrets by their forms, and by their names (`secret_names`), and replaces them by `***`.

The one redaction of the project: the journal, logs and messages of exceptions use it.
"""

import re
from collections.abc import Callable
from typing import Final

from fake_registry.spec.secret_names import SECRET_NAMES, decode_part, is_secret_name
from fake_registry.spec.text_cache import TextCache

HIDDEN: Final = "***"
"""The text in place of a secret."""

_CODE: Final = "code"
"""A parameter with the code of an OAuth login or an Azure Function; elsewhere an error's code."""

_USER_INFO: Final = re.compile(r"(?<=//)[^/?#\s]*@")
_USER_PASSWORD: Final = re.compile(r"[^\s/:@,;=\"'<>(){}]+:[^\s/@,;=\"'<>(){}]+@(?!sha\d+:)")
"""User info of a host without a scheme. An image `name:tag@sha256:...` is no user."""
_PARAMETER: Final = re.compile(r"(?<![^=&;?#\s'\"<>(){},])([^=&;?#\s'\"<>(){},]{1,200})=")
_VALUE: Final = re.compile(r"[^&;#\s'\"<>]*[^&;#\s'\"<>,)]")
_HOST_USER: Final = re.compile(r"[^\s/?#,;=\"]*@")
_MEMBER: Final = re.compile(r"([\"'])([^\"'\s]{1,200})\1(\s*[:=]\s*)([\"'])(?:\\.|(?!\4).)*\4")
_JWT: Final = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*)*")
_CREDENTIALS: Final = re.compile(
    r"\b(basic|bearer|dpop|negotiate|ntlm) +(?=\S*[0-9+/=._-])[\w.~+/=-]{8,}"
    r"|\b(sharedkey|sharedkeylite) +[^\s:]+:[^\s,;\"']+",
    re.IGNORECASE,
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?(?:-----END \1PRIVATE KEY-----|$)", re.DOTALL)

_SCHEMES: Final = frozenset(
    {
        "apikey",
        "aws4-hmac-sha256",
        "basic",
        "bearer",
        "digest",
        "dpop",
        "hawk",
        "hoba",
        "mutual",
        "negotiate",
        "ntlm",
        "oauth",
        "scram-sha-1",
        "scram-sha-256",
        "sharedkey",
        "sharedkeylite",
        "token",
        "vapid",
    }
)
"""The schemes of IANA's registry (RFC 9110 §16.4.1), and others that are in use."""


def redact_query(query: str) -> str:
    """Return a query string without the values of secret parameters, and what they nest."""
    if not query:
        return query
    if ";" in query:
        return "".join(map(_redact_parameter, _SEPARATORS.split(query)))
    return "&".join(map(_redact_parameter, query.split("&")))


def redact_url(url: str) -> str:
    """Return one URL without user info, the values of secret parameters, and tokens."""
    place, mark, query = url.partition("?")
    return redact_path(place) + mark + redact_query(query)


def redact_path(path: str) -> str:
    """Return a path, or a name in it, without user info, secret parameters and tokens."""
    if "%" in path:
        path = redact_part(path)
    if "=" in path or "@" in path or "eyJ" in path:
        return redact_text(path)
    return path


def redact_text(text: str) -> str:
    """Return a text without user info in URLs, secret parameters and members, and tokens.

    >>> redact_text("GET https://user:pass@host/?a=1&sig=x failed")
    'GET https://***@host/?a=1&sig=*** failed'
    """
    if "@" in text:
        text = _redact_users(text)
    if "eyJ" in text:
        text = _JWT.sub(HIDDEN, text)
    if "=" in text:
        text = _redact_parameters(text)
    if '"' in text or "'" in text:
        text = _MEMBER.sub(_redact_member, text)
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(HIDDEN, text)
    return _CREDENTIALS.sub(_redact_scheme, text)


def redact_host(host: str) -> str:
    """Return a Host header, or a list of hosts, without user info."""
    if "@" not in host:
        return host
    return _HOST_USER.sub(f"{HIDDEN}@", host)


def redact_credentials(value: str) -> str:
    """Return the scheme of an Authorization alone; nothing of a token without a known scheme."""
    scheme, blank, _ = value.partition(" ")
    if not blank or scheme.lower() not in _SCHEMES:
        return HIDDEN
    return f"{scheme} {HIDDEN}"


def redaction_of_header(name: str) -> Callable[[str], str] | None:
    """Return the function that redacts a header's value; None for a header of plain facts.

    Whatever its name, a value may have a token, or a URL with one: clients send their own headers.
    """
    lower = name.lower()
    if lower in ("authorization", "proxy-authorization"):
        return redact_credentials
    if lower in _PLAIN_HEADERS:
        return None
    if is_secret_name(name):
        return _hide

    words = set(lower.split("-"))
    if words & _HOST_WORDS:
        return _redact_host_and_text
    if "authenticate" in words:
        return _CHALLENGES.__getitem__
    return _redact_url_and_text if words & _URL_WORDS else _VALUES.__getitem__


_PLAIN_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "date",
        "docker-content-digest",
        "docker-distribution-api-version",
        "strict-transport-security",
        "transfer-encoding",
        "x-ms-correlation-request-id",
        "x-ms-request-id",
    }
)
"""Headers with numbers, times, ids and digests, which no program fills with anything else."""

_HOST_WORDS: Final = frozenset({"forwarded", "host"})
"""Words in names of headers whose values have hosts in them."""

_URL_WORDS: Final = frozenset({"destination", "location", "origin", "referer", "referrer", "uri", "url"})
"""Words in names of headers whose values are URLs."""


_CHALLENGES: Final = TextCache(lambda challenge: _redact_host_and_text(challenge), entries=256)
"""Challenges, redacted. Each first try of the Azure SDK is answered with one, often the same."""


_VALUES: Final = TextCache(redact_text, entries=256)
"""Values of headers, redacted. Most requests of a client have the same."""


def _redact_host_and_text(value: str) -> str:
    return redact_host(redact_text(value))


def _redact_url_and_text(value: str) -> str:
    return redact_text(redact_url(value))


def _hide(_: str) -> str:
    return HIDDEN


_SEPARATORS: Final = re.compile(r"([&;])")


def _redact_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if not value:
        return _NAMES[name] + equals

    if SECRET_NAMES[name] or decode_part(name).strip().lower() == _CODE:
        return _NAMES[name] + equals + HIDDEN
    return _NAMES[name] + equals + redact_part(value)


def redact_part(part: str) -> str:
    """Return a name or a value in a URL; hidden as a whole if it contains a secret, encoded or not.

    >>> redact_part("x%3Fsig%3Dsecret"), redact_part("sha256%3Aab")
    ('***', 'sha256%3Aab')
    """
    if not _may_hide_a_secret(part):
        return part
    decoded = decode_part(part)
    spaced = decoded.replace("+", " ")  # how a form writes blanks
    if redact_text(decoded) == decoded and redact_text(spaced) == spaced:
        return part
    return HIDDEN


def _may_hide_a_secret(part: str) -> bool:
    """Return whether a part has a mark of a URL, a parameter, a token or an escape of one.

    It is called for each parameter of each request.
    """
    if "%" in part and any(map(part.__contains__, _ESCAPES)):
        return True
    return "@" in part or "=" in part or "//" in part or "eyJ" in part or "+" in part


_ESCAPES: Final = ("%2", "%3D", "%3d", "%4")
"""The escapes of `/`, `=`, `@` and of `%` itself."""

_NAMES: Final = TextCache(redact_part, entries=1024)
"""Names of parameters, redacted."""


def _redact_users(text: str) -> str:
    return _USER_PASSWORD.sub(f"{HIDDEN}@", _USER_INFO.sub(f"{HIDDEN}@", text))


def _redact_parameters(text: str) -> str:
    parts, place = [], 0
    for parameter in _PARAMETER.finditer(text):
        if parameter.start() < place or not SECRET_NAMES[parameter[1]]:
            continue

        value = _VALUE.match(text, parameter.end())  # to the end of a text, in the worst case
        if value is None:
            continue
        parts += [text[place : parameter.end()], HIDDEN]
        place = value.end()
    return "".join([*parts, text[place:]])


def _redact_scheme(match: re.Match[str]) -> str:
    return f"{match[1] or match[2]} {HIDDEN}"


def _redact_member(match: re.Match[str]) -> str:
    quote, name, colon, other = match.groups()
    if not SECRET_NAMES[name]:
        return match[0]
    return f"{quote}{name}{quote}{colon}{other}{HIDDEN}{other}"
