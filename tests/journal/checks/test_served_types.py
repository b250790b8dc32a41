"""The rule about Accept and the type of a served manifest."""

import pytest

from fake_registry import BlindToAccept, Fault
from fake_registry.journal.checks.served_types import ACCEPT_WITHOUT_SERVED_TYPE
from fake_registry.spec.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from tests.support.http import send
from tests.support.small_clients import REPOSITORY, SmallClient, client_of

EACH_TYPE = ", ".join([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST])


@pytest.fixture
def url(client: SmallClient) -> str:
    """The path of a Docker manifest, by digest: ACR serves it to each client."""
    image = client.registry.push_image(f"{REPOSITORY}:1.0", media_type=DOCKER_MANIFEST)
    return f"/v2/{REPOSITORY}/manifests/{image.digest}"


@pytest.mark.parametrize("accept", ["*/*", OCI_MANIFEST, "application/*;q=0.5"])
def test_type_that_is_not_listed(client: SmallClient, url: str, accept: str) -> None:
    assert client.send("GET", url, headers={"Accept": accept}).status_code == 200

    text = f"{DOCKER_MANIFEST} was served to Accept: {accept}"
    assert client.mistakes(ACCEPT_WITHOUT_SERVED_TYPE) == [(text, [0])]


def test_request_without_accept(client: SmallClient, url: str) -> None:
    assert send(client.registry, "GET", url).status == 200
    assert client.mistakes(ACCEPT_WITHOUT_SERVED_TYPE) == [(f"{DOCKER_MANIFEST} was served to no Accept", [0])]


@pytest.mark.parametrize("accept", [EACH_TYPE, f"*/*, {DOCKER_MANIFEST.upper()};q=0.1"])
def test_type_that_is_listed(client: SmallClient, url: str, accept: str) -> None:
    assert client.send("GET", url, headers={"Accept": accept}).status_code == 200
    assert client.mistakes(ACCEPT_WITHOUT_SERVED_TYPE) == []


def test_manifest_that_is_not_served(client: SmallClient, url: str) -> None:
    tag = f"/v2/{REPOSITORY}/manifests/1.0"
    statuses = [client.send(method, path).status_code for method, path in [("HEAD", url), ("GET", tag)]]

    assert statuses == [200, 404]
    assert client.mistakes(ACCEPT_WITHOUT_SERVED_TYPE) == []


def test_type_that_a_fault_has_chosen() -> None:
    with client_of() as client:
        client.registry.push_image(f"{REPOSITORY}:1.0")
        client.registry.faults.add(Fault("manifest.get", BlindToAccept()))
        headers = {"Accept": DOCKER_MANIFEST}
        assert client.send("GET", f"/v2/{REPOSITORY}/manifests/1.0", headers=headers).status_code == 200

        assert client.mistakes(ACCEPT_WITHOUT_SERVED_TYPE) == []
