"""`FakeRegistry`: a registry with its login, faults, recorder and clock, as one WSGI app.

Here is what users call. `parts` makes the parts and joins them.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, Unpack

from fake_registry import images, inspection, layout
from fake_registry.arguments import check_arguments
from fake_registry.auth.entra import TokenVerifier
from fake_registry.auth.permission_methods import method_of_permissions
from fake_registry.auth.permissions import Permissions
from fake_registry.auth.roles import RoleAssignment
from fake_registry.auth.scope_maps import RepositoryToken, ScopeMap, scopes_of_map
from fake_registry.clock import Clock, SystemClock
from fake_registry.core.content_methods import method_of_content
from fake_registry.core.registry import Registry  # noqa: TC001  `check_arguments` reads it
from fake_registry.ids import Entropy, SystemEntropy, random_passwords
from fake_registry.inspection import Snapshot
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.parts import join_parts
from fake_registry.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.http.faults import ActiveFault
    from fake_registry.server import RegistryServer
    from fake_registry.server.timeouts import LimitOptions
    from fake_registry.server.tls import Certificates


class FakeRegistry:
    """A registry in memory. Safe to use from several threads.

    `entropy` returns as many random bytes as it is asked for; keys and ids are made of them. By
    default they are the operating system's. `on_exchange` is called with each exchange once it is
    recorded, in the thread that answered it; an exception of it becomes the failure of the request.

    >>> FakeRegistry(Settings(auth="off")).login_server
    'fake.azurecr.io'
    """

    @check_arguments
    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.settings = Settings() if settings is None else settings
        self.clock: Clock = SystemClock() if clock is None else clock
        self._entropy = SystemEntropy() if entropy is None else entropy

        self._parts = parts = join_parts(self.settings, self.clock, self._entropy, on_exchange)
        self.faults = parts.faults
        """The failures on purpose: `faults.add(Fault(...))`."""
        self.content = parts.content
        """The registry without HTTP: a `Registry` and an `AcrCatalog`. Calls are not recorded."""
        self.recorder = parts.recorder
        """Records `requests`, and calls observers: `recorder.subscribe(observer)`."""
        self.wsgi_app: WSGIApplication = parts.app
        """Any WSGI server can run it."""

        self._authority = parts.authority
        self._exchanges = Exchanges(self.recorder)
        self.ended_block: tuple[inspection.RegistryTree, Sequence[ActiveFault]] | None = None
        """Content and faults at the end of its `with` block: `close` has removed them."""

    def __repr__(self) -> str:
        profile, auth = self.settings.profile, self.settings.auth
        return f"<FakeRegistry {self.login_server}, profile {profile}, auth {auth}>"

    @property
    def login_server(self) -> str:
        """The registry's host name, `NAME.azurecr.io`."""
        return self.settings.login_server

    @property
    def hosts(self) -> "Mapping[str, WSGIApplication]":
        """The host names of the registry and of its storage account, and the app behind each."""
        names = [self.login_server, self.settings.storage_host]
        return MappingProxyType(dict.fromkeys(names, self.wsgi_app))

    @property
    def requests(self) -> Exchanges:
        """The requests of clients with their answers, oldest first. The object is live, and holds
        the last ones within the bounds of `Settings`.
        """
        return self._exchanges

    @property
    def request_count(self) -> int:
        """The number of requests so far, or since they were forgotten, also of those dropped."""
        return self.recorder.count

    @property
    def forgotten_count(self) -> int:
        """The number of requests that `forget_requests` and `reset` have removed so far."""
        return self.recorder.forgotten_count

    grant = method_of_permissions(Permissions.grant)
    revoke = method_of_permissions(Permissions.revoke)
    accounts = method_of_permissions(Permissions.accounts)

    @property
    def roles(self) -> tuple[RoleAssignment, ...]:
        """All roles, in the order of their grants."""
        return self.accounts().roles

    @check_arguments
    def trust(self, entra: TokenVerifier | None) -> Callable[[], None]:
        """Make /oauth2/exchange accept only tokens signed by `entra`, a `FakeEntra`, for its home
        tenant, or by another trusted Entra. Return a function that ends this trust.

        Any other token is answered with 401; the reason is the exchange's `failure` in `requests`.
        With None tokens are read unverified again. Snapshots and `reset` leave trust as it is.
        """
        return self._authority.token_service.trust(entra)

    @check_arguments
    def add_token(
        self,
        name: str,
        scope_map: ScopeMap,
        *,
        password: str | None = None,
    ) -> RepositoryToken:
        """Make a repository-scoped token, which replaces one of the same name. Without a password
        it gets two random ones.

        It logs in at /oauth2/token, as `docker login -u NAME` does. Its permissions are those of
        the scope map: one of the system's by name (`_repositories_pull`), or repositories ->
        actions.

        >>> FakeRegistry().add_token("ci", {"samples/*": ["content/read", "metadata/read"]}).name
        'ci'

        Raises ValueError for an invalid scope map, action or name, NameInvalid for a malformed
        repository.
        """
        passwords = (password,) if password is not None else random_passwords(self._entropy)
        token = RepositoryToken(name=name, passwords=passwords, scopes=scopes_of_map(scope_map))
        self._authority.permissions.add_token(token)
        return token

    @property
    def token_count(self) -> int:
        """The number of repository-scoped tokens."""
        return len(self.accounts().tokens)

    remove_token = method_of_permissions(Permissions.remove_token)
    remove_tokens = method_of_permissions(Permissions.remove_tokens)

    push_image = method_of_content(images.push_image)
    push_index = method_of_content(images.push_index)
    push_artifact = method_of_content(images.push_artifact)
    load_layout = method_of_content(layout.load_layout)

    repositories = method_of_content(inspection.list_repositories)
    tags = method_of_content(inspection.list_tags)
    digests = method_of_content(inspection.list_digests)
    image = method_of_content(inspection.find_image)
    blob = method_of_content(inspection.read_blob)
    tree = method_of_content(inspection.tree_of)
    diff = method_of_content(inspection.diff)
    __contains__ = method_of_content(inspection.has_image)

    @check_arguments
    def import_image(
        self,
        source: "FakeRegistry | Registry",
        name: str,
        *,
        image: str | None = None,
        force: bool = False,
    ) -> images.ImageRef:
        """Copy an image from another registry, fake or remote, whole or not at all.

        `name` is `repository:tag` or `repository@digest`. The copy has the same name unless `image`
        is given; a name without a tag makes a copy without a tag. The children of an index are
        copied with it, referrers are not.

        Raises ValueError for a tag that exists, which ACR answers with 409; `force` moves it.
        """
        return images.import_image(
            self.content,
            source.content if isinstance(source, FakeRegistry) else source,
            name,
            image=image,
            force=force,
            check_push=self.content.check_push,
        )

    @check_arguments
    def save_layout(self, path: str | os.PathLike[str]) -> Path:
        """Write the content to `path` as an OCI image layout, and return `path`.

        Each tag is saved with its manifest, everything that this refers to, and its referrers;
        manifests without a tag are saved too. Items that are not `list_enabled` are left out.

        `path` is a new folder, an empty one or a layout, whose images are replaced; files that are
        not part of it stay. Raises LayoutError for any other folder that holds files, and
        OperationDisallowed for an item that is not `read_enabled`.
        """
        return layout.save_layout(self.content, path, catalog=self.content)

    def forget_requests(self) -> None:
        """Clear `requests`; numbers start at 0 again."""
        self.recorder.clear()

    def snapshot(self) -> Snapshot:
        """Return content, roles and tokens as they are now. Bytes are shared, not copied."""
        return self._parts.snapshot()

    @check_arguments
    def restore(self, snapshot: Snapshot) -> None:
        """Restore content, roles and tokens; keep faults, recorded requests and the clock."""
        self._parts.restore(snapshot)

    def reset(self) -> None:
        """Remove all content, roles, tokens, faults and recorded requests, and free their memory.

        The clock keeps its time.
        """
        recorded_bytes = self.recorder.kept_bytes
        self.forget_requests()
        self.ended_block = None
        self._parts.clear(freed_bytes=recorded_bytes)

    def down(self) -> AbstractContextManager[object]:
        """Break the connection of every request, at any path, until `up` or the end of a `with`.

        RuntimeError after `close`.
        """
        return self.faults.start_outage()

    def up(self) -> None:
        """Answer requests again, after `down`."""
        self.faults.end_outage()

    def close(self) -> None:
        """Remove content, roles, tokens and faults; keep `requests`. Close servers separately."""
        self.ended_block = None
        self._parts.clear()
        self.faults.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        ended_block = None
        with suppress(Exception):  # only a report needs it, and an error of the block is of more use
            ended_block = self.tree(limit=20), tuple(self.faults)

        self.close()
        self.ended_block = ended_block

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: "bool | Certificates" = False,
        **limits: "Unpack[LimitOptions]",
    ) -> "RegistryServer":
        """Return a server for this registry, to be started by `with`. Port 0 picks a free one.

        With `tls` it has a certificate of a CA of its own (`server.ca_file`), for localhost,
        127.0.0.1, the login server and the storage host; `Certificates` can be given instead, and
        shared. `idle_seconds`, `head_seconds` and `drain_seconds` are those of `RegistryServer`.
        Starting on a port in use raises OSError.
        """
        # imported when used: most registries need neither sockets nor TLS
        from fake_registry.server.server import RegistryServer, choose_certificates

        certificates = choose_certificates(tls, self.hosts)
        return RegistryServer(self.wsgi_app, host=host, port=port, certificates=certificates, **limits)

    def console(self) -> None:
        """Print the URL of a page that shows the registry, and wait for Enter or Ctrl-C.

        RuntimeError without a terminal.
        """
        from fake_registry.control.session import run_console

        run_console(self)
