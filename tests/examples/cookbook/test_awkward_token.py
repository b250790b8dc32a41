from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import AwkwardToken, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient


def repositories(client: ContainerRegistryClient) -> list[str]:
    """The code under test: the client fails to look into its token, and uses it the next time."""
    try:
        return list(client.list_repository_names())
    except ValueError:  # of base64 or of UTF-8, from the inside of the client
        return list(client.list_repository_names())


def test_second_call_succeeds(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("oauth.exchange", AwkwardToken()))

    assert repositories(acr_client) == ["samples/hello"]
    acr.requests.assert_count(1, endpoint="oauth.token", status=200)
    acr.requests.assert_count(3, endpoint="acr.catalog")  # 401 and the error, 401 and the list


def test_content_client_does_not_look_into_tokens(
    acr: FakeRegistry,
    acr_client: ContainerRegistryClient,
    acr_content_client: Callable[[str], ContainerRegistryContentClient],
) -> None:
    image = acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("oauth.exchange", AwkwardToken()))

    with pytest.raises(ValueError):  # noqa: PT011  its text depends on the token
        list(acr_client.list_repository_names())
    assert acr_content_client("samples/hello").get_manifest("1.0").digest == image.digest
