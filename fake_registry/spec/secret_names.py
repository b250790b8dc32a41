"""Finds out by its name whether a header, parameter or member holds a secret."""

import re
from typing import Final
from urllib.parse import unquote_plus

from fake_registry.spec.text_cache import TextCache

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

_PUBLIC_NAMES: Final = frozenset({"access-control-allow-credentials", "offline_token", "token_endpoint", "token_type"})
"""Names that only look like those of secrets. docker sends `offline_token=true`."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_secret_name(name: str) -> bool:
    """Return whether a header, parameter or member of this name holds a secret.

    In any case, and percent-encoded or not.

    >>> [is_secret_name(name) for name in ("X-Registry-Auth", "%50assword", "digest")]
    [True, True, False]
    """
    return SECRET_NAMES[name]


def decode_part(text: str) -> str:
    """Return a text without percent-encoding, which may have been applied more than once."""
    for _ in range(4):
        if "%" not in text:
            break
        text = unquote_plus(text)
    return text


def _is_secret(name: str) -> bool:
    plain = decode_part(name).strip()
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


SECRET_NAMES: Final = TextCache(_is_secret, entries=1024)
"""Whether each name is one of a secret."""
