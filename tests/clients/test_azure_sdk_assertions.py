"""Assertions on requests of the Azure SDK: each call is first sent without a token, answered 401."""

import asyncio
import threading
from functools import partial

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import Exchange, FakeRegistry, Fault, Refuse
from pytest_acr import Connection
from tests.support.clients import (
    HELLO,
    UNKNOWN_DIGEST,
    digest_of,
    download,
    every_transport,
    image_manifest,
    upload,
)

LAYER = b"layer"


def first_line(error: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(error.value).splitlines()[0]


@every_transport
def test_each_call_of_a_push_counts_once(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The SDK sends each call first without a token: no request of the two is a push of its own."""
    digest = client.set_manifest(HELLO, image_manifest(client, layer=LAYER), tag="v1")

    acr.requests.assert_pushed(f"{HELLO}:v1@{digest}", times=1)
    acr.requests.assert_pushed(HELLO, times=1)
    acr.requests.assert_pushed(f"{HELLO}:v2", times=0)
    acr.requests.assert_tagged(f"{HELLO}:v1", times=1)
    acr.requests.assert_not_pulled(HELLO)
    acr.requests.assert_uploaded_once()
    acr.requests.assert_order("upload.start", "upload.chunk", "upload.finish", "manifest.put")


@every_transport
def test_each_call_of_a_pull_counts_once(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1", layers=[LAYER])
    client.get_manifest(HELLO, "v1")
    download(client, image.layers[0].digest)

    acr.requests.assert_pulled(f"{HELLO}:v1@{image.digest}", times=1)
    acr.requests.assert_not_pulled(f"{HELLO}:v2")
    acr.requests.assert_pushed(HELLO, times=0)
    acr.requests.assert_order("manifest.get", "blob.get")


def test_absent_image_is_a_refused_pull(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v2")
    client.get_manifest(HELLO, "v2")
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest(HELLO, "v1")

    acr.requests.assert_not_pulled(f"{HELLO}:v1")
    with pytest.raises(AssertionError) as raised:
        acr.requests.assert_pulled(f"{HELLO}:v1")
    assert first_line(raised) == (
        f"expected a pull of {HELLO}:v1, found a pull of {HELLO}:v2; 1 refused pull of {HELLO}:v1: "
        f"#7 GET /v2/{HELLO}/manifests/v1 -> 404 MANIFEST_UNKNOWN; repository {HELLO} has no tag v1 in:"
    )


def test_push_that_is_sent_again_is_one(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("manifest.put", Refuse(503), times=2))
    client.set_manifest(HELLO, image_manifest(client), tag="v1")

    acr.requests.assert_pushed(HELLO, times=1)
    acr.requests.assert_count(2, endpoint="manifest.put", status=503)


def test_push_with_a_missing_layer_has_its_reason(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    manifest = image_manifest(client) | {
        "layers": [{"mediaType": "application/x", "digest": UNKNOWN_DIGEST, "size": 1}]
    }
    with pytest.raises(HttpResponseError):
        client.set_manifest(HELLO, manifest, tag="v1")

    with pytest.raises(AssertionError) as raised:
        acr.requests.assert_pushed(f"{HELLO}:v1")
    assert f"; 1 refused push of {HELLO}:v1: #" in first_line(raised)
    assert f"has no blob or manifest {UNKNOWN_DIGEST} in:" in first_line(raised)


def test_layer_that_is_uploaded_twice_is_found(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    upload(client, LAYER)
    upload(client, LAYER)

    with pytest.raises(AssertionError) as raised:
        acr.requests.assert_uploaded_once()
    assert f"found 2 uploads of {HELLO}@{digest_of(LAYER)[:19]}" in first_line(raised)


@every_transport
def test_deletions(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1", layers=[LAYER])
    acr.push_image(f"{HELLO}:v2")
    acr.push_image("samples/other:v1")
    client.delete_tag(HELLO, "v2")
    client.delete_manifest(HELLO, "v1")  # the SDK looks the tag up, and deletes its digest
    client.delete_blob(HELLO, image.layers[0].digest)
    client.delete_repository("samples/other")

    deleted = (f"{HELLO}:v2", f"{HELLO}@{image.digest}", f"{HELLO}@{digest_of(LAYER)}", "samples/other")
    for name in deleted:
        acr.requests.assert_deleted(name, times=1)
    for name in (HELLO, f"{HELLO}:v1", "samples/other:v1"):
        acr.requests.assert_deleted(name, times=0)


def test_login_of_each_call_counts(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The SDK logs in for each call again."""
    acr.push_image(f"{HELLO}:v1")
    for _ in range(3):
        client.get_manifest(HELLO, "v1")

    acr.requests.assert_logins(at_most=3)
    with pytest.raises(AssertionError, match=r"^expected at most 2 logins, found 3 in:\n"):
        acr.requests.assert_logins(at_most=2)


@every_transport
def test_budget_counts_calls_without_a_token_as_requests_alone(
    acr: FakeRegistry, client: ContainerRegistryClient
) -> None:
    def upload_within(**limits: int) -> None:
        with acr.requests.budget(**limits):
            upload(client, LAYER)

    upload_within(requests=12, logins=3, uploads=1, pushes=0, pulls=0, mounts=0, deletions=0)
    with pytest.raises(AssertionError) as raised:
        upload_within(requests=11, logins=2, uploads=0)
    assert first_line(raised) == (
        "more than the budget: requests=12 (at most 11), logins=3 (at most 2), uploads=1 (at most 0) in:"
    )


@every_transport
def test_background_push_is_awaited(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    push = partial(client.set_manifest, HELLO, image_manifest(client), tag="v1")
    worker = threading.Thread(target=push)
    worker.start()

    pushed = acr.requests.wait_for(60, endpoint="manifest.put", status=201)
    worker.join()
    assert (pushed.reference, pushed.repository) == ("v1", HELLO)


@every_transport
def test_task_that_pulls_is_awaited(acr: FakeRegistry, connection: Connection) -> None:
    acr.push_image(f"{HELLO}:v1")

    async def main() -> Exchange:
        pull = asyncio.ensure_future(connection.aio_client().get_manifest(HELLO, "v1"))
        pulled = await acr.requests.wait_for_async(60, endpoint="manifest.get", status=200)
        await pull
        return pulled

    assert asyncio.run(main()).reference == "v1"
    acr.requests.assert_pulled(f"{HELLO}:v1", times=1)
