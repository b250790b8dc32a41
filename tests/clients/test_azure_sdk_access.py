"""Access through the Azure SDK's clients: audiences, roles, expiry, anonymous callers."""

import asyncio
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from fake_registry import FakeRegistry
from pytest_acr import DEFAULT_PRINCIPAL, Connection
from tests.support.clients import (
    HELLO,
    UNKNOWN_DIGEST,
    blocking,
    digest_of,
    download,
    endpoints,
    every_transport,
    image_manifest,
    manual_clock,
    repositories,
    upload,
    with_tls,
)

NewClient = Callable[..., ContainerRegistryClient]
Attempt = Callable[[ContainerRegistryClient], object]


@pytest.fixture
def new_client(connection: Connection, flavour: str, runner: asyncio.Runner) -> NewClient:
    """Make clients with other options."""
    if flavour == "sync":
        return connection.client
    return lambda **options: blocking(connection.aio_client(**options), runner)


LAYER = b"layer"

READS: dict[str, Attempt] = {
    "list_repository_names": lambda client: list(client.list_repository_names()),
    "get_repository_properties": lambda client: client.get_repository_properties(HELLO),
    "list_tag_properties": lambda client: list(client.list_tag_properties(HELLO)),
    "get_tag_properties": lambda client: client.get_tag_properties(HELLO, "v1"),
    "list_manifest_properties": lambda client: list(client.list_manifest_properties(HELLO)),
    "get_manifest_properties": lambda client: client.get_manifest_properties(HELLO, "v1"),
    "get_manifest": lambda client: client.get_manifest(HELLO, "v1"),
    "download_blob": lambda client: download(client, digest_of(LAYER)),
}
WRITES: dict[str, Attempt] = {
    "upload_blob": lambda client: client.upload_blob(HELLO, io.BytesIO(b"hello")),
    "set_manifest": lambda client: client.set_manifest(HELLO, {"schemaVersion": 2}),
    "update_repository_properties": lambda client: client.update_repository_properties(HELLO, can_read=False),
    "update_manifest_properties": lambda client: client.update_manifest_properties(
        HELLO, UNKNOWN_DIGEST, can_read=False
    ),
    "update_tag_properties": lambda client: client.update_tag_properties(HELLO, "v1", can_read=False),
    "delete_tag": lambda client: client.delete_tag(HELLO, "v1"),
    "delete_manifest": lambda client: client.delete_manifest(HELLO, UNKNOWN_DIGEST),
    "delete_blob": lambda client: client.delete_blob(HELLO, UNKNOWN_DIGEST),
    "delete_repository": lambda client: client.delete_repository(HELLO),
}


@pytest.mark.parametrize("attempt", (READS | WRITES).values(), ids=READS | WRITES)
def test_private_registry_refuses_anonymous_callers(
    acr: FakeRegistry, anonymous: ContainerRegistryClient, attempt: Attempt
) -> None:
    acr.push_image(f"{HELLO}:v1")

    with pytest.raises(ClientAuthenticationError):
        attempt(anonymous)
    assert acr.requests[-1].failure == "no credentials, and anonymous pull is off"
    assert {exchange.status for exchange in acr.requests} == {401}


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.parametrize("attempt", READS.values(), ids=READS)
def test_anonymous_pull_allows_reading(acr: FakeRegistry, anonymous: ContainerRegistryClient, attempt: Attempt) -> None:
    """acr-behaviour 15.3, test_anon_access: the repository names too."""
    acr.push_image(f"{HELLO}:v1", layers=[LAYER])
    assert attempt(anonymous)


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.parametrize("attempt", WRITES.values(), ids=WRITES)
def test_anonymous_pull_refuses_writing(
    acr: FakeRegistry, anonymous: ContainerRegistryClient, attempt: Attempt
) -> None:
    image = acr.push_image(f"{HELLO}:v1")
    before = acr.content.repository_properties(image.repository)

    with pytest.raises(ClientAuthenticationError):
        attempt(anonymous)
    assert acr.content.repository_properties(image.repository) == before
    assert acr.requests[-1].status == 401


@with_tls
@pytest.mark.acr(auth="anonymous-pull")
def test_anonymous_client_over_every_transport(acr: FakeRegistry, anonymous: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1", layers=[LAYER])

    assert list(anonymous.list_repository_names()) == [HELLO]
    assert download(anonymous, digest_of(LAYER)) == LAYER
    with pytest.raises(ClientAuthenticationError):
        upload(anonymous, LAYER)


@pytest.mark.acr(auth="anonymous-pull")
def test_anonymous_pull_accepts_credentials(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    client.set_manifest(HELLO, image_manifest(client), tag="v1")
    assert repositories(acr) == [HELLO]


@pytest.mark.parametrize(
    "audience", ["https://containerregistry.azure.net", "https://management.azure.com", "https://management.azure.com/"]
)
def test_audiences_of_the_public_cloud_are_accepted(new_client: NewClient, audience: str) -> None:
    """acr-behaviour 15.3, test_set_audience."""
    assert list(new_client(audience=audience).list_repository_names()) == []


@every_transport
@pytest.mark.parametrize(
    "audience", ["https://management.usgovcloudapi.net", "https://management.chinacloudapi.cn", "https://graph.example"]
)
def test_audience_of_another_cloud_is_refused(acr: FakeRegistry, new_client: NewClient, audience: str) -> None:
    """acr-behaviour 15.3, test_set_audience: it ends in an authentication error."""
    with pytest.raises(ClientAuthenticationError):
        list(new_client(audience=audience).list_repository_names())

    refused = acr.requests.one(endpoint="oauth.exchange", status=401)
    assert refused.failure is not None
    assert refused.failure.endswith(f"found {audience}")


def test_role_decides_which_calls_are_allowed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.grant(DEFAULT_PRINCIPAL, "AcrPull", repository=HELLO)

    assert client.get_manifest(HELLO, "v1").digest
    with pytest.raises(ClientAuthenticationError):
        upload(client, b"hello")

    acr.grant(DEFAULT_PRINCIPAL, "AcrPush", repository=HELLO)
    upload(client, b"hello")
    with pytest.raises(ClientAuthenticationError):
        client.delete_tag(HELLO, "v1")


def test_login_is_repeated_for_each_call(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: four requests for one call, and again for the next: no token is kept."""
    for _ in range(2):
        list(client.list_repository_names())
    one_call = ["acr.catalog", "oauth.exchange", "oauth.token", "acr.catalog"]

    assert [exchange.endpoint for exchange in acr.requests] == one_call * 2


@pytest.mark.acr(refresh_token_lifetime=timedelta(minutes=4))
def test_expiring_refresh_token_is_never_replaced(acr: FakeRegistry, new_client: NewClient) -> None:
    """azure-sdk-quirks: the comparison is the wrong way round, so a client that holds such a token never recovers."""
    client = new_client()
    for _ in range(2):
        list(client.list_repository_names())

    acr.requests.one(endpoint="oauth.exchange")

    manual_clock(acr).advance(timedelta(minutes=5))
    for _ in range(2):
        with pytest.raises(ClientAuthenticationError):
            list(client.list_repository_names())
    assert str(acr.requests[-1].failure).startswith("registry token expired")
    assert list(new_client().list_repository_names()) == []


def test_fresh_refresh_token_survives_any_step_of_the_clock(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: with more than five minutes left it is exchanged anew for each call."""
    for _ in range(3):
        assert list(client.list_repository_names()) == []
        manual_clock(acr).advance(timedelta(days=1))

    assert endpoints(acr, status=200) == ["acr.catalog"] * 3


class StaleCredential:
    """Always returns the token that it was made with."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return self._token


def test_expired_entra_token_is_refused(acr: FakeRegistry, connection: Connection) -> None:
    token = connection.credential.get_token("https://containerregistry.azure.net/.default")
    client = connection.client(credential=StaleCredential(token))

    assert list(client.list_repository_names()) == []

    manual_clock(acr).advance(timedelta(minutes=76))
    with pytest.raises(ClientAuthenticationError):
        list(client.list_repository_names())
    assert str(acr.requests.one(endpoint="oauth.exchange", status=401).failure).startswith("Entra token expired")
