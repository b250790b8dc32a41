"""An application without any code for tests: it removes old tags from a registry."""

from urllib.parse import urlsplit

import requests
from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AioDefaultAzureCredential

REGISTRY = "https://myregistry.azurecr.io"


def keep_newest(repository: str, keep: int) -> list[str]:
    """Delete all tags but the newest ones. Return the deleted ones."""
    with DefaultAzureCredential() as credential, ContainerRegistryClient(REGISTRY, credential) as client:
        tags = list(client.list_tag_properties(repository, order_by=ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING))
        for tag in tags[keep:]:
            client.delete_tag(repository, tag.name)
    return [tag.name for tag in tags[keep:]]


async def lock(repository: str, tag: str) -> None:
    """Protect a tag from being overwritten or deleted."""
    async with AioDefaultAzureCredential() as credential, AioContainerRegistryClient(REGISTRY, credential) as client:
        await client.update_tag_properties(repository, tag, can_delete=False, can_write=False)


def media_type_of(repository: str, tag: str) -> str:
    """Return the media type of a manifest, with requests and our own token exchange."""
    service = urlsplit(REGISTRY).hostname
    with DefaultAzureCredential() as credential:
        entra = credential.get_token("https://containerregistry.azure.net/.default").token
    form = {"grant_type": "access_token", "service": service, "access_token": entra}
    refresh = requests.post(f"{REGISTRY}/oauth2/exchange", data=form, timeout=10)
    refresh.raise_for_status()
    scope = f"repository:{repository}:pull"
    form = {"grant_type": "refresh_token", "service": service, "scope": scope, **refresh.json()}
    access = requests.post(f"{REGISTRY}/oauth2/token", data=form, timeout=10)
    access.raise_for_status()
    headers = {
        "Authorization": f"Bearer {access.json()['access_token']}",
        "Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json",
    }
    manifest = requests.get(f"{REGISTRY}/v2/{repository}/manifests/{tag}", headers=headers, timeout=10)
    manifest.raise_for_status()
    return manifest.headers["Content-Type"]
