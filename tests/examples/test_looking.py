from collections.abc import Callable
from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry, ManualClock, RegistryError
from pytest_acr import ContainerRegistryContentClient


@pytest.mark.acr_image("dev/web:1.0", "dev/web:2.0", "dev/api:1.0")
def test_names(acr: FakeRegistry) -> None:
    assert acr.repositories() == ("dev/api", "dev/web")
    assert acr.tags("dev/web") == ("1.0", "2.0")
    assert "dev/web:1.0" in acr
    assert "dev/web:3.0" not in acr

    with pytest.raises(RegistryError, match="the registry has the repositories dev/web, dev/api"):
        acr.tags("dev/wep")


def test_image_and_its_blobs(acr: FakeRegistry) -> None:
    pushed = acr.push_image("dev/web:1.0", layers=[b"layer"], annotations={"team": "web"})

    image = acr.image("dev/web:1.0")
    assert image == pushed
    assert image.annotations == {"team": "web"}
    assert acr.blob("dev/web", image.layers[0].digest) == b"layer"


def test_untagged_image_is_removed(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    old = acr.push_image("dev/web:latest", layers=[b"old"])
    new = acr.push_image("dev/web:latest", layers=[b"new"])
    assert set(acr.digests("dev/web")) == {old.digest, new.digest}

    acr_client.delete_manifest("dev/web", old.digest)
    assert acr.digests("dev/web") == (new.digest,)


def test_promotion_adds_a_tag_alone(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.push_image("dev/web:1.0")
    before = acr.snapshot()

    client = acr_content_client("dev/web")
    found = client.get_manifest("1.0")
    client.set_manifest(found.content, tag="stable", media_type=found.media_type)

    assert str(acr.diff(before)) == "+ tag dev/web:stable"
    assert acr.image("dev/web:stable").digest == found.digest


def test_refused_push_changes_nothing(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("dev/web:1.0")
    before = acr.snapshot()

    with pytest.raises(HttpResponseError):  # the blobs are in the other repository
        acr_client.set_manifest("dev/api", BytesIO(image.content))
    assert not acr.diff(before)


def test_times(acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_clock: ManualClock) -> None:
    acr.push_image("dev/web:1.0")
    acr_clock.advance(3_600)

    age = acr_clock.now_utc() - acr_client.get_tag_properties("dev/web", "1.0").created_on
    assert 3_600 <= age.total_seconds() < 3_601
    assert acr.requests[-1].when < acr_clock.now_utc()
