"""Challenges in WWW-Authenticate, as far as the harness reads them: RFC 9110 §11.6.1."""

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pytest_acr.harness.messages import RawResponse

_PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')


class FoundChallenge(NamedTuple):
    """The scheme in lower case, and the parameters."""

    scheme: str
    parameters: dict[str, str]

    @property
    def scopes(self) -> set[tuple[str, frozenset[str]]]:
        """The resources with their actions: neither has an order (acr-behaviour 3.2)."""
        words = self.parameters.get("scope", "").split()
        parts = (word.rpartition(":") for word in words)
        return {(resource, frozenset(actions.split(","))) for resource, _, actions in parts}

    @property
    def token_path(self) -> str:
        """The path of the token service."""
        return urlsplit(self.parameters.get("realm", "")).path


def challenge_of(response: RawResponse) -> FoundChallenge | None:
    """Return the challenge of a response; None without one."""
    header = response.header("www-authenticate")
    if header is None:
        return None
    scheme, _, rest = header.partition(" ")
    return FoundChallenge(scheme.lower(), dict(_PARAMETER.findall(rest)))
