from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient


def newest_tag(client: ContainerRegistryClient, repository: str) -> str:
    """Return the name of the tag that was pushed last."""
    tags = client.list_tag_properties(repository, order_by=ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING)
    return next(iter(tags)).name
