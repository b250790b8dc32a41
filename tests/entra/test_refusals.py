"""Refusals as azure-identity raises them: its own exception with Entra's text, without a retry."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from fake_registry import FakeEntra
from fake_registry.entra import ServicePrincipal
from fake_registry.entra.certificates import make_certificate
from tests.support.entra import SCOPE, Flavour, get_token
from tests.support.entra_servers import Enter, Login

Options = dict[str, Any]  # Any: a credential's own


def refusal_of(login: Login, flavour: Flavour, credential: str, *scopes: str, **options: Any) -> str:
    """Return the text with which a credential fails; no request was sent twice."""
    with pytest.raises(ClientAuthenticationError) as failed:
        get_token(flavour, credential, *scopes, **options)
    paths = [(one.method, one.path) for one in login.entra.requests]
    assert len(paths) == len(set(paths))
    assert login.entra.requests[-1].status in (400, 401)
    return str(failed.value)


def secret_options(login: Login, app: ServicePrincipal, **changed: str) -> Options:
    asked = {"tenant_id": app.tenant_id, "client_id": app.client_id, "client_secret": str(app.secret)}
    return login.options | asked | changed


@pytest.fixture
def app(entra: FakeEntra) -> ServicePrincipal:
    return entra.add_service_principal("app", secret="the right secret")


def test_wrong_secret(login: Login, flavour: Flavour, app: ServicePrincipal) -> None:
    text = refusal_of(
        login, flavour, "ClientSecretCredential", **secret_options(login, app, client_secret="the wrong secret")
    )
    assert (
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
        f"secret value, not the client secret ID, for a secret added to app '{app.client_id}'. Trace ID: "
    ) in text
    assert "secret value" in text
    assert "the wrong secret" not in text


def test_unknown_application(login: Login, flavour: Flavour, app: ServicePrincipal) -> None:
    client_id = "99999999-9999-4999-8999-999999999999"
    text = refusal_of(login, flavour, "ClientSecretCredential", **secret_options(login, app, client_id=client_id))
    assert f"AADSTS700016: Application with identifier '{client_id}' was not found in the directory" in text


def test_application_of_another_tenant(login: Login, flavour: Flavour, app: ServicePrincipal) -> None:
    other = login.entra.add_tenant()
    options = secret_options(login, app, tenant_id=other.tenant_id)
    assert "AADSTS700016" in refusal_of(login, flavour, "ClientSecretCredential", **options)


@pytest.mark.parametrize(
    ("tenant", "code"), [("contoso.example", "AADSTS90002"), ("nowhere", "AADSTS900023")], ids=["unknown", "malformed"]
)
def test_unknown_tenant(login: Login, app: ServicePrincipal, tenant: str, code: str) -> None:
    """The async credential asks for a token at once."""
    options = secret_options(login, app, tenant_id=tenant)
    text = refusal_of(login, "aio", "ClientSecretCredential", **options)
    assert f"{code}: " in text
    assert f"'{tenant}'" in text


def test_unknown_tenant_of_the_sync_credential(login: Login, app: ServicePrincipal) -> None:
    """msal asks for the tenant's documents first, and hides why it got none behind words of its
    own."""
    options = secret_options(login, app, tenant_id="contoso.example")
    with pytest.raises(ClientAuthenticationError, match="double check your tenant name or GUID") as failed:
        get_token("sync", "ClientSecretCredential", **options)
    assert failed.value.__cause__ is not None
    assert "AADSTS90002: Tenant 'contoso.example' not found" in str(failed.value.__cause__.__context__)
    assert [one.error for one in login.entra.requests] == ["invalid_tenant"]


def test_unknown_resource(login: Login, flavour: Flavour, app: ServicePrincipal) -> None:
    scope = "https://nowhere.example/.default"
    text = refusal_of(login, flavour, "ClientSecretCredential", scope, **secret_options(login, app))
    assert "AADSTS500011: The resource principal named https://nowhere.example was not found in the tenant" in text


def test_scope_without_default_is_refused(login: Login, flavour: Flavour, app: ServicePrincipal) -> None:
    scope = SCOPE.replace(".default", "pull")
    text = refusal_of(login, flavour, "ClientSecretCredential", scope, **secret_options(login, app))
    assert f"AADSTS1002012: The provided value for scope {scope} is not valid." in text


def test_unregistered_certificate(login: Login, flavour: Flavour) -> None:
    app = login.entra.add_service_principal("app", certificate=True)
    other = login.entra.add_service_principal("other", certificate=True)
    assert other.certificate is not None
    text = refusal_of(login, flavour, "CertificateCredential", **_certificate(login, app, other.certificate.pem))
    assert "AADSTS700027: " in text
    assert "[Reason - The key was not found., Thumbprint of key used by client: '" in text


def test_expired_certificate(login: Login, flavour: Flavour) -> None:
    app = login.entra.add_service_principal(
        "app",
        certificate=True,
        valid_from=datetime(2024, 1, 1, tzinfo=UTC),
        valid_until=datetime(2025, 1, 1, tzinfo=UTC),
    )
    assert app.certificate is not None
    text = refusal_of(login, flavour, "CertificateCredential", **_certificate(login, app, app.certificate.pem))
    assert "AADSTS700027: Client assertion contains an invalid signature. [Reason - The key used is expired., " in text
    assert "Found key 'Start=01/01/2024 00:00:00, End=01/01/2025 00:00:00'" in text
    assert app.certificate.thumbprint in text


def test_key_that_does_not_fit_the_certificate_is_refused(login: Login, flavour: Flavour) -> None:
    app = login.entra.add_service_principal("app", certificate=True)
    assert app.certificate is not None
    span = datetime(2024, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    other = make_certificate("other", valid_from=span[0], valid_until=span[1])
    certificate = app.certificate.pem[app.certificate.pem.index(b"-----BEGIN CERTIFICATE") :]
    key = other.pem[: other.pem.index(b"-----BEGIN CERTIFICATE")]
    text = refusal_of(login, flavour, "CertificateCredential", **_certificate(login, app, key + certificate))
    assert "[Reason - The provided signature value did not match the expected signature value., " in text


def test_unknown_federated_token(login: Login, flavour: Flavour, tmp_path: Path) -> None:
    app = login.entra.add_service_principal("app", federated_token="the one")
    claims = base64.urlsafe_b64encode(b'{"iss": "https://oidc.example/", "sub": "system:serviceaccount:x:y"}').decode()
    (tmp_path / "token").write_text(f"e30.{claims}.c2ln")
    options: Options = {"tenant_id": app.tenant_id, "client_id": app.client_id, **login.options}
    options["token_file_path"] = str(tmp_path / "token")
    text = refusal_of(login, flavour, "WorkloadIdentityCredential", **options)
    assert "AADSTS70021: No matching federated identity record found for presented assertion. " in text
    assert "Assertion Issuer: 'https://oidc.example/'. Assertion Subject: 'system:serviceaccount:x:y'." in text


def test_default_credential_stops_at_a_wrong_secret(
    login: Login, flavour: Flavour, enter: Enter, app: ServicePrincipal
) -> None:
    enter(login.entra.environment(app, authority_url=login.url) | {"AZURE_CLIENT_SECRET": "wrong"})
    text = refusal_of(login, flavour, "DefaultAzureCredential", **login.trusting(flavour))
    assert "EnvironmentCredential: " in text
    assert "AADSTS7000215" in text


class TestManagedIdentity:
    """A metadata service's refusal makes the credential unavailable, so that a chain goes on to its
    next."""

    @pytest.fixture
    def ask(self, login: Login, flavour: Flavour, enter: Enter) -> Callable[..., str]:
        def ask(*scopes: str, app_service: bool = False, **options: Any) -> str:  # Any: the credential's own
            environ = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": login.metadata_url}
            if app_service:
                endpoint = f"{login.metadata_url}/msi/token"
                environ = {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": login.entra.identity_header}
            enter(environ)
            return refusal_of(login, flavour, "ManagedIdentityCredential", *scopes, **options)

        return ask

    def test_no_identity(self, ask: Callable[..., str]) -> None:
        assert "Identity not found" in ask()

    def test_unknown_identity(self, login: Login, ask: Callable[..., str]) -> None:
        login.entra.add_managed_identity("vm")
        assert "Identity not found" in ask(client_id="nobody")

    def test_unknown_resource(self, login: Login, ask: Callable[..., str]) -> None:
        login.entra.add_managed_identity("vm")
        assert "AADSTS500011: The resource principal named https://nowhere.example" in ask("https://nowhere.example")

    def test_no_identity_on_app_service(self, ask: Callable[..., str]) -> None:
        assert "No User Assigned or Delegated Managed Identity found" in ask(app_service=True)

    def test_refusal_makes_the_credential_unavailable(self, login: Login, enter: Enter) -> None:
        enter({"AZURE_POD_IDENTITY_AUTHORITY_HOST": login.metadata_url})
        with pytest.raises(CredentialUnavailableError, match="Identity not found"):
            get_token("sync", "ManagedIdentityCredential")

    def test_wrong_identity_header(self, login: Login, flavour: Flavour, enter: Enter) -> None:
        login.entra.add_managed_identity("app")
        enter({"IDENTITY_ENDPOINT": f"{login.metadata_url}/msi/token", "IDENTITY_HEADER": "wrong"})
        text = refusal_of(login, flavour, "ManagedIdentityCredential")
        assert "X-IDENTITY-HEADER: expected the value of IDENTITY_HEADER" in text
        assert login.entra.requests[-1].status == 401


def _certificate(login: Login, app: ServicePrincipal, pem: bytes) -> Options:
    return {"tenant_id": app.tenant_id, "client_id": app.client_id, "certificate_data": pem, **login.options}
