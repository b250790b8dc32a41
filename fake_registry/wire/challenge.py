"""Challenges in WWW-Authenticate (RFC 9110 §11.6.1). `http` and `auth` choose their scopes."""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (RFC 9110 §5.6.2, a word of the grammar)
_SCHEME = re.compile(_TOKEN)
_SEPARATOR = re.compile(r"[ \t,]*")
_BLANKS = re.compile(r"[ \t]+")
_TOKEN68 = re.compile(r"([A-Za-z0-9._~+/-]+=*)[ \t]*(?=,|$)")
_PARAMETER = re.compile(
    rf"""({_TOKEN})[ \t]*=[ \t]*(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")[ \t]*(?=,|$)""",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_TO_QUOTE = re.compile(r'(["\\])')
_QUOTED = r"\\\1"


@dataclass(frozen=True)
class Challenge:
    """A scheme with parameters in their order; or with a `token68`, which registries do not use."""

    scheme: str
    parameters: tuple[tuple[str, str], ...] = ()
    token68: str | None = None

    def parameter(self, name: str) -> str | None:
        """Return a parameter's value, None if it is absent. The name's case does not matter."""
        wanted = name.lower()
        return next((value for key, value in self.parameters if key.lower() == wanted), None)

    def is_scheme(self, name: str) -> bool:
        """Return whether this is the scheme `name`, in any case."""
        return self.scheme.lower() == name.lower()


BASIC: Final = Challenge("Basic", (("realm", "Azure Container Registry"),))
"""ACR's answer to a wrong user name or password (Azure/acr#466)."""


def bearer(
    *,
    realm: str,
    service: str,
    scope: str | None = None,
    error: str | None = None,
) -> Challenge:
    """Return the challenge for a token, with its parameters in the order that clients need.

    `GET /v2/` has no scope (acr-behaviour 3.1). `error` is from RFC 6750 §3.1.
    """
    named = (("realm", realm), ("service", service), ("scope", scope), ("error", error))
    present = tuple((name, value) for name, value in named if value is not None)
    return Challenge("Bearer", present)


def encode_challenge(challenge: Challenge) -> str:
    """Return the header's value. All values are quoted, commas have no blanks (acr-behaviour 1.1).

    >>> encode_challenge(bearer(realm="https://h/oauth2/token", service="h"))
    'Bearer realm="https://h/oauth2/token",service="h"'
    """
    parameters = ",".join([f'{name}="{_quote(value)}"' for name, value in challenge.parameters])
    parts = (challenge.scheme, challenge.token68, parameters)
    return " ".join([part for part in parts if part])


def _quote(value: str) -> str:
    if '"' not in value and "\\" not in value:
        return value
    return _TO_QUOTE.sub(_QUOTED, value)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Return the challenges in one header, or in several joined by commas. Raises ValueError.

    Accepts blanks around commas, empty elements and unquoted values (RFC 9110 §5.6.1, §11.2).
    """
    challenges: list[Challenge] = []
    place = _skip(_SEPARATOR, header, 0)
    while place < len(header):
        scheme = _SCHEME.match(header, place)
        if scheme is None:
            raise ValueError(f"expected a challenge at character {place}, found {header[place]!r}")

        challenge, place = _challenge(scheme[0], header, scheme.end())
        challenges.append(challenge)
    return tuple(challenges)


def _challenge(scheme: str, header: str, place: int) -> tuple[Challenge, int]:
    """Return the challenge whose scheme ends at `place`, and the place of the next challenge."""
    blanks = _BLANKS.match(header, place)
    token68 = None if blanks is None else _TOKEN68.match(header, blanks.end())
    if token68 is not None:
        return Challenge(scheme, token68=token68[1]), _skip(_SEPARATOR, header, token68.end())

    # After a comma a name with "=" is another parameter, a name without it the next scheme.
    parameters: list[tuple[str, str]] = []
    place = _skip(_SEPARATOR, header, place)
    while match := _PARAMETER.match(header, place):
        name, token, quoted = match.groups()
        value = _QUOTED_PAIR.sub(r"\1", quoted) if token is None else token
        parameters.append((name, value))
        place = _skip(_SEPARATOR, header, match.end())
    return Challenge(scheme, tuple(parameters)), place


def _skip(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return place if match is None else match.end()
