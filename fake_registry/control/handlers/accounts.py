"""Roles of principals, and repository-scoped tokens."""

from werkzeug.exceptions import NotFound

from fake_registry.auth.scope_maps import map_of_scopes
from fake_registry.control.controlled import Controlled, check_room
from fake_registry.control.documents import NewToken, RoleBody, RoleList, TokenBody, TokenList
from fake_registry.control.limits import MAX_ROLES, MAX_TOKENS


def list_roles(controlled: Controlled) -> RoleList:
    """All roles, in the order of their grants."""
    roles = controlled.registry.roles
    return RoleList([RoleBody(role.principal, role.role, role.repository) for role in roles])


def grant_role(controlled: Controlled, body: RoleBody) -> None:
    """Grant a role. Principals without a role are refused from then on."""
    registry = controlled.registry
    _check_name("principal", body.principal)
    check_room("roles", len(registry.roles), MAX_ROLES)
    registry.grant(body.principal, body.role, repository=body.repository)


def revoke_roles(controlled: Controlled) -> None:
    """Revoke all roles."""
    controlled.registry.revoke()


def revoke_roles_of(controlled: Controlled, principal: str) -> None:
    """Revoke the roles of a principal."""
    try:
        controlled.registry.revoke(principal)
    except ValueError as error:
        raise NotFound(str(error)) from error


def list_tokens(controlled: Controlled) -> TokenList:
    """The names of all repository-scoped tokens, and their scope maps."""
    tokens = controlled.registry.accounts().tokens
    scope_maps = {
        token.name: {name: list(actions) for name, actions in map_of_scopes(token.scopes).items()} for token in tokens
    }
    return TokenList([token.name for token in tokens], scope_maps)


def add_token(controlled: Controlled, body: TokenBody) -> NewToken:
    """Make a repository-scoped token, which replaces one of the same name."""
    registry = controlled.registry
    _check_name("name", body.name)
    check_room("tokens", registry.token_count, MAX_TOKENS)

    try:
        token = registry.add_token(body.name, body.scope_map, password=body.password)
    except TypeError as error:
        raise ValueError(str(error)) from error
    return NewToken(token.name, list(token.passwords))


def remove_token(controlled: Controlled, name: str) -> None:
    """Remove a repository-scoped token."""
    try:
        controlled.registry.remove_token(name)
    except ValueError as error:
        raise NotFound(str(error)) from error


def remove_tokens(controlled: Controlled) -> None:
    """Remove all repository-scoped tokens."""
    controlled.registry.remove_tokens()


def _check_name(member: str, text: str) -> None:
    """Raise ValueError for a name that no request could remove, or that no one could read."""
    if not text.isprintable():
        raise ValueError(f"expected {member} to be printable characters, found {text!r}")
    if text in (".", ".."):
        raise ValueError(f"expected {member} to be other than . and .., which no URL ends with")
