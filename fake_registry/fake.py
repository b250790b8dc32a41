"""`FakeRegistry`: one registry with its login, faults, recorder and clock, wired into one WSGI app."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from fake_registry import images, layout
from fake_registry.auth.accounts import Accounts
from fake_registry.auth.authority import Authority
from fake_registry.auth.entra import TokenVerifier
from fake_registry.auth.scope_maps import RepositoryToken, ScopeMap, scopes_of_map
from fake_registry.clock import Clock, SystemClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import Registry
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.http.app import RegistryApp
from fake_registry.http.call import Backend
from fake_registry.http.faults import FaultPlan
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.recorder import Recorder
from fake_registry.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates

_UUID4_FREE = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_UUID4_FIXED = 0x00000000_0000_4000_8000_000000000000

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Snapshot:
    """A registry's content, roles and tokens at one time, for `FakeRegistry.restore`. Opaque."""

    content: ContentSnapshot
    accounts: Accounts


def _on_content(function: Callable[Concatenate[Registry, P], R]) -> Callable[Concatenate["FakeRegistry", P], R]:
    """Make a method of what works on any registry."""

    @wraps(function)
    def method(self: "FakeRegistry", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self.content, *args, **kwargs)

    return method


class FakeRegistry:
    """A registry in memory. Safe to use from several threads.

    `entropy` gives as many random bytes as it is asked for: keys and ids are made of them. `on_exchange` is called with
    each exchange once it is recorded, in the thread that answered it; what it raises is that request's failure.

    >>> FakeRegistry(Settings(auth="off")).login_server
    'fake.azurecr.io'
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.settings = Settings() if settings is None else settings
        self.clock: Clock = SystemClock() if clock is None else clock
        self._entropy = entropy
        self.faults = FaultPlan()
        """What goes wrong on purpose: `faults.add(Fault(...))`."""

        def new_id() -> str:
            # RFC 9562 §5.4: what `uuid.UUID` would write, in half the time; every answer has two
            number = int.from_bytes(entropy(16)) & _UUID4_FREE | _UUID4_FIXED
            text = f"{number:032x}"
            return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

        self.content = MemoryRegistry(self.settings, clock=self.clock, new_id=new_id)
        """The registry without HTTP: the `Registry` and `AcrCatalog` Protocols. Nothing done here is recorded."""
        self._recorder = Recorder(self.settings.max_recorded_requests, on_record=on_exchange)
        self._exchanges = Exchanges(self._recorder.read)
        self._authority = Authority(self.settings, key=entropy(32), new_id=new_id)
        backend = Backend(
            registry=self.content,
            catalog=self.content,
            stored_blob=self.content.stored_blob,
            authority=self._authority,
            settings=self.settings,
            clock=self.clock,
            key=entropy(32),
            new_id=new_id,
        )
        self.wsgi_app: WSGIApplication = RegistryApp(backend, faults=self.faults, recorder=self._recorder)
        """Any WSGI server can run it."""

    def __repr__(self) -> str:
        return f"<FakeRegistry {self.login_server}, profile {self.settings.profile}, auth {self.settings.auth}>"

    @property
    def login_server(self) -> str:
        """The registry's host name, `NAME.azurecr.io`."""
        return self.settings.login_server

    @property
    def hosts(self) -> "Mapping[str, WSGIApplication]":
        """The host names this registry answers to, its storage account's among them, and the app behind each."""
        names = (self.settings.login_server, self.settings.storage_host)
        return MappingProxyType(dict.fromkeys(names, self.wsgi_app))

    @property
    def requests(self) -> Exchanges:
        """What clients asked and were answered: live, oldest first, the last `Settings.max_recorded_requests`."""
        return self._exchanges

    def grant(self, principal: str, role: str, *, repository: str = "*") -> None:
        """Give `principal` a role: AcrPull, AcrPush, AcrDelete, Reader or Owner. From the first on nobody else gets in.

        `principal` is an Entra token's oid, appid, upn, unique_name or sub; `repository` a name, `samples/*`, or `*`.
        Raises ValueError for an unknown role.
        """
        self._authority.permissions.grant(principal, role, repository=repository)

    def trust(self, entra: TokenVerifier | None) -> Callable[[], None]:
        """Let /oauth2/exchange take only tokens that `entra`, a `FakeEntra`, signed for its home tenant, or one that is
        trusted besides. Return what takes this trust away again.

        Any other is a 401 with the reason in `requests`' `failure`. None goes back to reading tokens unverified. It is
        no part of a snapshot, and `reset` leaves it as it is.
        """
        return self._authority.token_service.trust(entra)

    def add_token(self, name: str, scope_map: ScopeMap, *, password: str | None = None) -> RepositoryToken:
        """Make a repository-scoped token, instead of one of its name. Without a password it gets two random ones.

        It logs in at /oauth2/token, as `docker login -u NAME` does, and may do what its scope map says: one of the
        system's by name (`_repositories_pull`), or repositories -> actions.

        >>> FakeRegistry().add_token("ci", {"samples/*": ["content/read", "metadata/read"]}).name
        'ci'

        Raises ValueError for a scope map, action or name that does not do, NameInvalid for an ill-formed repository.
        """
        passwords = (password,) if password is not None else (self._entropy(26).hex(), self._entropy(26).hex())
        token = RepositoryToken(name=name, passwords=passwords, scopes=scopes_of_map(scope_map))
        self._authority.permissions.add_token(token)
        return token

    def remove_token(self, name: str) -> None:
        """Let a repository-scoped token log in no more. Raises ValueError if there is none of this name."""
        self._authority.permissions.remove_token(name)

    push_image = _on_content(images.push_image)
    push_index = _on_content(images.push_index)
    push_artifact = _on_content(images.push_artifact)
    load_layout = _on_content(layout.load_layout)

    def import_image(
        self, source: "FakeRegistry | Registry", name: str, *, image: str | None = None, force: bool = False
    ) -> images.ImageRef:
        """Copy an image from another registry, fake or remote, whole or not at all. See `images.import_image`.

        Raises ValueError for a tag that is here already, unless `force` is to move it, as ACR answers 409.
        """
        content = source.content if isinstance(source, FakeRegistry) else source
        check_push = self.content.check_push
        return images.import_image(self.content, content, name, image=image, force=force, check_push=check_push)

    def save_layout(self, path: str | os.PathLike[str]) -> Path:
        """Write the content to `path` as an OCI image layout, and return it. See `layout.save_layout`.

        What is not `list_enabled` is not found and left out; what is not `read_enabled` is an OperationDisallowed.
        """
        return layout.save_layout(self.content, path, catalog=self.content)

    def forget_requests(self) -> None:
        """Empty `requests`; numbers start at 0 again."""
        self._recorder.clear()

    def snapshot(self) -> Snapshot:
        """Return content, roles and tokens as they are now. It shares its bytes with the registry: it is cheap."""
        return Snapshot(self.content.snapshot(), self._authority.permissions.accounts())

    def restore(self, snapshot: Snapshot) -> None:
        """Put content, roles and tokens back as they were. Faults, recorded requests and the clock stay as they are."""
        self.content.restore(snapshot.content)
        self._authority.permissions.replace_accounts(snapshot.accounts)

    def reset(self) -> None:
        """Be as new: no content, roles, tokens, faults or recorded requests. The clock goes on."""
        self.restore(Snapshot(ContentSnapshot(()), Accounts()))
        self.faults.clear()
        self.forget_requests()

    def close(self) -> None:
        """Let go of all content. Servers are closed by whoever started them."""
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def serve(self, *, host: str = "127.0.0.1", port: int = 0, tls: "bool | Certificates" = False) -> "RegistryServer":
        """Return a server for this registry, to be started by `with`. Port 0 picks a free one.

        With `tls` it shows a certificate of a CA of its own (`server.ca_file`), for localhost, 127.0.0.1, the login
        server and the storage host; `Certificates` can be given instead, and shared. Raises OSError, when started, on a
        port that is taken.
        """
        # imported here: sockets and TLS only where they are asked for
        from fake_registry.server import RegistryServer

        if tls is True:
            from fake_registry.server.tls import Certificates

            tls = Certificates.generate(self.hosts)
        return RegistryServer(self.wsgi_app, host=host, port=port, certificates=tls or None)
