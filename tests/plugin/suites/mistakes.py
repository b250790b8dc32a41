"""Typical mistakes, a failing test for each. Run by test_report.py."""

import hashlib
import io
import json
from collections.abc import Callable

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.credentials import TokenCredential

from fake_registry import Disconnect, FakeRegistry, Fault, Refuse
from pytest_acr import ContainerRegistryContentClient

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

Authorize = Callable[[str], dict[str, str]]
ContentClients = Callable[[str], ContainerRegistryContentClient]


@pytest.fixture
def authorized(acr_session: requests.Session, acr_endpoint: str, acr_credential: TokenCredential) -> Authorize:
    """Return a function that logs in for a scope, and returns the header with the token."""

    def log_in(scope: str) -> dict[str, str]:
        form = {"service": acr_endpoint.partition("://")[2], "scope": scope}
        access = acr_credential.get_token("https://containerregistry.azure.net/.default").token
        exchange = form | {"grant_type": "access_token", "access_token": access}
        refresh = acr_session.post(f"{acr_endpoint}/oauth2/exchange", data=exchange).json()["refresh_token"]
        form |= {"grant_type": "refresh_token", "refresh_token": refresh}
        token = acr_session.post(f"{acr_endpoint}/oauth2/token", data=form).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    return log_in


@pytest.fixture(autouse=True)
def _image(acr: FakeRegistry) -> None:
    acr.push_image("dev/web:1.0", layers=[b"layer"])


def test_wrong_tag(acr_client: ContainerRegistryClient) -> None:
    acr_client.get_manifest("dev/web", "1.1")


def test_wrong_accept(acr_session: requests.Session, acr_endpoint: str, authorized: Authorize) -> None:
    headers = {**authorized("repository:dev/web:pull"), "Accept": DOCKER_MANIFEST}
    acr_session.get(f"{acr_endpoint}/v2/dev/web/manifests/1.0", headers=headers).raise_for_status()


def test_wrong_media_type(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    content = acr.push_image("dev/web:1.0", layers=[b"layer"]).manifest.content
    acr_client.set_manifest("dev/web", io.BytesIO(content), tag="2.0", media_type=DOCKER_MANIFEST)


def test_missing_layer(acr_content_client: ContentClients, acr: FakeRegistry) -> None:
    acr_content_client("dev/api").set_manifest(acr.push_image("dev/web:1.0").manifest.content, tag="1.0")


def test_missing_role_through_the_sdk(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr.grant("11111111-1111-4111-8111-111111111111", "AcrPull")
    acr_client.upload_blob("dev/web", io.BytesIO(b"more"))


def test_missing_role_through_requests(
    acr_session: requests.Session, acr_endpoint: str, acr: FakeRegistry, authorized: Authorize
) -> None:
    acr.grant("11111111-1111-4111-8111-111111111111", "AcrPull")
    headers = authorized("repository:dev/web:pull,push")
    acr_session.post(f"{acr_endpoint}/v2/dev/web/blobs/uploads/", headers=headers).raise_for_status()


def test_wrong_repository(acr_client: ContainerRegistryClient) -> None:
    acr_client.get_repository_properties("dev/wep")


def test_page_handling(
    acr_session: requests.Session, acr_endpoint: str, acr: FakeRegistry, authorized: Authorize
) -> None:
    for number in range(5):
        acr.push_image(f"dev/web:2.{number}")
    headers = authorized("repository:dev/web:metadata_read")
    answer = acr_session.get(f"{acr_endpoint}/acr/v1/dev/web/_tags?n=3", headers=headers)
    assert len(answer.json()["tags"]) == 6


def test_missing_retry(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr.faults.add(Fault("manifest.get", Refuse(503), times=1))
    acr_client.get_manifest("dev/web", "1.0", retry_total=0)


def test_disconnect(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr.faults.add(Fault("manifest.get", Disconnect(), times=1))
    acr_client.get_manifest("dev/web", "1.0", retry_total=0)


def test_outage(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr.down()
    acr_client.get_manifest("dev/web", "1.0", retry_total=0)


def test_digest_mismatch(acr_content_client: ContentClients, acr: FakeRegistry) -> None:
    stored = acr_content_client("dev/web").get_manifest("1.0")
    written_again = json.dumps(json.loads(stored.content), indent=4).encode()
    digest = f"sha256:{hashlib.sha256(written_again).hexdigest()}"
    acr_content_client("dev/web").get_manifest(digest)


def test_wrong_digest_of_an_upload(acr_session: requests.Session, acr_endpoint: str, authorized: Authorize) -> None:
    headers = authorized("repository:dev/web:pull,push")
    query = f"digest=sha256:{hashlib.sha256(b'other').hexdigest()}"
    url = f"{acr_endpoint}/v2/dev/web/blobs/uploads/?{query}"
    acr_session.post(url, headers=headers, data=b"blob").raise_for_status()


def test_wrong_scope(acr_session: requests.Session, acr_endpoint: str, authorized: Authorize) -> None:
    headers = {**authorized("repository:dev/api:pull"), "Accept": OCI_MANIFEST}
    acr_session.get(f"{acr_endpoint}/v2/dev/web/manifests/1.0", headers=headers).raise_for_status()


def test_forgotten_await(acr_aio_client: AioContainerRegistryClient, acr: FakeRegistry) -> None:
    acr_aio_client.get_manifest("dev/web", "1.0")  # the mistake: no await
    assert len(acr.requests) > 0


def test_counting_without_a_status(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr_client.get_manifest("dev/web", "1.0")
    assert len(acr.requests.where(endpoint="manifest.get")) == 1


def test_assertion_without_a_status(acr_client: ContainerRegistryClient, acr: FakeRegistry) -> None:
    acr_client.get_manifest("dev/web", "1.0")
    acr.requests.assert_count(1, endpoint="manifest.get")


def test_name_of_no_registry(acr_session: requests.Session) -> None:
    acr_session.get("https://mine.azurecr.io/v2/")


@pytest.mark.usefixtures("acr_network")
def test_name_that_the_network_lacks() -> None:
    requests.get("https://mine.azurecr.io/v2/")
