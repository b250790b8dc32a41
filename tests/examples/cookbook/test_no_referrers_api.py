from collections.abc import Callable

import pytest
import requests

from fake_registry import FakeRegistry, Fault, ImageRef, NoReferrersApi
from pytest_acr import ContainerRegistryContentClient, ManifestMediaType

INDEX = ManifestMediaType.OCI_IMAGE_INDEX


def referrers(session: requests.Session, repository_url: str, digest: str) -> list[str]:
    """The code under test: without the API the list is an index, whose tag is made of the digest."""
    answer = session.get(f"{repository_url}/referrers/{digest}", headers={"Accept": INDEX})
    if answer.status_code == 404:
        tag = digest.replace(":", "-")
        answer = session.get(f"{repository_url}/manifests/{tag}", headers={"Accept": INDEX})
    if answer.status_code == 404:
        return []
    answer.raise_for_status()
    return [manifest["digest"] for manifest in answer.json()["manifests"]]


def index_of(artifact: ImageRef) -> dict[str, object]:
    descriptor = {
        "mediaType": ManifestMediaType.OCI_IMAGE_MANIFEST,
        "digest": artifact.digest,
        "size": len(artifact.content),
    }
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]}


@pytest.mark.acr(auth="off")
def test_signature_is_found_by_its_tag(
    acr: FakeRegistry,
    acr_endpoint: str,
    acr_session: requests.Session,
    acr_content_client: Callable[[str], ContainerRegistryContentClient],
) -> None:
    image = acr.push_image("samples/hello:1.0")
    signature = acr.push_artifact("samples/hello", artifact_type="application/x.signature", subject=image)
    tag = image.digest.replace(":", "-")
    acr_content_client("samples/hello").set_manifest(index_of(signature), tag=tag)
    acr.faults.add(Fault("referrers.list", NoReferrersApi()))

    url = f"{acr_endpoint}/v2/samples/hello"
    assert referrers(acr_session, url, image.digest) == [signature.digest]
    acr.requests.assert_pulled(f"samples/hello:{tag}", times=1)


@pytest.mark.acr(auth="off")
def test_image_without_a_list_has_no_signatures(
    acr: FakeRegistry, acr_endpoint: str, acr_session: requests.Session
) -> None:
    image = acr.push_image("samples/hello:1.0")
    missing = acr.faults.add(Fault("referrers.list", NoReferrersApi()))

    assert referrers(acr_session, f"{acr_endpoint}/v2/samples/hello", image.digest) == []
    assert missing.hits == 1
