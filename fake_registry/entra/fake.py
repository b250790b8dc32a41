"""`FakeEntra`: tenants, principals and their login, wired into WSGI apps."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

from fake_registry.clock import Clock, SystemClock
from fake_registry.entra.app import LoginApp
from fake_registry.entra.certificates import Certificate, make_certificate, read_certificate
from fake_registry.entra.directory import Directory
from fake_registry.entra.discovery import LOGIN_HOSTS
from fake_registry.entra.environment import CredentialFiles, environment_of
from fake_registry.entra.journal import EntraRequest, Journal
from fake_registry.entra.keys import KeyHolder
from fake_registry.entra.metadata import IMDS_HOST, MetadataApp
from fake_registry.entra.principals import ManagedIdentity, Principal, ServicePrincipal, Tenant
from fake_registry.entra.service import Service, date_of
from fake_registry.entra.tokens import mint_access_token, proof_of, verify_access_token

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

DEFAULT_TENANT_ID = "22222222-2222-4222-8222-222222222222"
DEFAULT_DOMAIN = "fake.onmicrosoft.com"

CERTIFICATE_LIFETIME = timedelta(days=365)
BACKDATED = timedelta(days=1)
"""How long before it is made a certificate is valid, so that no clock is ahead of it."""


class FakeEntra:
    """A Microsoft Entra ID in memory that azure-identity and msal take for the real one. Safe to use from threads.

    Tokens are signed with a key of its own, or that of `keys`, and bear the times of `clock`; `token_lifetime` is how
    long they are good. `entropy` gives as many random bytes as it is asked for: ids are made of them, keys are not.

    >>> entra = FakeEntra()
    >>> app = entra.add_service_principal("app", secret="s3cret")
    >>> entra.environment(app)["AZURE_CLIENT_SECRET"]
    's3cret'
    """

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
        """Raises ValueError for a tenant id that is no GUID, a domain that is none, a lifetime below a second."""
        if token_lifetime < timedelta(seconds=1):
            raise ValueError(f"tokens live for at least a second, not {token_lifetime}")
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
        """The home tenant's: where principals go that are not told another, and whose tokens `verify` takes."""
        return self._directory.home.tenant_id

    @property
    def hosts(self) -> "Mapping[str, WSGIApplication]":
        """The login hosts of the public, US government and China clouds, and the app behind them."""
        return MappingProxyType(dict.fromkeys(LOGIN_HOSTS, self.wsgi_app))

    @property
    def metadata_hosts(self) -> "Mapping[str, WSGIApplication]":
        """IMDS' address, asked over plain http, and the app behind it."""
        return MappingProxyType({IMDS_HOST: self.metadata_app})

    @property
    def identity_header(self) -> str:
        """What App Service's endpoint wants in X-IDENTITY-HEADER, and code finds in IDENTITY_HEADER."""
        return self._service.identity_header

    @property
    def requests(self) -> tuple[EntraRequest, ...]:
        """What both apps were asked, oldest first, the last 1,000."""
        return self._journal.requests()

    def forget_requests(self) -> None:
        """Empty `requests`."""
        self._journal.clear()

    # Who is there

    def add_tenant(self, tenant_id: str | None = None, *, domain: str | None = None) -> Tenant:
        """Make a further tenant, of a random GUID and a domain made of it unless they are given.

        Raises ValueError for one that is ill-formed or there already.
        """
        tenant_id = (tenant_id or self._service.new_id()).lower()
        tenant = Tenant(tenant_id, domain or f"{tenant_id}.onmicrosoft.com")
        self._directory.add_tenant(tenant)
        return tenant

    def add_resource(self, resource: str) -> None:
        """Let tokens be asked for another service, `api://my-api`; slashes at the end make no difference.

        Those that are there from the start: `directory.RESOURCES`.
        """
        self._directory.add_resource(resource)

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
        """Register an application; ids that are not given are random GUIDs.

        `certificate` is PEM, a path to it, or True: a self-signed one is then made, with its key
        (`principal.certificate.pem`), valid for a year from yesterday or from `valid_from` until `valid_until`.
        `federated_token` is what is taken as its client_assertion word for word, one or several.

        Raises ValueError for a client id that is taken, a tenant that is not there, a certificate that is none; OSError
        for a path that cannot be read.
        """
        principal = ServicePrincipal(
            name=name,
            client_id=client_id or self._service.new_id(),
            object_id=object_id or self._service.new_id(),
            tenant_id=(tenant_id or self.tenant_id).lower(),
            secret=secret,
            certificate=self._certificate(name, certificate, valid_from, valid_until),
            federated_tokens=frozenset([federated_token] if isinstance(federated_token, str) else federated_token),
        )
        self._directory.add(principal)
        return principal

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
        """Give the machine an identity: the system's, or with a client or resource id, or `user_assigned`, a user's.

        Ids that are not given are made up. One that `gives_way` is there while there is no other. Raises ValueError for
        a client id that is taken, a tenant that is not there, a second identity of the system's.
        """
        user_assigned = user_assigned or client_id is not None or resource_id is not None
        kind = "ManagedIdentity/userAssignedIdentities" if user_assigned else "Compute/virtualMachines"
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

    def _certificate(
        self,
        name: str,
        given: Literal[True] | bytes | str | os.PathLike[str] | None,
        valid_from: datetime | None,
        valid_until: datetime | None,
    ) -> Certificate | None:
        if any(moment is not None and moment.tzinfo is None for moment in (valid_from, valid_until)):
            raise ValueError("valid_from and valid_until have a time zone: datetime(..., tzinfo=UTC)")
        if given is True:
            today = date_of(self.clock.now())
            start = valid_from or min(today, valid_until or today) - BACKDATED
            return make_certificate(name, valid_from=start, valid_until=valid_until or start + CERTIFICATE_LIFETIME)
        if valid_from is not None or valid_until is not None:
            raise ValueError("valid_from and valid_until go with certificate=True: any other certificate has its own")
        if given is None:
            return None
        return read_certificate(given if isinstance(given, bytes) else Path(given).read_bytes())

    # What they get

    def token(self, principal: Principal, audience: str) -> str:
        """Return an access token without any request, for code under test that exchanges one itself.

        `audience` is a resource, "https://containerregistry.azure.net", or its scope, with "/.default". Raises
        ValueError for one that is not there, and for a principal that is not this Entra's.
        """
        if not self._directory.knows(principal):
            raise ValueError(f"{principal.name} is not a principal of this Entra")
        resource = audience.removesuffix("/.default")
        if not self._directory.has_resource(resource):
            known = ", ".join(self._directory.resources())
            raise ValueError(f"there is no resource {resource}; add_resource makes one, there are {known}")
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
        """Return the claims of an access token that this Entra signed for a tenant, the home tenant unless told.

        `now` is in nanoseconds. Raises `auth.tokens.TokenRefused`, whose `kind` is malformed, algorithm, signature,
        tenant, issuer, not yet valid or expired. The audience is for whoever takes the token to look at.
        """
        key = self._service.keys.signing_key()
        return verify_access_token(text, key=key, now=now, tenant_id=(tenant_id or self.tenant_id).lower())

    def environment(
        self,
        principal: Principal,
        *,
        authority_url: str | None = None,
        metadata_url: str | None = None,
        app_service: bool = False,
    ) -> dict[str, str]:
        """Return the variables from which azure-identity makes this principal's credential.

        AZURE_TENANT_ID and AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or
        AZURE_FEDERATED_TOKEN_FILE, the first that it has; files last until `close`. `authority_url` becomes
        AZURE_AUTHORITY_HOST. For a managed identity, where `metadata_app` is served: `metadata_url`, as IMDS or with
        `app_service` as App Service.

        Raises ValueError for a principal without a credential, and for a certificate without its key.
        """
        environ = environment_of(
            principal,
            self._files,
            metadata_url=metadata_url,
            identity_header=self.identity_header if app_service else None,
        )
        return environ if authority_url is None else environ | {"AZURE_AUTHORITY_HOST": authority_url}

    def close(self) -> None:
        """Remove the files that `environment` has written. All else goes on."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
