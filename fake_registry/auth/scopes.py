"""Scopes: actions on resources, in challenges, token requests and access tokens.

Source: CNCF distribution, Token Scope Documentation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from fake_registry.spec.text_cache import TextCache

_SCOPE: Final = re.compile(
    r"(?P<type>[a-z0-9][a-z0-9-]*(?:\([a-z0-9]+\))?):(?P<name>\S+):(?P<actions>[a-z_*]+(?:,[a-z_*]+)*)"
)


@dataclass(frozen=True)
class Scope:
    """Actions on a resource, such as `repository:samples/hello:pull,push`.

    In the scopes that a caller holds, the name `*` or one that ends in `/*` includes many
    resources, and the action `*` includes all actions.
    """

    type: str
    name: str
    actions: tuple[str, ...]

    def covers(self, other: "Scope") -> bool:
        """Return whether this scope's resources include those of `other`. Actions do not matter."""
        if self.type != other.type:
            return False
        if self.name in ("*", other.name):
            return True
        return self.name.endswith("/*") and other.name.startswith(self.name[:-1])


def parse_scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes in `texts`, each of which may have several, separated by blanks.

    Malformed ones are skipped, as in CNCF distribution's token server. The name is everything
    between the first and the last colon: it may begin with a host and port.
    """
    return tuple(chain.from_iterable([_SCOPES[text] for text in texts]))


def _parse_text(text: str) -> tuple[Scope, ...]:
    matches = map(_SCOPE.fullmatch, text.split(" "))
    return tuple([_scope_of(match) for match in matches if match])


_SCOPES: Final = TextCache(_parse_text, entries=64)
"""The scopes in each text. A client requests few."""


def _scope_of(match: re.Match[str]) -> Scope:
    return Scope(match["type"], match["name"], tuple(match["actions"].split(",")))


def encode_scopes(scopes: Iterable[Scope]) -> str:
    """Return `scopes` as in a challenge, separated by blanks."""
    return " ".join(f"{scope.type}:{scope.name}:{','.join(scope.actions)}" for scope in scopes)


def narrow(held: Iterable[Scope], requested: Iterable[Scope]) -> tuple[Scope, ...]:
    """Return the part of `requested` that is held, without scopes that would have no action.

    A requested action `*` becomes all the actions that are held on that resource.
    """
    held = tuple(held)
    narrowed = [Scope(scope.type, scope.name, _actions_of(held, scope)) for scope in requested]
    return tuple([scope for scope in narrowed if scope.actions])


def covering(held: Iterable[Scope], requested: Iterable[Scope]) -> tuple[Scope, ...]:
    """Return the scopes in `held`, unchanged, whose resources include those of a requested scope."""
    requested = tuple(requested)
    return tuple(scope for scope in held if any(scope.covers(other) for other in requested))


def grants(held: Iterable[Scope], needed: Iterable[Scope]) -> bool:
    """Return whether all of `needed` is held, if need be by several scopes on a resource."""
    held = tuple(held)
    return all(set(scope.actions) <= set(_actions_of(held, scope)) for scope in needed)


def _actions_of(held: tuple[Scope, ...], requested: Scope) -> tuple[str, ...]:
    """Return the actions in `requested` that are held."""
    actions: dict[str, None] = {}
    for scope in held:
        if scope.covers(requested):
            actions.update(dict.fromkeys(scope.actions))

    if "*" in actions:
        return requested.actions
    if "*" in requested.actions:
        return tuple(actions)
    return tuple([action for action in requested.actions if action in actions])
