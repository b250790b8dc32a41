"""Who was given what at a registry, as one frozen value: roles of those whom Entra names, and its own tokens."""

from dataclasses import dataclass, replace

from fake_registry.auth.roles import RoleAssignment
from fake_registry.auth.scope_maps import RepositoryToken


@dataclass(frozen=True)
class Accounts:
    """All roles, in the order in which they were given, and the repository-scoped tokens, of which names are unique."""

    roles: tuple[RoleAssignment, ...] = ()
    tokens: tuple[RepositoryToken, ...] = ()

    def with_role(self, role: RoleAssignment) -> "Accounts":
        """Return these accounts and one more role."""
        return replace(self, roles=(*self.roles, role))

    def with_token(self, token: RepositoryToken) -> "Accounts":
        """Return these accounts with `token` instead of one of its name."""
        return replace(self, tokens=(*(other for other in self.tokens if other.name != token.name), token))

    def without_token(self, name: str) -> "Accounts":
        """Return these accounts without a token. Raises ValueError for one that is not there, with those that are."""
        if self.find_token(name) is None:
            known = ", ".join(token.name for token in self.tokens)
            raise ValueError(f"there is no token {name!r}; there are {known or 'none'}")
        return replace(self, tokens=tuple(token for token in self.tokens if token.name != name))

    def find_token(self, name: str) -> RepositoryToken | None:
        """Return the token of this name, None if there is none."""
        return next((token for token in self.tokens if token.name == name), None)
