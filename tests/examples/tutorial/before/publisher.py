from typing import BinaryIO

from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

ATTEMPTS = 3


def publish(client: ContainerRegistryClient, repository: str, source: BinaryIO) -> str:
    """Upload the content of `source`, and return its digest."""
    for _ in range(ATTEMPTS - 1):
        try:
            return upload(client, repository, source)
        except (ServiceRequestError, ServiceResponseError):
            continue  # the connection broke: try again
    return upload(client, repository, source)


def upload(client: ContainerRegistryClient, repository: str, source: BinaryIO) -> str:
    digest, _ = client.upload_blob(repository, source)
    return digest
