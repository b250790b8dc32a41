"""Lists of more than one page, and the properties of what is listed."""

from collections.abc import AsyncIterator
from typing import Any

from azure.containerregistry import ArtifactManifestOrder, ArtifactTagOrder
from azure.core.exceptions import HttpResponseError

from tests.clients.programs.python.clients import control
from tests.clients.programs.python.expectations import expect, expect_refusal
from tests.clients.programs.python.images import push_image

TAGS = ["1.0", "1.1", "2.0"]


async def list_repositories(client: Any) -> None:
    for number in range(3):
        await push_image(client, f"samples/page{number}", "1.0", b"a layer")
    names = await items_of(client.list_repository_names(results_per_page=2))
    expect("names", names, sorted(names))
    expect("new repositories", [name for name in names if "/page" in name], [f"samples/page{n}" for n in range(3)])


async def list_tags(client: Any) -> None:
    for tag in TAGS:
        await push_image(client, "samples/tags", tag, f"layer of {tag}".encode())
    for order, expected in (
        (ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING, TAGS),
        (ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING, TAGS[::-1]),
    ):
        listed = client.list_tag_properties("samples/tags", order_by=order, results_per_page=2)
        expect(f"tags, {order}", [tag.name for tag in await items_of(listed)], expected)


async def list_manifests(client: Any) -> None:
    order = ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING
    listed = client.list_manifest_properties("samples/tags", order_by=order, results_per_page=2)
    tags = [manifest.tags for manifest in await items_of(listed)]
    expect("tags of the manifests", tags, [[tag] for tag in TAGS])


async def items_of(listed: AsyncIterator[Any]) -> list[Any]:
    """Return the items of all pages, of which there must be more than one."""
    control("DELETE", "requests")
    items = [item async for item in listed]
    pages = control("GET", "requests/count?status=200&method=GET&path=/acr/v1/*")["count"]
    expect("more than one page", pages > 1, True)
    return items


async def properties(client: Any) -> None:
    repository = await client.get_repository_properties("samples/hello")
    tag = await client.get_tag_properties("samples/hello", "1.0")
    manifest = await client.get_manifest_properties("samples/hello", "1.0")
    expect("repository", (repository.name, repository.manifest_count), ("samples/hello", 1))
    expect("tag", (tag.name, tag.digest), ("1.0", manifest.digest))
    expect("manifest", (manifest.tags, manifest.repository_name), (["1.0"], "samples/hello"))
    expect("order of times", repository.created_on <= manifest.created_on <= tag.last_updated_on, True)


async def update_properties(client: Any) -> None:
    attributes = ("can_delete", "can_list", "can_read", "can_write")
    for item, update in (
        (("samples/hello",), client.update_repository_properties),
        (("samples/hello", "1.0"), client.update_manifest_properties),
        (("samples/hello", "1.0"), client.update_tag_properties),
    ):
        for value in (False, True):
            changed = await update(*item, **dict.fromkeys(attributes, value))
            expect(f"attributes of {item}", [getattr(changed, name) for name in attributes], [value] * 4)


async def lock_refuses_delete(client: Any) -> None:
    digest = await push_image(client, "samples/locked", "1.0", b"a layer")
    for update, delete, reference in (
        (client.update_tag_properties, client.delete_tag, "1.0"),
        (client.update_manifest_properties, client.delete_manifest, digest),
    ):
        await update("samples/locked", reference, can_delete=False)
        await expect_refusal(delete("samples/locked", reference), HttpResponseError, 405)
        await update("samples/locked", reference, can_delete=True)
        await delete("samples/locked", reference)
