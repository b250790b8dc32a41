"""Repository-scoped tokens: accounts of the registry's own, with a scope map that says what they may where.

Source: MSDOC container-registry-token-based-repository-permissions. They log in by name and password at /oauth2/token;
`roles` are for those whom Entra names.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fake_registry.auth.tokens import Scope
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
"""A scope map's action -> what an access token calls it."""

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
"""Those that every registry has: the same actions on all repositories."""

_CATALOG = Scope("registry", "catalog", ("*",))
"""No map of repositories has it, only the system's own for administrators (Azure/acr#675)."""

ScopeMap = str | Mapping[str, Iterable[str]]
"""A system scope map by name, or repositories (one, those under a prefix `samples/*`, all `*`) -> actions."""


def scopes_of_map(scope_map: ScopeMap) -> tuple[Scope, ...]:
    """Return what a scope map lets an access token hold; its rules add up, of repositories that need not exist yet.

    Raises ValueError for a map or an action that does not exist, with those that do, and NameInvalid.
    """
    if isinstance(scope_map, str):
        if scope_map not in SYSTEM_SCOPE_MAPS:
            raise ValueError(f"scope_map is one of {', '.join(SYSTEM_SCOPE_MAPS)} or a mapping, not {scope_map!r}")
        catalog = (_CATALOG,) if scope_map == "_repositories_admin" else ()
        return (_rule("*", SYSTEM_SCOPE_MAPS[scope_map]), *catalog)
    return tuple(_rule(repository, actions) for repository, actions in scope_map.items())


def _rule(repository: str, actions: Iterable[str]) -> Scope:
    if isinstance(actions, str):  # its letters are not what was meant
        raise ValueError(f"the actions on {repository} are a list, not the text {actions!r}")
    chosen = tuple(actions)
    for action in chosen:
        if action not in _WORDS:
            raise ValueError(f"an action is one of {', '.join(_WORDS)}, not {action!r}")
    if repository != "*":
        parse_repository_name(repository.removesuffix("/*"))
    return Scope("repository", repository, tuple(_WORDS[action] for action in chosen))


@dataclass(frozen=True, kw_only=True)
class RepositoryToken:
    """A repository-scoped token: its name is the user name, each of its passwords is good."""

    name: str
    passwords: tuple[str, ...] = field(repr=False)
    scopes: tuple[Scope, ...]

    def __post_init__(self) -> None:
        if not self.name or ":" in self.name:
            raise ValueError(f"a token's name is not empty and has no colon (RFC 7617), unlike {self.name!r}")
        if not all(self.passwords):
            raise ValueError("a token's password is not empty")

    def accepts(self, password: str) -> bool:
        """Tell whether `password` is one of the token's."""
        return any(hmac.compare_digest(password.encode(), known.encode()) for known in self.passwords)
