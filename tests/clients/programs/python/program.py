"""The samples of azure-containerregistry, each with a check of what the registry answers.

It needs the variables that ../run.py sets. Each check runs with the sync client and with the aio client.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.clients.programs.python import access, images, listings
from tests.clients.programs.python.clients import APP, ClientKind

Check = Callable[[Any], Awaitable[None]]

CHECKS: Final[dict[str, Check]] = {
    "upload-image": images.upload_image,
    "download-image": images.download_image,
    "docker-manifest-list": images.docker_manifest_list,
    "unknown-manifest-type": images.unknown_manifest_type,
    "delete-manifest": images.delete_manifest,
    "delete-blobs": images.delete_blobs,
    "list-repositories": listings.list_repositories,
    "list-tags": listings.list_tags,
    "list-manifests": listings.list_manifests,
    "properties": listings.properties,
    "update-properties": listings.update_properties,
    "lock-refuses-delete": listings.lock_refuses_delete,
    "delete-repository": images.delete_repository,
    "blob-9-mib": images.large_blob,
    "blob-empty": images.empty_blob,
    "retry-after-429": access.retry_after_429,
}
CheckOfOthers = Callable[[Any, ClientKind], Awaitable[None]]

# The last one moves the clock of the registry, after which tokens that a credential holds have expired.
CHECKS_OF_OTHERS: Final[dict[str, CheckOfOthers]] = {
    "anonymous-pull": access.anonymous_pull,
    "role-not-enough": access.role_not_enough,
    "expired-token-new-client": access.expired_token,
}


async def main() -> None:
    for prefix, aio in (("", False), ("aio-", True)):
        async with ClientKind(aio=aio) as kind:
            client = await kind.client_of(APP)
            for name, check in CHECKS.items():
                await passed(prefix + name, check(client))
            for name, check_of_others in CHECKS_OF_OTHERS.items():
                await passed(prefix + name, check_of_others(client, kind))

            client = await kind.client_of(APP)
            for repository in [name async for name in client.list_repository_names()]:
                await client.delete_repository(repository)
    print(2 * (len(CHECKS) + len(CHECKS_OF_OTHERS)), "checks passed")


async def passed(name: str, check: Awaitable[None]) -> None:
    try:
        await check
    except BaseException:
        print(f"FAILED {name}", flush=True)
        raise
    print("ok", name, flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
