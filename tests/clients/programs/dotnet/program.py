"""The samples of Azure.Containers.ContainerRegistry and Azure.Identity for .NET, replayed; and two other clients.

.NET and its packages cannot be installed where these tests run, so a client of the standard library alone sends the
requests that the real ones were seen to send, and reads of the answers what they read. client.py, login.py,
pipeline.py and basic.py name the sources. It needs the variables that ../run.py sets.
"""

import sys
import traceback
from collections.abc import Callable
from typing import Final

from tests.clients.programs.dotnet import access, blobs, images, listings, oras, properties, publish
from tests.clients.programs.dotnet.client import DotnetClient
from tests.clients.programs.dotnet.control import REGISTRY, credential_of

CHECKS: Final[dict[str, Callable[[DotnetClient], None]]] = {
    "upload-image": images.upload_image,
    "download-image": images.download_image,
    "docker-manifest-list": images.docker_manifest_list,
    "unknown-manifest-type": images.unknown_manifest_type,
    "delete-manifest": images.delete_manifest,
    "delete-blobs": images.delete_blobs,
    "list-repositories": listings.list_repositories,
    "list-tags": listings.list_tags,
    "tags-of-other-manifests": listings.tags_of_other_manifests,
    "list-manifests": listings.list_manifests,
    "properties": properties.properties,
    "update-properties": properties.update_properties,
    "lock-refuses-delete": properties.lock_refuses_delete,
    "delete-repository": images.delete_repository,
    "blob-9-mib": blobs.large_blob,
    "blob-empty": blobs.empty_blob,
    "requests-of-an-upload": blobs.upload_requests,
    "requests-of-a-login": access.login_of_each_client,
    "error-codes": access.error_codes,
    "anonymous-pull": access.anonymous_pull,
    "anonymous-refused": access.anonymous_refused,
    "role-not-enough": access.role_not_enough,
    "wrong-secret": access.wrong_secret,
    "oras-artifact": oras.oras_artifact,
    "publish-container": publish.publish_container,
    "publish-in-chunks": publish.publish_in_chunks,
    "publish-refused": publish.publish_refused,
    "retry-after-429": access.retry_after_429,
    "expired-token": access.expired_token,
}
"""The last one moves the clock of the registry, after which tokens that a credential holds have expired."""


def main() -> int:
    client = DotnetClient(REGISTRY, credential_of("AZURE"))
    for name, check in CHECKS.items():
        try:
            check(client)
        except Exception:  # noqa: BLE001 - any exception is a failed check
            traceback.print_exc(file=sys.stdout)
            print(f"FAILED {name}")
            return 1
        print(f"ok {name}", flush=True)

    print(f"{len(CHECKS)} checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
