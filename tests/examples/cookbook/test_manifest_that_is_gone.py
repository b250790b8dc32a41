from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry, Fault, VanishManifest


def pull_all(client: ContainerRegistryClient, repository: str) -> tuple[list[str], list[str]]:
    """The code under test: it returns the tags that it could pull, and those that lead nowhere."""
    pulled: list[str] = []
    dangling: list[str] = []
    for tag in client.list_tag_properties(repository):
        try:
            client.get_manifest(repository, tag.name)
            pulled.append(tag.name)
        except ResourceNotFoundError:
            dangling.append(tag.name)
    return pulled, dangling


def test_tag_that_leads_nowhere_is_reported(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    for tag in ("1.0", "2.0", "3.0"):
        acr.push_image(f"samples/hello:{tag}", layers=[tag.encode()])
    acr.faults.add(Fault("manifest.get", VanishManifest(), reference="2.0"))

    assert pull_all(acr_client, "samples/hello") == (["1.0", "3.0"], ["2.0"])
    acr.requests.assert_not_pulled("samples/hello:2.0")
