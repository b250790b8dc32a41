"""Permissions, throttling, and tokens that expire."""

from typing import Any, Final

from azure.core.exceptions import ClientAuthenticationError

from tests.clients.programs.python.clients import APP, OPEN_REGISTRY, READER, ClientKind, content_of, control
from tests.clients.programs.python.expectations import expect, expect_refusal
from tests.clients.programs.python.images import push_image

ACCESS_TOKEN_MINUTES: Final = 75


async def anonymous_pull(_: Any, kind: ClientKind) -> None:
    image = control("POST", "images", {"name": "samples/open:1.0"}, registry=OPEN_REGISTRY)
    anonymous = await kind.anonymous_client()
    pulled = await anonymous.get_manifest("samples/open", "1.0")
    expect("digest", pulled.digest, image["digest"])
    for layer in image["layers"]:
        content = await content_of(anonymous.download_blob("samples/open", layer["digest"]))
        expect("size of a layer", len(content), layer["size"])
    await expect_refusal(push_image(anonymous, "samples/open", "2.0", b"a layer"), ClientAuthenticationError, 401)


async def role_not_enough(client: Any, kind: ClientKind) -> None:
    digest = await push_image(client, "samples/roles", "1.0", b"a layer")
    reader = await kind.client_of(READER)
    expect("digest", (await reader.get_manifest("samples/roles", "1.0")).digest, digest)
    await expect_refusal(push_image(reader, "samples/roles", "2.0", b"a layer"), ClientAuthenticationError, 401)
    await expect_refusal(reader.delete_manifest("samples/roles", digest), ClientAuthenticationError, 401)


async def retry_after_429(client: Any) -> None:
    effect = {"name": "refuse", "status": 429, "retry_after": 1}
    fault = control("POST", "faults", {"endpoint": "acr.repository.get", "times": 1, "effect": effect})
    await client.get_repository_properties("samples/hello")
    struck = control("GET", f"faults/{fault['id']}")
    expect("struck and idle", (struck["hits"], struck["idle_hits"]), (1, 0))


async def expired_token(client: Any, kind: ClientKind) -> None:
    """The credential compares the expiry of Entra's token with the clock of the machine, which has not moved: it
    returns the old token, and the registry refuses it. A new client logs in."""
    await client.get_repository_properties("samples/hello")
    control("POST", "clock", {"advance_seconds": 60 * (ACCESS_TOKEN_MINUTES + 5)})

    await expect_refusal(client.get_repository_properties("samples/hello"), ClientAuthenticationError, 401)
    other = await kind.client_of(APP)
    expect("name", (await other.get_repository_properties("samples/hello")).name, "samples/hello")
