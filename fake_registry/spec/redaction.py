"""Finds secrets by their names and forms, and replaces them by `***`.

The one redaction of the project: the journal, logs and messages of exceptions use it.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_plus

from fake_registry.spec.text_cache import TextCache

HIDDEN: Final = "***"
"""The text in place of a secret."""

_SECRET_PARTS: Final = (
    "accesskey",
    "accountkey",
    "apikey",
    "assertion",
    "authcode",
    "authorization",
    "cookie",
    "credential",
    "devicecode",
    "identityheader",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "registryconfig",
    "saml",
    "secret",
    "sessid",
    "sessionid",
    "sharedkey",
    "signature",
    "subscriptionkey",
    "token",
    "userpass",
    "verifier",
)
"""Parts of secret names, without case and separators: `X-Amz-Security-Token`, `clientSecret`."""

_SECRET_WORDS: Final = frozenset(
    {
        "auth",
        "authentication",
        "bearer",
        "dpop",
        "jwt",
        "key",
        "otp",
        "pass",
        "pat",
        "pin",
        "pw",
        "pwd",
        "sas",
        "session",
        "sid",
        "sig",
        "ticket",
    }
)
"""Whole words of secret names: `X-Registry-Auth`, `sig`. `author` and `keyword` are no secrets."""

_SECRET_ENDS: Final = ("auth", "key", "pwd", "sig")
"""Ends of secret names that are written in one word: `registryauth`, `PRIVATEKEY`."""

_UPLOAD_STATE: Final = "_state"
"""The parameter of ACR's upload locations. Another `state` is no secret."""

_CODE: Final = "code"
"""A parameter with the code of an OAuth login or an Azure Function; elsewhere an error's code."""

_PUBLIC_NAMES: Final = frozenset({"access-control-allow-credentials", "offline_token", "token_endpoint", "token_type"})
"""Names that only look like those of secrets. docker sends `offline_token=true`."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_USER_INFO: Final = re.compile(r"(?<=//)[^/?#\s]*@")
_USER_PASSWORD: Final = re.compile(r"[^\s/:@,;=\"'<>(){}]+:[^\s/@,;=\"'<>(){}]+@(?!sha\d+:)")
"""User info of a host without a scheme. An image `name:tag@sha256:...` is no user."""
_PARAMETER: Final = re.compile(r"(?<![^=&;?#\s'\"<>(){},])([^=&;?#\s'\"<>(){},]{1,200})=")
_VALUE: Final = re.compile(r"[^&;#\s'\"<>]*[^&;#\s'\"<>,)]")
_HOST_USER: Final = re.compile(r"[^\s/?#,;=\"]*@")
_MEMBER: Final = re.compile(r"([\"'])([^\"'\s]{1,200})\1(\s*[:=]\s*)([\"'])(?:\\.|(?!\4).)*\4")
_JWT: Final = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*)*")
_CREDENTIALS: Final = re.compile(r"\b(basic|bearer) +(?=\S*[0-9+/=._-])[\w.~+/=-]{8,}", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Return whether a header, parameter or member of this name holds a secret.

    In any case, and percent-encoded or not.

    >>> [is_secret_name(name) for name in ("X-Registry-Auth", "%50assword", "digest")]
    [True, True, False]
    """
    return _SECRET[name]


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

    >>> redact_text("GET https://user:pass@host/?a=1&sig=x: 403")
    'GET https://***@host/?a=1&sig=***: 403'
    """
    if "@" in text:
        text = _redact_users(text)
    if "eyJ" in text:
        text = _JWT.sub(HIDDEN, text)
    if "=" in text:
        text = _redact_parameters(text)
    if '"' in text or "'" in text:
        text = _MEMBER.sub(_redact_member, text)
    return _CREDENTIALS.sub(_redact_scheme, text)


def redact_host(host: str) -> str:
    """Return a Host header, or a list of hosts, without user info."""
    if "@" not in host:
        return host
    return _HOST_USER.sub(f"{HIDDEN}@", host)


def redact_credentials(value: str) -> str:
    """Return the scheme of an Authorization alone; nothing of a token without a scheme."""
    scheme, blank, _ = value.partition(" ")
    if not blank or "=" in scheme:
        return HIDDEN
    return f"{scheme} {HIDDEN}"


def redaction_of_header(name: str) -> Callable[[str], str] | None:
    """Return the function that redacts a header's value; None for a header without secrets."""
    lower = name.lower()
    if lower in ("authorization", "proxy-authorization"):
        return redact_credentials
    if is_secret_name(name):
        return _hide

    words = set(lower.split("-"))
    if words & _HOST_WORDS:
        return redact_host
    if "link" in words:
        return redact_text
    if "authenticate" in words:
        return _CHALLENGES.__getitem__
    return redact_url if words & _URL_WORDS else None


_HOST_WORDS: Final = frozenset({"forwarded", "host"})
"""Words in names of headers whose values have hosts in them."""

_URL_WORDS: Final = frozenset({"destination", "location", "origin", "referer", "referrer", "uri", "url"})
"""Words in names of headers whose values are URLs."""


def _redact_challenge(challenge: str) -> str:
    """Return a challenge: its realm is a URL, and its service may be a Host header."""
    return redact_host(redact_text(challenge))


_CHALLENGES: Final = TextCache(_redact_challenge, entries=256)
"""Challenges, redacted. Each first try of the Azure SDK is answered with one, often the same."""


def _hide(_: str) -> str:
    return HIDDEN


def _is_secret(name: str) -> bool:
    plain = _decode(name).strip()
    lower = plain.lower()
    if lower in _PUBLIC_NAMES:
        return False
    if lower == _UPLOAD_STATE or not _SECRET_WORDS.isdisjoint(_words_of(plain)):
        return True

    joined = "".join(filter(str.isalnum, lower))
    return joined.endswith(_SECRET_ENDS) or any(part in joined for part in _SECRET_PARTS)


def _words_of(name: str) -> set[str]:
    """Return the words of a name that is written with separators, in capitals or as camelCase."""
    return {word.lower() for word in _WORD.findall(name)}


def _decode(text: str) -> str:
    """Return a text without percent-encoding, which may have been applied more than once."""
    for _ in range(4):
        if "%" not in text:
            break
        text = unquote_plus(text)
    return text


_SECRET: Final = TextCache(_is_secret, entries=1024)
"""Whether each name is one of a secret."""

_SEPARATORS: Final = re.compile(r"([&;])")


def _redact_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if not value:
        return _NAMES[name] + equals

    if _SECRET[name] or _decode(name).strip().lower() == _CODE:
        return _NAMES[name] + equals + HIDDEN
    return _NAMES[name] + equals + redact_part(value)


def redact_part(part: str) -> str:
    """Return a name or a value in a URL; hidden as a whole if it contains a secret, encoded or not.

    >>> redact_part("x%3Fsig%3Dsecret"), redact_part("sha256%3Aab")
    ('***', 'sha256%3Aab')
    """
    if not _may_hide_a_secret(part):
        return part
    decoded = _decode(part)
    if redact_text(decoded) == decoded:
        return part
    return HIDDEN


def _may_hide_a_secret(part: str) -> bool:
    """Return whether a part has a mark of a URL, a parameter, a token or an escape of one.

    It is called for each parameter of each request.
    """
    if "%" in part and any(map(part.__contains__, _ESCAPES)):
        return True
    return "@" in part or "=" in part or "//" in part or "eyJ" in part


_ESCAPES: Final = ("%2", "%3D", "%3d", "%4")
"""The escapes of `/`, `=`, `@` and of `%` itself."""

_NAMES: Final = TextCache(redact_part, entries=1024)
"""Names of parameters, redacted."""


def _redact_users(text: str) -> str:
    return _USER_PASSWORD.sub(f"{HIDDEN}@", _USER_INFO.sub(f"{HIDDEN}@", text))


def _redact_parameters(text: str) -> str:
    parts, place = [], 0
    for parameter in _PARAMETER.finditer(text):
        value = _VALUE.match(text, parameter.end())
        if value is None or parameter.start() < place or not _SECRET[parameter[1]]:
            continue
        parts += [text[place : parameter.end()], HIDDEN]
        place = value.end()
    return "".join([*parts, text[place:]])


def _redact_scheme(match: re.Match[str]) -> str:
    return f"{match[1]} {HIDDEN}"


def _redact_member(match: re.Match[str]) -> str:
    quote, name, colon, other = match.groups()
    if not _SECRET[name]:
        return match[0]
    return f"{quote}{name}{quote}{colon}{other}{HIDDEN}{other}"
