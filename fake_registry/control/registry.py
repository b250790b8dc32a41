"""`ControlledRegistry`: what the control API needs of a registry. A `FakeRegistry` has it.

It is a protocol, so that `fake` can open the console of a registry: the control API does not depend
on `fake`.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from fake_registry.auth.accounts import Accounts
from fake_registry.auth.roles import RoleAssignment
from fake_registry.auth.scope_maps import RepositoryToken, ScopeMap
from fake_registry.clock import Clock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.http.faults import FaultPlan
from fake_registry.images import ImageRef
from fake_registry.inspection import Snapshot
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.recorder import Recorder
from fake_registry.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class ControlledRegistry(Protocol):
    """A registry with its faults, recorded requests, permissions and clock. See `FakeRegistry`."""

    settings: Settings
    clock: Clock
    faults: FaultPlan
    content: MemoryRegistry
    wsgi_app: "WSGIApplication"

    @property
    def recorder(self) -> Recorder[Any, Exchange]:
        """Records the requests. Any: the facts of a request, which nothing here reads."""

    @property
    def hosts(self) -> "Mapping[str, WSGIApplication]":
        """The host names of the registry and of its storage account."""

    @property
    def requests(self) -> Exchanges:
        """The recorded requests."""

    @property
    def roles(self) -> tuple[RoleAssignment, ...]:
        """All roles, in the order of their grants."""

    @property
    def token_count(self) -> int:
        """The number of repository-scoped tokens."""

    @property
    def accounts(self) -> Callable[[], Accounts]:
        """Returns all roles and repository-scoped tokens."""

    @property
    def grant(self) -> Callable[..., None]:
        """Grants a role."""

    @property
    def revoke(self) -> Callable[..., None]:
        """Revokes roles."""

    @property
    def remove_token(self) -> Callable[[str], None]:
        """Removes a repository-scoped token."""

    @property
    def remove_tokens(self) -> Callable[[], None]:
        """Removes all repository-scoped tokens."""

    @property
    def push_image(self) -> Callable[..., ImageRef]:
        """Pushes an image."""

    @property
    def image(self) -> Callable[[str], ImageRef]:
        """Returns an image by its name."""

    def add_token(self, name: str, scope_map: ScopeMap, *, password: str | None = None) -> RepositoryToken:
        """Make a repository-scoped token."""

    def forget_requests(self) -> None:
        """Clear the recorded requests."""

    def snapshot(self) -> Snapshot:
        """Return content, roles and tokens."""

    def restore(self, snapshot: Snapshot, /) -> None:
        """Restore content, roles and tokens."""

    def reset(self) -> None:
        """Remove all but the clock's time."""

    def down(self) -> object:
        """Break the connection of each request."""

    def up(self) -> None:
        """Answer requests again."""
