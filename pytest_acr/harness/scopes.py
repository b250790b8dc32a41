"""The scope that a request probably needs: the first one to request a token for.

CNCF distribution, Token Scope Documentation; ACR 2021-07-01. Where a registry requires another
scope, its challenge names it.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from fake_registry.spec.endpoints import ENDPOINTS, TAG_LIST, Endpoint

_FIELD: Final = re.compile(r"\\\{(\w+)\\\}")


class _ScopeRule(NamedTuple):
    method: str
    path: re.Pattern[str]
    resource: str | None
    actions: str


def scope_of(method: str, path: str) -> str:
    """Return the scopes of a request, separated by blanks; empty for an unknown path.

    >>> scope_of("POST", "/v2/a/b/blobs/uploads/?mount=sha256:0&from=c")
    'repository:a/b:pull,push repository:c:pull'
    """
    place, _, query = path.partition("?")
    for rule in _RULES:
        match = rule.path.fullmatch(place) if rule.method == method else None
        if match is not None:
            return " ".join(_scopes_by(rule, match.groupdict(), query))
    return ""


def _scopes_by(rule: _ScopeRule, names: dict[str, str], query: str) -> list[str]:
    if rule.resource is None:
        return []
    if rule.resource == "catalog":
        return [f"registry:catalog:{rule.actions}"]

    scope = f"repository:{names['repository']}:{rule.actions}"
    sources = parse_qs(query).get("from", [])  # of a mount
    return [scope, *(f"repository:{source}:pull" for source in sources)]


def _rule_of(endpoint: Endpoint) -> _ScopeRule:
    path = _FIELD.sub(_pattern_of_field, re.escape(endpoint.path))
    needs = endpoint.needs or ()
    # Registries differ in the action of a tag list; most require pull.
    actions = ",".join("pull" if action == TAG_LIST else action for action in needs)
    return _ScopeRule(endpoint.method, re.compile(path), endpoint.resource, actions)


def _pattern_of_field(field: re.Match[str]) -> str:
    return "(?P<repository>.+)" if field[1] == "repository" else "[^/]+"


def _order_of(endpoint: Endpoint) -> tuple[bool, int]:
    """Order paths without a name first, then the longest: a repository's own path matches all."""
    return "{" in endpoint.path, -len(endpoint.path)


_RULES: Final = tuple(map(_rule_of, sorted(ENDPOINTS, key=_order_of)))
