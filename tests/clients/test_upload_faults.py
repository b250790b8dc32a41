"""Uploads that are forgotten or moved and downloads that are redirected, by the Azure SDK's clients
and by our own."""

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import (
    DecodeError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from fake_registry import FakeRegistry, Fault, ForgetUpload, MoveUpload, RedirectTo, StaleRange
from tests.support.clients import (
    CHUNK,
    HELLO,
    NewContentClient,
    download,
    endpoints,
    every_transport,
    some_bytes,
    stored_bytes,
    upload,
    with_tls,
)

ELSEWHERE = "elsewhere.example"


@every_transport
def test_forgotten_upload_is_not_started_again(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-for-net#42293."""
    acr.faults.add(Fault("upload.chunk", ForgetUpload(), skip=1, times=1))

    with pytest.raises(ResourceNotFoundError, match="BLOB_UPLOAD_UNKNOWN"):
        upload(client, some_bytes(CHUNK + 1))
    acr.requests.assert_count(1, endpoint="upload.start", status=202)
    acr.requests.assert_none(endpoint="upload.finish")


def test_forgotten_upload_succeeds_when_all_is_sent_again(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(CHUNK + 1)
    acr.faults.add(Fault("upload.finish", ForgetUpload(), times=1))

    with pytest.raises(ResourceNotFoundError, match="BLOB_UPLOAD_UNKNOWN"):
        upload(client, content)
    assert stored_bytes(acr, HELLO, upload(client, content)) == content


@with_tls
def test_moved_upload_is_followed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(CHUNK + 1)
    moved = acr.faults.add(Fault("upload.*", MoveUpload()))

    assert stored_bytes(acr, HELLO, upload(client, content)) == content
    assert (moved.hits, moved.problem()) == (3, None)


@pytest.mark.parametrize("endpoint", ["upload.start", "upload.chunk"])
def test_location_with_a_host_is_appended_to_the_endpoint(
    acr: FakeRegistry, client: ContainerRegistryClient, endpoint: str
) -> None:
    """The SDK takes each Location for a path: PATCH /https://elsewhere.example/v2/..."""
    acr.faults.add(Fault(endpoint, MoveUpload(ELSEWHERE), times=1))

    with pytest.raises(DecodeError):
        upload(client, some_bytes(CHUNK + 1))
    assert acr.requests[-1].path.startswith(f"/https://{ELSEWHERE}/v2/{HELLO}/blobs/uploads/")


def test_own_client_follows_a_moved_upload_at_the_registry_alone(
    acr: FakeRegistry, new_content_client: NewContentClient
) -> None:
    """Its token must not leave the registry."""
    client = new_content_client(HELLO)
    content = some_bytes(CHUNK + 1)
    with acr.faults.add(Fault("upload.*", MoveUpload(acr.login_server))):
        assert client.upload_blob(content).size_in_bytes == len(content)

    acr.faults.add(Fault("upload.chunk", MoveUpload(ELSEWHERE)))
    with pytest.raises(ServiceResponseError, match="expected a Location at the registry itself, found https://elsew"):
        client.upload_blob(content + b"x")


@every_transport
def test_stale_range_is_ignored(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(2 * CHUNK + 1)
    stale = acr.faults.add(Fault("upload.chunk", StaleRange()))

    assert stored_bytes(acr, HELLO, upload(client, content)) == content
    assert (stale.hits, stale.idle_hits) == (3, 0)


def test_redirect_to_a_storage_host_of_the_test_is_followed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: Authorization is not forwarded."""
    digest = upload(client, b"hello")
    acr.faults.add(Fault("blob.get", RedirectTo(acr.settings.storage_host, status=308)))

    assert download(client, digest) == b"hello"
    storage = acr.requests.one(endpoint="storage.blob")
    assert storage.request_header("Authorization") is None


def test_expired_storage_url_is_refused_and_not_requested_again(
    acr: FakeRegistry, client: ContainerRegistryClient
) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("blob.get", RedirectTo(acr.settings.storage_host, expires=0)))

    with pytest.raises(HttpResponseError) as caught:
        download(client, digest)
    assert caught.value.status_code == 403
    assert endpoints(acr)[-2:] == ["blob.get", "storage.blob"]


def test_redirect_to_an_unreachable_host_is_an_error(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("blob.get", RedirectTo(ELSEWHERE)))

    with pytest.raises(ServiceRequestError, match=f"no registry serves host '{ELSEWHERE}'"):
        download(client, digest)
