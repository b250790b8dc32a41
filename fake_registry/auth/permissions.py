"""Permissions of Entra's principals, of repository-scoped tokens, and of the admin user."""

import hmac
import threading
from itertools import chain

from fake_registry.arguments import check_arguments
from fake_registry.auth.accounts import Accounts
from fake_registry.auth.roles import (
    ALL_PERMISSIONS,
    ANONYMOUS_PULL,
    EVERYTHING,
    READING,
    RoleAssignment,
)
from fake_registry.auth.scope_maps import RepositoryToken
from fake_registry.auth.scopes import Scope
from fake_registry.auth.tokens import Principal
from fake_registry.settings import TOKEN_USER, Settings


class Permissions:
    """One registry's accounts, and what they allow. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mutex = threading.Lock()
        self._accounts = Accounts()

    # Accounts

    def grant(self, principal: str, role: str, *, repository: str = "*") -> None:
        """Grant a role: AcrPull, AcrPush, AcrDelete, Reader, Contributor or Owner.

        Once any role has been granted, principals without a role are refused. `principal` is an
        Entra token's oid, appid, upn, unique_name or sub; `repository` a name, `samples/*`, or `*`.
        Refresh tokens have the role at once, access tokens keep their scopes. Raises ValueError for
        an unknown role, NameInvalid for a malformed repository.
        """
        assignment = RoleAssignment(principal, role, repository)
        with self._mutex:
            self._accounts = self._accounts.with_role(assignment)

    @check_arguments
    def revoke(
        self,
        principal: str | None = None,
        role: str | None = None,
        *,
        repository: str | None = None,
    ) -> None:
        """Revoke the roles that match all arguments; without arguments, all roles.

        Refresh tokens lose them at once, access tokens keep their scopes. Once no role is left,
        roles are ignored again. Raises ValueError, with the roles that exist, if none matches.
        """
        with self._mutex:
            self._accounts = self._accounts.without_roles(principal, role, repository)

    def add_token(self, token: RepositoryToken) -> None:
        """Add a repository-scoped token; it replaces one with the same name.

        Raises ValueError for the name of the admin user, or of the user whose password is a token.
        """
        if token.name in (TOKEN_USER, self._settings.admin_user):
            expected = "expected a name that the admin user and logins by token do not use"
            raise ValueError(f"name: {expected}, found {token.name!r}")
        with self._mutex:
            self._accounts = self._accounts.with_token(token)

    @check_arguments
    def remove_token(self, name: str) -> None:
        """Remove a repository-scoped token; its access tokens keep their scopes.

        Raises ValueError, with the known names, if it does not exist.
        """
        with self._mutex:
            self._accounts = self._accounts.without_token(name)

    def remove_tokens(self) -> None:
        """Remove all repository-scoped tokens; their access tokens keep their scopes."""
        with self._mutex:
            self._accounts = self._accounts.without_tokens()

    def accounts(self) -> Accounts:
        """Return all roles and repository-scoped tokens."""
        with self._mutex:
            return self._accounts

    def replace_accounts(self, accounts: Accounts) -> None:
        """Replace all roles and repository-scoped tokens."""
        with self._mutex:
            self._accounts = accounts

    # Permissions

    def actions_of(self, principal: Principal) -> tuple[str, ...]:
        """Return the permissions for a refresh token; empty for a principal without a role."""
        roles = self._roles_of(principal)
        if roles is None:
            return ALL_PERMISSIONS
        return tuple(dict.fromkeys(permission for role in roles for permission in role.permissions))

    def scopes_of(self, principal: Principal) -> tuple[Scope, ...]:
        """Return the scopes that the principal's roles allow."""
        roles = self._roles_of(principal)
        if roles is None:
            return EVERYTHING

        push_sets_locks = self._settings.acr_push_sets_locks
        scopes = (role.scopes(push_sets_locks=push_sets_locks) for role in roles)
        return (*chain.from_iterable(scopes), *self._scopes_of_all())

    def scopes_of_user(self, user: str, password: str) -> tuple[Scope, ...] | None:
        """Return the scopes of the admin user or a repository-scoped token.

        None for an unknown user or a wrong password.
        """
        if self.is_admin(user, password):
            return EVERYTHING
        token = self.accounts().find_token(user)
        if token is None or not token.accepts(password):
            return None
        return (*token.scopes, *self._scopes_of_all())

    def scopes_of_anonymous(self) -> tuple[Scope, ...] | None:
        """Return the scopes that the token of a caller without credentials may have.

        None if the registry refuses such callers.
        """
        match self._settings.auth:
            case "off":
                return EVERYTHING
            case "token":
                return None
        return ANONYMOUS_PULL

    def is_admin(self, user: str, password: str) -> bool:
        """Return whether these are the admin user's credentials."""
        expected = self._settings.admin_password
        if expected is None or user != self._settings.admin_user:
            return False
        return hmac.compare_digest(password.encode(), expected.encode())

    def _roles_of(self, principal: Principal) -> tuple[RoleAssignment, ...] | None:
        """Return the principal's roles, None if the registry ignores roles."""
        assignments = self.accounts().roles
        if not assignments or self._settings.auth == "off":
            return None
        return tuple(assignment for assignment in assignments if assignment.is_for(principal))

    def _scopes_of_all(self) -> tuple[Scope, ...]:
        return READING if self._settings.auth == "anonymous-pull" else ()
