"""azure-identity, unmodified: each credential gets its token from the fake, over a socket."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from fake_registry import FakeEntra, ManualClock
from fake_registry.server.tls import Certificates
from tests.support.entra import ACR, SCOPE, TRUSTED, Flavour, claims_of, get_token
from tests.support.entra_servers import Enter, Login, serve_entra


def test_client_secret(login: Login, flavour: Flavour) -> None:
    app = login.entra.add_service_principal("app", secret="s3cret")
    found = get_token(
        flavour,
        "ClientSecretCredential",
        tenant_id=app.tenant_id,
        client_id=app.client_id,
        client_secret="s3cret",
        **login.options,
    )
    claims = claims_of(found.token)
    assert (claims["aud"], claims["appid"], claims["oid"], claims["tid"]) == (
        ACR,
        app.client_id,
        app.object_id,
        login.entra.tenant_id,
    )
    assert abs(found.expires_on - claims["exp"]) <= 1


def test_tenant_by_its_domain(login: Login, flavour: Flavour) -> None:
    tenant = login.entra.add_tenant(domain="contoso.example")
    app = login.entra.add_service_principal("app", secret="s", tenant_id=tenant.tenant_id)
    found = get_token(
        flavour,
        "ClientSecretCredential",
        tenant_id="Contoso.example",
        client_id=app.client_id,
        client_secret="s",
        **login.options,
    )
    assert claims_of(found.token)["tid"] == tenant.tenant_id


def test_certificate(login: Login, flavour: Flavour) -> None:
    app = login.entra.add_service_principal("app", certificate=True)
    assert app.certificate is not None
    found = get_token(
        flavour,
        "CertificateCredential",
        tenant_id=app.tenant_id,
        client_id=app.client_id,
        certificate_data=app.certificate.pem,
        **login.options,
    )
    assert claims_of(found.token)["oid"] == app.object_id


def test_federated_token(login: Login, flavour: Flavour, tmp_path: Path) -> None:
    app = login.entra.add_service_principal("app", federated_token=[TRUSTED, "another"])
    (tmp_path / "token").write_text(TRUSTED)
    found = get_token(
        flavour,
        "WorkloadIdentityCredential",
        tenant_id=app.tenant_id,
        client_id=app.client_id,
        token_file_path=str(tmp_path / "token"),
        **login.options,
    )
    assert claims_of(found.token)["oid"] == app.object_id


@pytest.mark.parametrize("shown", [{"secret": "s"}, {"certificate": True}], ids=["secret", "certificate"])
def test_environment(login: Login, flavour: Flavour, enter: Enter, shown: dict[str, object]) -> None:
    app = login.entra.add_service_principal("app", **shown)  # type: ignore[arg-type]
    enter(login.entra.environment(app, authority_url=login.url))
    found = get_token(flavour, "EnvironmentCredential", **login.trusting(flavour))
    assert claims_of(found.token)["oid"] == app.object_id


def test_workload_identity_of_the_environment(login: Login, flavour: Flavour, enter: Enter) -> None:
    app = login.entra.add_service_principal("app", federated_token=TRUSTED)
    enter(login.entra.environment(app, authority_url=login.url))
    found = get_token(flavour, "WorkloadIdentityCredential", **login.trusting(flavour))
    assert claims_of(found.token)["oid"] == app.object_id


@pytest.mark.parametrize("app_service", [False, True], ids=["imds", "app service"])
@pytest.mark.parametrize("id_kind", [None, "client_id", "object_id", "resource_id"])
def test_managed_identity(
    login: Login, flavour: Flavour, enter: Enter, id_kind: str | None, *, app_service: bool
) -> None:
    entra = login.entra
    identities = {True: entra.add_managed_identity("vm"), False: entra.add_managed_identity("id", user_assigned=True)}
    expected = identities[id_kind is None]
    enter(entra.environment(identities[True], metadata_url=login.metadata_url, app_service=app_service))
    options = {} if id_kind is None else {"identity_config": {id_kind: getattr(expected, id_kind)}}

    found = get_token(flavour, "ManagedIdentityCredential", **options)

    claims = claims_of(found.token)
    assert (claims["oid"], claims["aud"], claims["xms_mirid"]) == (expected.object_id, ACR, expected.resource_id)
    assert abs(found.expires_on - claims["exp"]) <= 1


@pytest.mark.parametrize("shown", [{"secret": "s"}, {"certificate": True}, {"federated_token": TRUSTED}], ids=str)
def test_default_of_a_service_principal(login: Login, flavour: Flavour, enter: Enter, shown: dict[str, object]) -> None:
    app = login.entra.add_service_principal("app", **shown)  # type: ignore[arg-type]
    enter(login.entra.environment(app, authority_url=login.url))
    found = get_token(flavour, "DefaultAzureCredential", **login.trusting(flavour))
    assert claims_of(found.token)["oid"] == app.object_id


@pytest.mark.parametrize("app_service", [False, True], ids=["imds", "app service"])
@pytest.mark.parametrize("user_assigned", [False, True], ids=["system", "user"])
def test_default_of_a_managed_identity(
    login: Login, flavour: Flavour, enter: Enter, *, user_assigned: bool, app_service: bool
) -> None:
    identity = login.entra.add_managed_identity("vm", user_assigned=user_assigned)
    enter(login.entra.environment(identity, metadata_url=login.metadata_url, app_service=app_service))
    found = get_token(flavour, "DefaultAzureCredential")
    assert claims_of(found.token)["oid"] == identity.object_id


def test_token_of_each_scope_is_requested_once(login: Login) -> None:
    from azure.identity import ClientSecretCredential

    app = login.entra.add_service_principal("app", secret="s")
    with ClientSecretCredential(app.tenant_id, app.client_id, "s", **login.options) as credential:
        scopes = (SCOPE, "https://management.azure.com//.default", SCOPE)
        found = [claims_of(credential.get_token(scope).token)["aud"] for scope in scopes]
    assert found == [ACR, "https://management.azure.com/", ACR]
    assert [one.method for one in login.entra.requests] == ["GET", "POST", "POST"]


def test_token_that_expires_soon_is_requested_again(certificates: Certificates) -> None:
    """azure-identity replaces a token 5 minutes before its end, by the machine's clock."""
    from azure.identity import ClientSecretCredential

    entra = FakeEntra(token_lifetime=timedelta(minutes=4))
    app = entra.add_service_principal("app", secret="s")
    with (
        serve_entra(entra, certificates) as login,
        ClientSecretCredential(app.tenant_id, app.client_id, "s", **login.options) as credential,
    ):
        found = {credential.get_token(SCOPE).token for _ in range(2)}
    assert len(found) == 2


def test_expiry_of_a_token_is_from_the_clock_of_the_fake(certificates: Certificates, flavour: Flavour) -> None:
    clock = ManualClock()
    entra = FakeEntra(clock=clock)
    app = entra.add_service_principal("app", certificate=True)
    assert app.certificate is not None
    clock.advance(timedelta(days=2))
    with serve_entra(entra, certificates) as login:
        options = {"certificate_data": app.certificate.pem, **login.options}
        found = get_token(flavour, "CertificateCredential", tenant_id=app.tenant_id, client_id=app.client_id, **options)
    assert claims_of(found.token)["exp"] == clock.now() // 1_000_000_000 + 3_600


def test_well_known_host_needs_no_discovery(login: Login) -> None:
    """Without a word about discovery: what names are rewritten for is the real host's."""
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ClientSecretCredential

    app = login.entra.add_service_principal("app", secret="s")
    with requests.Session() as session:
        session.mount("https://", Rewriting(login))
        transport = RequestsTransport(session=session, session_owner=False)
        with ClientSecretCredential(app.tenant_id, app.client_id, "s", transport=transport) as credential:
            found = credential.get_token(SCOPE)
    assert claims_of(found.token)["oid"] == app.object_id
    assert {one.host for one in login.entra.requests} == {"login.microsoftonline.com"}


@pytest.mark.parametrize(("host", "known"), [("login.microsoftonline.us", True), ("login.example", False)])
def test_discovery_decides_which_hosts_are_trusted(login: Login, host: str, *, known: bool) -> None:
    """msal asks the public cloud whether it may trust a host that it does not know."""
    from azure.core.exceptions import ClientAuthenticationError
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ClientSecretCredential

    app = login.entra.add_service_principal("app", secret="s")
    with requests.Session() as session:
        session.mount("https://", Rewriting(login))
        transport = RequestsTransport(session=session, session_owner=False)
        with ClientSecretCredential(
            app.tenant_id, app.client_id, "s", authority=host, transport=transport
        ) as credential:
            if known:
                assert claims_of(credential.get_token(SCOPE).token)["oid"] == app.object_id
            else:
                with pytest.raises(ClientAuthenticationError, match="is not well-known"):
                    credential.get_token(SCOPE)
    assert ("/common/discovery/instance" in {one.path for one in login.entra.requests}) == (not known)


class Rewriting(requests.adapters.HTTPAdapter):
    """Leads every host to the served login host, and leaves its name in the Host header."""

    def __init__(self, login: Login) -> None:
        super().__init__()
        self._login = login

    def send(  # the base class' signature
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        url = urlsplit(str(request.url))
        request.headers["Host"] = url.netloc
        request.url = f"{self._login.url}{url.path}?{url.query}"
        return super().send(request, *args, **{**options, "verify": str(self._login.ca_file)})
