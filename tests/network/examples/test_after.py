"""With the fixture: the tests check the state of the registry, and its refusals."""

import asyncio

import image_keeper
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from fake_registry import FakeRegistry
from pytest_acr import AcrNetwork

pytestmark = pytest.mark.acr(name="myregistry")


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0", "samples/hello:3.0")
def test_keep_newest(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    assert image_keeper.keep_newest("samples/hello", 2) == ["1.0"]
    assert [tag.reference for tag in acr.requests.where(endpoint="acr.tag.delete", status=202)] == ["1.0"]


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_locked_tag_is_kept(acr_network: AcrNetwork) -> None:
    asyncio.run(image_keeper.lock("samples/hello", "1.0"))
    with pytest.raises(HttpResponseError, match="disallowed"):
        image_keeper.keep_newest("samples/hello", 1)


def test_media_type_of(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    acr.push_index("samples/hello:multi", platforms=["linux/amd64"])
    assert image_keeper.media_type_of("samples/hello", "multi") == "application/vnd.oci.image.index.v1+json"


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_reader_may_not_delete(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    acr.grant(acr_network.principal.object_id, "AcrPull")
    with pytest.raises(ClientAuthenticationError):
        image_keeper.keep_newest("samples/hello", 1)
