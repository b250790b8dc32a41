"""`FakeEntra`: tenants, principals and their login, as two WSGI apps."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

from fake_registry.arguments import check_arguments
from fake_registry.clock import Clock, SystemClock
from fake_registry.entra.app import LoginApp
from fake_registry.entra.certificates import certificate_of
from fake_registry.entra.directory import Directory
from fake_registry.entra.discovery import LOGIN_HOSTS
from fake_registry.entra.environment import CredentialFiles, environment_of
from fake_registry.entra.journal import EntraRequest, Journal
from fake_registry.entra.keys import KeyHolder
from fake_registry.entra.metadata import IMDS_HOST, MetadataApp
from fake_registry.entra.principals import EntraPrincipal, ManagedIdentity, ServicePrincipal, Tenant, tokens_of
from fake_registry.entra.service import Service, date_of
from fake_registry.entra.tokens import mint_access_token, proof_of, verify_access_token

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

DEFAULT_TENANT_ID = "22222222-2222-4222-8222-222222222222"
DEFAULT_DOMAIN = "fake.onmicrosoft.com"


class FakeEntra:
    """A Microsoft Entra ID in memory, which azure-identity and msal can log in to. Thread-safe.

    Tokens are signed with the key in `keys`, by default a new one. Their times are those of
    `clock`, and they are valid for `token_lifetime`. `entropy(n)` returns n random bytes; ids are
    made from them, keys are not.

    >>> entra = FakeEntra()
    >>> app = entra.add_service_principal("app", secret="s3cret")
    >>> entra.environment(app)["AZURE_CLIENT_SECRET"]
    's3cret'
    """

    @check_arguments
    def __init__(
        self,
        *,
        clock: Clock | None = None,
        tenant_id: str = DEFAULT_TENANT_ID,
        domain: str = DEFAULT_DOMAIN,
        token_lifetime: timedelta = timedelta(hours=1),
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        keys: KeyHolder | None = None,
    ) -> None:
        """Raises ValueError for a malformed tenant id or domain, or a lifetime below a second."""
        if token_lifetime < timedelta(seconds=1):
            raise ValueError(f"token_lifetime: expected at least one second, found {token_lifetime}")

        self.clock: Clock = SystemClock() if clock is None else clock
        self._directory = Directory(Tenant(tenant_id.lower(), domain))
        self._journal = Journal()
        self._files = CredentialFiles()
        self._service = Service(
            directory=self._directory,
            clock=self.clock,
            entropy=entropy,
            token_lifetime=token_lifetime,
            identity_header=entropy(16).hex(),
            journal=self._journal,
            keys=KeyHolder() if keys is None else keys,
        )

        self.wsgi_app: WSGIApplication = LoginApp(self._service)
        """The login hosts: discovery, keys, tokens. Any WSGI server can run it."""
        self.metadata_app: WSGIApplication = MetadataApp(self._service)
        """IMDS and App Service's identity endpoint."""

    def __repr__(self) -> str:
        return f"<FakeEntra {self.tenant_id}>"

    @property
    def tenant_id(self) -> str:
        """Id of the home tenant: default for new principals; `verify` accepts its tokens."""
        return self._directory.home.tenant_id

    @property
    def hosts(self) -> "Mapping[str, WSGIApplication]":
        """The login hosts of the public, US government and China clouds, each with `wsgi_app`."""
        return MappingProxyType(dict.fromkeys(LOGIN_HOSTS, self.wsgi_app))

    @property
    def metadata_hosts(self) -> "Mapping[str, WSGIApplication]":
        """The address of IMDS, which clients reach over plain http, with `metadata_app`."""
        return MappingProxyType({IMDS_HOST: self.metadata_app})

    @property
    def identity_header(self) -> str:
        """The X-IDENTITY-HEADER that App Service's endpoint requires. Applications read it from
        the environment variable IDENTITY_HEADER."""
        return self._service.identity_header

    @property
    def requests(self) -> tuple[EntraRequest, ...]:
        """The last 1,000 requests to both apps, oldest first."""
        return self._journal.requests()

    @property
    def request_count(self) -> int:
        """The number of requests so far, or since they were forgotten."""
        return self._journal.count

    @property
    def forgotten_count(self) -> int:
        """The number of requests that `forget_requests` has removed so far."""
        return self._journal.forgotten_count

    def forget_requests(self) -> None:
        """Empty `requests`."""
        self._journal.clear()

    # Tenants, principals and resources

    @check_arguments
    def add_tenant(self, tenant_id: str | None = None, *, domain: str | None = None) -> Tenant:
        """Add a tenant. By default its id is random, and its domain is made from the id.

        Raises ValueError for an id or domain that is malformed or taken.
        """
        tenant_id = (tenant_id or self._service.new_id()).lower()
        tenant = Tenant(tenant_id, domain or f"{tenant_id}.onmicrosoft.com")
        self._directory.add_tenant(tenant)
        return tenant

    @check_arguments
    def add_resource(self, resource: str) -> None:
        """Allow tokens for another service, such as `api://my-api`. Slashes at its end are ignored.

        Allowed from the start are Azure's container registries, management, Key Vault and storage,
        and Microsoft Graph, each in the public, US government and China clouds.
        """
        self._directory.add_resource(resource)

    @check_arguments
    def add_service_principal(
        self,
        name: str,
        *,
        secret: str | None = None,
        certificate: Literal[True] | bytes | str | os.PathLike[str] | None = None,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        federated_token: str | Iterable[str] = (),
        client_id: str | None = None,
        object_id: str | None = None,
        tenant_id: str | None = None,
    ) -> ServicePrincipal:
        """Register an application. Its ids are random unless given.

        `certificate` is PEM or the path of a PEM file. With True, a self-signed certificate is made
        together with its key (`principal.certificate.pem`); it is valid from `valid_from` until
        `valid_until`, by default from yesterday and for a year. `federated_token` is a text, or
        several, that is accepted as the application's client_assertion.

        Raises ValueError for a client id that is taken, an unknown tenant or an unusable
        certificate; OSError for a file that cannot be read.
        """
        principal = ServicePrincipal(
            name=name,
            client_id=client_id or self._service.new_id(),
            object_id=object_id or self._service.new_id(),
            tenant_id=(tenant_id or self.tenant_id).lower(),
            secret=secret,
            certificate=certificate_of(
                name,
                certificate,
                today=date_of(self.clock.now()),
                valid_from=valid_from,
                valid_until=valid_until,
            ),
            federated_tokens=tokens_of(federated_token),
        )
        self._directory.add(principal)
        return principal

    @check_arguments
    def add_managed_identity(
        self,
        name: str,
        *,
        client_id: str | None = None,
        object_id: str | None = None,
        resource_id: str | None = None,
        user_assigned: bool = False,
        gives_way: bool = False,
        tenant_id: str | None = None,
    ) -> ManagedIdentity:
        """Add a managed identity of the machine. Its ids are random unless given.

        It is system-assigned, unless `user_assigned` is set or a client or resource id is given.
        With `gives_way` it exists only until another identity is added.

        Raises ValueError for a client id that is taken, an unknown tenant, or a second
        system-assigned identity.
        """
        user_assigned = user_assigned or client_id is not None or resource_id is not None
        kind = "Compute/virtualMachines"
        if user_assigned:
            kind = "ManagedIdentity/userAssignedIdentities"
        group = f"/subscriptions/{self.tenant_id}/resourceGroups/fake"

        identity = ManagedIdentity(
            name=name,
            client_id=client_id or self._service.new_id(),
            object_id=object_id or self._service.new_id(),
            tenant_id=(tenant_id or self.tenant_id).lower(),
            resource_id=resource_id or f"{group}/providers/Microsoft.{kind}/{name}",
            user_assigned=user_assigned,
            gives_way=gives_way,
        )
        self._directory.add(identity)
        return identity

    # Tokens and credentials

    @check_arguments
    def token(self, principal: EntraPrincipal, audience: str) -> str:
        """Return an access token without any request, for code that exchanges a token itself.

        `audience` is a resource, such as "https://containerregistry.azure.net", or its scope, which
        ends in "/.default". Raises ValueError for an unknown resource, and for a principal of
        another Entra.
        """
        self._directory.check_principal(principal)
        resource = audience.removesuffix("/.default")
        self._directory.check_resource(resource)

        return mint_access_token(
            principal,
            resource,
            key=self._service.keys.signing_key(),
            now=self.clock.now(),
            lifetime=self._service.token_lifetime,
            new_id=self._service.new_id,
            proof=proof_of(principal),
        )

    def verify(self, text: str, *, now: int, tenant_id: str | None = None) -> Mapping[str, object]:
        """Return the claims of an access token that this Entra signed for a tenant, by default
        the home tenant.

        `now` is in nanoseconds since the epoch. Raises `TokenRefused`, whose `kind` is malformed,
        algorithm, signature, tenant, issuer, not yet valid or expired. The audience is not checked:
        that is left to the caller.
        """
        key = self._service.keys.signing_key()
        tenant_id = (tenant_id or self.tenant_id).lower()
        return verify_access_token(text, key=key, now=now, tenant_id=tenant_id)

    @check_arguments
    def environment(
        self,
        principal: EntraPrincipal,
        *,
        authority_url: str | None = None,
        metadata_url: str | None = None,
        app_service: bool = False,
    ) -> dict[str, str]:
        """Return the environment variables from which azure-identity logs in as `principal`.

        They are AZURE_TENANT_ID, AZURE_CLIENT_ID, and for the first credential that the principal
        has AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE. Files
        exist until `close`. `authority_url` is returned as AZURE_AUTHORITY_HOST. For a managed
        identity, `metadata_url` is where `metadata_app` is served: as IMDS, or as App Service with
        `app_service`.

        Raises ValueError for a principal without a credential, or a certificate without its key.
        """
        environ = environment_of(
            principal,
            self._files,
            metadata_url=metadata_url,
            identity_header=self.identity_header if app_service else None,
        )
        if authority_url is not None:
            environ["AZURE_AUTHORITY_HOST"] = authority_url
        return environ

    def close(self) -> None:
        """Remove the files that `environment` has written. The object can still be used."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
