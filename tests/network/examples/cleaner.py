"""Deletes all tags of a repository but the newest ones: python cleaner.py REPOSITORY COUNT"""

import os
import sys

from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient
from azure.identity import DefaultAzureCredential

ENDPOINT = os.environ.get("REGISTRY_ENDPOINT", "https://myregistry.azurecr.io")


def clean(repository: str, count: int) -> list[str]:
    """Keep the `count` newest tags. Return the names of the deleted ones."""
    with (
        DefaultAzureCredential() as credential,
        ContainerRegistryClient(ENDPOINT, credential) as client,
    ):
        tags = client.list_tag_properties(repository, order_by=ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING)
        old = [tag.name for tag in tags][count:]
        for name in old:
            client.delete_tag(repository, name)
    return old


if __name__ == "__main__":
    print(*clean(sys.argv[1], int(sys.argv[2])))
