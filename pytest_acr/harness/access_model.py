"""`AccessModel`: accounts, roles and tokens as the documents describe them, on plain values.

It shares no code with any registry, so that it cannot agree with its mistakes. A resource is written
as in a scope, `repository:NAME` or `registry:catalog`; its actions are a set of words.

Sources: acr-behaviour 3.2, 3.4, 3.6 to 3.8; docs/how-to/permissions.md for the actions of roles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

CATALOG: Final = "registry:catalog"

ACTION_WORDS: Final = {
    "content/read": "pull",
    "content/write": "push",
    "content/delete": "delete",
    "metadata/read": "metadata_read",
    "metadata/write": "metadata_write",
}
"""The actions of scope maps, and their names in tokens: acr-behaviour 3.7."""

_READ: Final = frozenset({"pull", "metadata_read"})
_WRITE: Final = frozenset({"push", "metadata_write"})
_DELETE: Final = frozenset({"delete"})

_ALL: Final = frozenset({"*"})

_CONTENT_ROLES: Final = {
    "AcrPull": _READ,
    "AcrPush": _READ | _WRITE,
    "AcrDelete": _DELETE,
    "Reader": _READ,
}
_MANAGER: Final = _READ | _WRITE | _DELETE | {"deleted_read", "deleted_restore"}

ROLE_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    **_CONTENT_ROLES,
    "Contributor": _MANAGER,
    "Owner": _MANAGER,
}
"""The actions of roles: acr-behaviour 3.8, docs/how-to/permissions.md."""

Grants = dict[str, frozenset[str]]
"""Actions by resource. A resource may be a pattern: `repository:*`, `repository:samples/*`."""

Needs = Mapping[str, frozenset[str]]
"""The actions that a route needs, by resource: acr-behaviour 3.2."""


class TokenRule(NamedTuple):
    """A rule of a scope map, or a role: actions on a repository, on `x/*`, or on all (`*`)."""

    pattern: str
    actions: frozenset[str]


TokenKind = Literal["access", "anonymous", "refresh"]


@dataclass(frozen=True, kw_only=True)
class KnownToken:
    """A token that the registry has issued, and what it grants."""

    kind: TokenKind
    text: str
    holder: str
    """The account or the principal; empty for an anonymous caller."""
    grants: Grants = field(default_factory=dict)


@dataclass
class AccessModel:
    """The accounts and roles that the control API has made, and the tokens that were issued."""

    accounts: dict[str, list[TokenRule]] = field(default_factory=dict)
    """Repository-scoped tokens: their rules by name."""
    passwords: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[TokenRule]] = field(default_factory=dict)
    """Roles by principal. A role is a rule with the actions of its row."""
    others_have_roles: bool = False
    """Whether the registry had roles before the example, of principals that it does not know."""
    tokens: list[KnownToken] = field(default_factory=list)

    def rules_of(self, principal: str) -> list[TokenRule] | None:
        """Return the roles of a principal; None if the registry ignores roles: without any."""
        if not self.others_have_roles and not any(self.roles.values()):
            return None
        return self.roles.get(principal, [])

    def held_by_principal(self, principal: str) -> Grants:
        """Return what a principal holds."""
        rules = self.rules_of(principal)
        if rules is None:
            return {"repository:*": _ALL, CATALOG: _ALL}
        readers = [rule for rule in rules if "pull" in rule.actions]
        return _held(rules, lists_all=any(rule.pattern == "*" for rule in readers))

    def held_by_account(self, account: str) -> Grants:
        """Return what the scope map of an account holds.

        A map with a rule for all repositories has the catalogue as well, and no other has it.
        """
        rules = self.accounts[account]
        return _held(rules, lists_all=any(rule.pattern == "*" and rule.actions for rule in rules))

    def tokens_of(self, *kinds: TokenKind) -> list[KnownToken]:
        """Return the tokens of these kinds."""
        return [token for token in self.tokens if token.kind in kinds]


def anonymous_grants(requested: Iterable[str]) -> Grants:
    """Return what an anonymous token grants for these resources: acr-behaviour 3.6 and 3.2.

    It is for all repositories, whichever were requested.
    """
    granted: Grants = {}
    for resource in requested:
        if resource == CATALOG:
            granted[CATALOG] = _ALL
        elif resource.startswith("repository:"):
            granted["repository:*"] = _READ
    return granted


def granted_of(held: Grants, requested: Grants) -> Grants:
    """Return the actions that are requested and held: acr-behaviour 3.4.

    A requested `*` stands for all actions that are held. Resources without any are left out.
    """
    granted = {}
    for resource, actions in requested.items():
        available = actions_on(held, resource)
        found = available if "*" in actions else actions & available
        if "*" in available:
            found = actions
        if found:
            granted[resource] = frozenset(found)
    return granted


def permits(grants: Grants, needs: Needs) -> bool:
    """Return whether all that a route needs is granted."""
    available = {resource: actions_on(grants, resource) for resource in needs}
    return all(actions <= available[resource] or "*" in available[resource] for resource, actions in needs.items())


def actions_on(grants: Grants, resource: str) -> frozenset[str]:
    """Return all actions that are granted on a resource. Grants add up: acr-behaviour 3.7."""
    return frozenset(action for pattern, actions in grants.items() if _covers(pattern, resource) for action in actions)


def _covers(pattern: str, resource: str) -> bool:
    kind, _, name = pattern.partition(":")
    other_kind, _, other = resource.partition(":")
    if kind != other_kind:
        return False

    if kind != "repository" or name in ("*", other):
        return name in ("*", other)
    return name.endswith("/*") and other.startswith(name[:-1])


def _held(rules: Iterable[TokenRule], *, lists_all: bool) -> Grants:
    held: Grants = {}
    for rule in rules:
        resource = f"repository:{rule.pattern}"
        held[resource] = held.get(resource, frozenset()) | rule.actions
    if lists_all:
        held[CATALOG] = _ALL

    return held


def scope_text(resource: str, actions: Iterable[str]) -> str:
    """Return a scope as in a request for a token."""
    return f"{resource}:{','.join(sorted(actions))}"
