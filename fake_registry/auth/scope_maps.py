"""Repository-scoped tokens: accounts of the registry, with permissions by scope maps.

Source: MSDOC container-registry-token-based-repository-permissions. They log in by name and
password at /oauth2/token. Principals of Entra have `roles` instead.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fake_registry.arguments import check_account, check_fields, check_type, items_of, names_text
from fake_registry.auth.scopes import Scope
from fake_registry.spec.names import parse_repository_name

_WORDS = MappingProxyType(
    {
        "content/read": "pull",
        "content/write": "push",
        "content/delete": "delete",
        "metadata/read": "metadata_read",
        "metadata/write": "metadata_write",
    }
)
"""For each action of a scope map, an access token's name for it."""

_ACTIONS_BY_WORD = MappingProxyType({word: action for action, word in _WORDS.items()})

ACTIONS = tuple(_WORDS)

_PULL = ("content/read",)
_PUSH = ("content/read", "content/write")

SYSTEM_SCOPE_MAPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "_repositories_pull": _PULL,
        "_repositories_pull_metadata_read": (*_PULL, "metadata/read"),
        "_repositories_push": _PUSH,
        "_repositories_push_metadata_write": (*_PUSH, "metadata/read", "metadata/write"),
        "_repositories_admin": ACTIONS,
    }
)
"""Scope maps that every registry has; their actions are for all repositories."""

_CATALOG = Scope("registry", "catalog", ("*",))
"""Held by maps with a rule for all repositories, and by no other (Azure/acr#675, #751)."""

ScopeMap = str | Mapping[str, Iterable[str]]
"""The name of a system scope map; or actions by repository: one, `samples/*`, or all (`*`)."""


def scopes_of_map(scope_map: ScopeMap) -> tuple[Scope, ...]:
    """Return the scopes that an access token may have by a scope map. Rules add up.

    Repositories need not exist. Raises TypeError for a value of another type, ValueError, with the
    known ones, for an unknown map or action, NameInvalid for a malformed repository.
    """
    check_type("scope_map", scope_map, ScopeMap)
    rules = _rules_of(scope_map)
    scopes = tuple(_scope_of(repository, actions) for repository, actions in rules.items())

    reaches_all = any(scope.name == "*" and scope.actions for scope in scopes)
    return (*scopes, _CATALOG) if reaches_all else scopes


def map_of_scopes(scopes: Iterable[Scope]) -> dict[str, tuple[str, ...]]:
    """Return the scope map, by repository, that has these scopes: the inverse of `scopes_of_map`."""
    return {
        scope.name: tuple(_ACTIONS_BY_WORD[word] for word in scope.actions)
        for scope in scopes
        if scope.type == "repository"
    }


def _rules_of(scope_map: ScopeMap) -> Mapping[str, Iterable[str]]:
    if not isinstance(scope_map, str):
        return scope_map

    if scope_map not in SYSTEM_SCOPE_MAPS:
        known = names_text(scope_map, SYSTEM_SCOPE_MAPS)
        raise ValueError(f"scope_map: expected a mapping or one of {known}, found {scope_map!r}")
    return {"*": SYSTEM_SCOPE_MAPS[scope_map]}


def _scope_of(repository: str, actions: Iterable[str]) -> Scope:
    check_type("repository", repository, str)
    words = tuple(_word_of(action) for action in items_of(f"actions of {repository}", actions, str))

    if repository != "*":
        parse_repository_name(repository.removesuffix("/*"))
    return Scope("repository", repository, words)


def _word_of(action: str) -> str:
    if action not in _WORDS:
        raise ValueError(f"action: expected one of {names_text(action, _WORDS)}, found {action!r}")
    return _WORDS[action]


@dataclass(frozen=True, kw_only=True)
class RepositoryToken:
    """A repository-scoped token. It logs in with its name as the user, and any of its passwords."""

    name: str
    passwords: tuple[str, ...] = field(repr=False)
    scopes: tuple[Scope, ...]

    def __post_init__(self) -> None:
        check_fields(self)
        check_account("a token", self.name, self.passwords)

    def accepts(self, password: str) -> bool:
        """Return whether the token has this password."""
        given = password.encode()
        return any(hmac.compare_digest(given, known.encode()) for known in self.passwords)
