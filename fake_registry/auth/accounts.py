"""A registry's accounts as one frozen value: roles of principals, repository-scoped tokens."""

from dataclasses import dataclass, replace

from fake_registry.auth.roles import RoleAssignment
from fake_registry.auth.scope_maps import RepositoryToken


@dataclass(frozen=True)
class Accounts:
    """All roles in the order of their grants, and the repository-scoped tokens by unique names."""

    roles: tuple[RoleAssignment, ...] = ()
    tokens: tuple[RepositoryToken, ...] = ()

    def with_role(self, role: RoleAssignment) -> "Accounts":
        """Return these accounts with one more role."""
        return replace(self, roles=(*self.roles, role))

    def without_roles(
        self,
        principal: str | None,
        role: str | None,
        repository: str | None,
    ) -> "Accounts":
        """Return these accounts without the roles that match; None matches each.

        Raises ValueError, with the roles that exist, if one is given and none matches.
        """
        kept = [one for one in self.roles if not one.matches(principal, role, repository)]
        any_given = (principal, role, repository) != (None, None, None)
        if any_given and len(kept) == len(self.roles):
            given = {"principal": principal, "role": role, "repository": repository}
            criteria = ", ".join(f"{key}={value!r}" for key, value in given.items() if value is not None)
            known = ", ".join(map(str, self.roles)) or "none"
            raise ValueError(f"there is no role with {criteria}; there are {known}")
        return replace(self, roles=tuple(kept))

    def with_token(self, token: RepositoryToken) -> "Accounts":
        """Return these accounts with `token`, which replaces one with the same name."""
        return replace(self, tokens=(*self._tokens_except(token.name), token))

    def without_token(self, name: str) -> "Accounts":
        """Return these accounts without a token.

        Raises ValueError, with the known names, if it does not exist.
        """
        if self.find_token(name) is None:
            known = ", ".join(token.name for token in self.tokens)
            raise ValueError(f"there is no token {name!r}; there are {known or 'none'}")
        return replace(self, tokens=self._tokens_except(name))

    def without_tokens(self) -> "Accounts":
        """Return these accounts without any token."""
        return replace(self, tokens=())

    def find_token(self, name: str) -> RepositoryToken | None:
        """Return the token with this name, None if it does not exist."""
        return next((token for token in self.tokens if token.name == name), None)

    def _tokens_except(self, name: str) -> tuple[RepositoryToken, ...]:
        return tuple(token for token in self.tokens if token.name != name)
