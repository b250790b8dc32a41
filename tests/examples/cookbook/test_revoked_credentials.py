from collections.abc import Callable

from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError

from fake_registry import FakeRegistry, Fault, Refuse, Revoke
from pytest_acr import ContainerRegistryContentClient


def poll(client: ContainerRegistryClient) -> list[str] | None:
    """The code under test: it does not go on trying with credentials that are refused."""
    try:
        return list(client.list_repository_names())
    except ClientAuthenticationError:
        return None  # production code would alert here


def test_long_lived_client_logs_in_again(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.push_image("samples/hello:1.0")
    client = acr_content_client("samples/hello")
    client.get_manifest("1.0")

    acr.faults.add(Fault("manifest.get", Revoke(), times=1))
    client.get_manifest("1.0")

    acr.requests.assert_count(2, endpoint="oauth.exchange", status=200)


def test_refused_credentials_are_tried_once(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("oauth.exchange", Refuse(401, code="UNAUTHORIZED")))

    assert poll(acr_client) is None
    acr.requests.assert_count(1, endpoint="oauth.exchange")
