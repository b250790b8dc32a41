"""Credentials of azure-identity inside a network, sync and async, and how they are refused."""

import asyncio
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import azure.identity as identity
import azure.identity.aio as aio_identity
import jwt
import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.entra import FakeEntra
from pytest_acr import AcrNetwork, ContainerRegistryContentClient, network
from pytest_acr.transports.requests_session import acr_session

SCOPE = "https://containerregistry.azure.net/.default"
REGISTRY = "https://fake.azurecr.io"

New = Callable[[Any, AcrNetwork, Path], Any]
"""Makes a credential of a module: azure.identity or azure.identity.aio."""


def secret(module: Any, inside: AcrNetwork, _folder: Path) -> Any:
    app = inside.entra.add_service_principal("with a secret", secret="s3cret")
    return module.ClientSecretCredential(app.tenant_id, app.client_id, "s3cret")


def certificate(module: Any, inside: AcrNetwork, _folder: Path) -> Any:
    app = inside.entra.add_service_principal("with a certificate", certificate=True)
    assert app.certificate is not None
    return module.CertificateCredential(app.tenant_id, app.client_id, certificate_data=app.certificate.pem)


def workload(module: Any, inside: AcrNetwork, folder: Path) -> Any:
    app = inside.entra.add_service_principal("federated", federated_token="projected")
    token = folder / "token"
    token.write_text("projected")
    return module.WorkloadIdentityCredential(
        tenant_id=app.tenant_id, client_id=app.client_id, token_file_path=str(token)
    )


def environment(module: Any, _inside: AcrNetwork, _folder: Path) -> Any:
    return module.EnvironmentCredential()


def machine(module: Any, inside: AcrNetwork, _folder: Path) -> Any:
    inside.entra.add_managed_identity("vm")
    return module.ManagedIdentityCredential()


def users_machine(module: Any, inside: AcrNetwork, _folder: Path) -> Any:
    user = inside.entra.add_managed_identity("user", user_assigned=True)
    return module.ManagedIdentityCredential(client_id=user.client_id)


def default(module: Any, _inside: AcrNetwork, _folder: Path) -> Any:
    return module.DefaultAzureCredential()


CREDENTIALS: list[New] = [
    secret,
    certificate,
    workload,
    environment,
    machine,
    users_machine,
    default,
]
every_credential = pytest.mark.parametrize("new", CREDENTIALS, ids=lambda new: new.__name__)


@every_credential
def test_credential_opens_the_registry(acr: FakeRegistry, acr_network: AcrNetwork, tmp_path: Path, new: New) -> None:
    with (
        new(identity, acr_network, tmp_path) as credential,
        ContainerRegistryClient(REGISTRY, credential) as client,
    ):
        assert list(client.list_repository_names()) == []
    assert acr.requests.where(endpoint="oauth.exchange", status=200)


@every_credential
def test_aio_credential_opens_the_registry(
    acr: FakeRegistry, acr_network: AcrNetwork, tmp_path: Path, new: New
) -> None:
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

    async def names() -> list[str]:
        credential = new(aio_identity, acr_network, tmp_path)
        async with credential, AioContainerRegistryClient(REGISTRY, credential) as client:
            return [name async for name in client.list_repository_names()]

    assert asyncio.run(names()) == []
    assert acr.requests.where(endpoint="oauth.exchange", status=200)


def test_app_service(acr_network: AcrNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    app = acr_network.entra.add_managed_identity("app")
    for name, value in acr_network.app_service_environment(app).items():
        monkeypatch.setenv(name, value)
    with identity.ManagedIdentityCredential() as credential:
        assert credential.get_token(SCOPE).token
    assert acr_network.entra.requests[-1].path == "/msi/token"


@pytest.mark.acr_image("samples/hello:1.0")
def test_roles_of_the_principal_hold(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    """The reader may pull, the writer may push as well, and other principals may do neither."""
    reader, writer = (acr_network.entra.add_service_principal(name, secret=name) for name in ("reader", "writer"))
    acr.grant(reader.object_id, "AcrPull")
    acr.grant(writer.client_id, "AcrPush")

    def client_of(name: str, client_id: str) -> ContainerRegistryContentClient:
        credential = identity.ClientSecretCredential(acr_network.entra.tenant_id, client_id, name)
        return ContainerRegistryContentClient(REGISTRY, "samples/hello", credential)

    with client_of("reader", reader.client_id) as client:
        assert client.get_manifest("1.0").manifest is not None
        with pytest.raises(ClientAuthenticationError):
            client.upload_blob(b"x")
    with client_of("writer", writer.client_id) as client:
        assert client.upload_blob(b"x").size_in_bytes == 1
    without_role = client_of(_SECRET_OF_THE_ENVIRONMENT, acr_network.principal.client_id)
    with without_role, pytest.raises(ClientAuthenticationError):
        without_role.get_manifest("1.0")


_SECRET_OF_THE_ENVIRONMENT = "known to every test, it protects nothing"


def wrong_secret(inside: AcrNetwork) -> Any:
    app = inside.entra.add_service_principal("app", secret="right")
    return identity.ClientSecretCredential(app.tenant_id, app.client_id, "wrong")


def unknown_tenant(inside: AcrNetwork) -> Any:
    nowhere = "99999999-9999-4999-8999-999999999999"
    return identity.ClientSecretCredential(nowhere, inside.principal.client_id, "x")


def unknown_application(inside: AcrNetwork) -> Any:
    return identity.ClientSecretCredential(inside.entra.tenant_id, "99999999-9999-4999-8999-999999999999", "x")


def expired_certificate(inside: AcrNetwork) -> Any:
    long_ago, ago = (datetime(year, 1, 1, tzinfo=UTC) for year in (2019, 2020))
    app = inside.entra.add_service_principal("app", certificate=True, valid_from=long_ago, valid_until=ago)
    assert app.certificate is not None
    return identity.CertificateCredential(app.tenant_id, app.client_id, certificate_data=app.certificate.pem)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (wrong_secret, "AADSTS7000215"),
        (unknown_tenant, "AADSTS90002"),
        (unknown_application, "AADSTS700016"),
        (expired_certificate, "AADSTS700027"),
    ],
)
def test_refused_login_raises_the_error_of_azure_identity(
    acr_network: AcrNetwork, new: Callable[[AcrNetwork], Any], code: str
) -> None:
    """No request is tried again."""
    with new(acr_network) as credential, pytest.raises(ClientAuthenticationError) as refused:
        credential.get_token(SCOPE)
    # msal hides the answer for an unknown tenant in the cause of its error
    assert code in "".join(traceback.format_exception(refused.value))
    assert sum(one.path.endswith("/token") for one in acr_network.entra.requests) <= 1


def test_wrong_audience(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    """Entra refuses an unknown audience, the registry one of another service."""
    with identity.DefaultAzureCredential() as credential:
        with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
            credential.get_token("https://unknown.example/.default")
        client = ContainerRegistryClient(REGISTRY, credential, audience="https://vault.azure.net")
        with client, pytest.raises((ClientAuthenticationError, HttpResponseError)):
            list(client.list_repository_names())
    assert "expected https://containerregistry.azure.net" in (acr.requests[-1].failure or "")


def test_token_of_another_tenant_or_entra_is_refused(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    other = acr_network.entra.add_tenant()
    guest = acr_network.entra.add_service_principal("guest", secret="x", tenant_id=other.tenant_id)
    with (
        identity.ClientSecretCredential(other.tenant_id, guest.client_id, "x") as credential,
        ContainerRegistryClient(REGISTRY, credential) as client,
        pytest.raises(ClientAuthenticationError),
    ):
        list(client.list_repository_names())
    assert "tenant" in (acr.requests.where(endpoint="oauth.exchange")[-1].failure or "")


def test_clients_of_the_fixtures_are_accepted(
    acr: FakeRegistry, acr_network: AcrNetwork, acr_client: ContainerRegistryClient
) -> None:
    assert list(acr_client.list_repository_names()) == []


def test_trust_ends_with_the_network() -> None:
    with FakeRegistry(Settings(), clock=ManualClock()) as registry:
        inside = network(registry)
        with inside:
            token = inside.entra.token(inside.principal, "https://containerregistry.azure.net")
        assert exchange(registry, token, "https://fake.azurecr.io") == 200
        assert exchange(registry, forged_token(), "https://fake.azurecr.io") == 200, (
            "outside, signatures are not verified"
        )


def test_trust_lasts_until_the_last_network_is_left() -> None:
    with FakeRegistry(Settings(), clock=ManualClock()) as registry:
        one, two = network(registry), network(registry)
        one.__enter__()
        two.__enter__()
        one.__exit__(None, None, None)
        assert exchange(registry, forged_token(), "https://fake.azurecr.io") == 401
        two.__exit__(None, None, None)
        assert exchange(registry, forged_token(), "https://fake.azurecr.io") == 200


def test_nested_networks_accept_each_others_principals() -> None:
    outer, inner = (FakeRegistry(Settings(name=name)) for name in ("outer", "inner"))
    with network(outer), network(inner), identity.DefaultAzureCredential() as credential:
        for name in ("outer", "inner"):
            with ContainerRegistryClient(f"https://{name}.azurecr.io", credential) as client:
                assert list(client.list_repository_names()) == []


def forged_token() -> str:
    """Return a token with valid claims and the signature of an unknown key."""
    claims = {
        "aud": "https://containerregistry.azure.net",
        "oid": "principal",
        "exp": int(time.time()) + 3600,
    }
    return jwt.encode(claims, "an unknown key that has thirty-two bytes", algorithm="HS256")


def exchange(registry: FakeRegistry, token: str, url: str) -> int:
    """Exchange a token in memory; return the status."""
    with acr_session(registry.hosts, clock=registry.clock) as session:
        form = {"grant_type": "access_token", "service": "fake.azurecr.io", "access_token": token}
        return session.post(f"{url}/oauth2/exchange", data=form).status_code


def test_tokens_expire_by_the_clock_of_the_registry(
    acr: FakeRegistry, acr_network: AcrNetwork, acr_clock: ManualClock
) -> None:
    """The clock of the registry advances, and the token is refused."""
    before = time.time()
    with identity.DefaultAzureCredential() as credential:
        token = credential.get_token(SCOPE)
        acr_clock.advance(2 * 3600)
        with (
            ContainerRegistryClient(REGISTRY, credential) as client,
            pytest.raises(ClientAuthenticationError),
        ):
            list(client.list_repository_names())
    # by the machine's clock, as azure-identity reads it, and in whole seconds
    assert before + 3600 - 1 <= token.expires_on <= time.time() + 3600 + 1
    assert "expired" in (acr.requests.where(endpoint="oauth.exchange")[-1].failure or "")


def test_entra_of_the_test_is_used(acr: FakeRegistry) -> None:
    with (
        FakeEntra(tenant_id="33333333-3333-4333-8333-333333333333") as entra,
        network(acr, entra=entra) as inside,
    ):
        assert inside.entra is entra
        with (
            identity.DefaultAzureCredential() as credential,
            ContainerRegistryClient(REGISTRY, credential) as client,
        ):
            assert list(client.list_repository_names()) == []
