"""Properties of repositories, manifests and tags, and their four attributes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tests.clients.programs.dotnet.client import OCI_MANIFEST, DotnetClient, JsonDocument, digest_of
from tests.clients.programs.dotnet.content import OCI_CONFIG, expect, expect_failure, push_image

REPOSITORY: Final = "/acr/v1/{}"
MANIFEST: Final = "/acr/v1/{}/_manifests/{}"
TAG: Final = "/acr/v1/{}/_tags/{}"
ALL: Final = {"deleteEnabled": True, "writeEnabled": True, "listEnabled": True, "readEnabled": True}
NONE: Final = dict.fromkeys(ALL, False)
"""In the order in which the client writes them: CanSetManifestProperties_Anonymous.json @0efe5a88."""


def properties(client: DotnetClient) -> None:
    name = "samples/properties"
    data = push_image(client, name, "1.0", "a layer")
    check_repository(client.get(REPOSITORY, name), name)
    check_manifest(client.get(MANIFEST, name, client.digest_of_tag(name, "1.0")), name, data)
    check_tag(client.get(TAG, name, "1.0"), name, data)


def check_repository(found: JsonDocument, name: str) -> None:
    """The members that ContainerRepositoryProperties reads."""
    check_origin(found, name)
    check_times(found)
    expect("number of manifests and tags", (found["manifestCount"], found["tagCount"]), (1, 1))
    expect("attributes", found["changeableAttributes"], ALL)


def check_manifest(document: JsonDocument, name: str, data: bytes) -> None:
    """The members that ArtifactManifestProperties reads, @0476ee41."""
    image = json.loads(data)
    found = document["manifest"]
    check_origin(document, name)
    check_times(found)
    expect("digest of the manifest", found["digest"], digest_of(data))
    expect("size of the image", found["imageSize"], len(data) + image["config"]["size"] + image["layers"][0]["size"])
    expect("types", (found["mediaType"], found["configMediaType"]), (OCI_MANIFEST, OCI_CONFIG))
    expect("platform", (found["architecture"], found["os"]), ("amd64", "linux"))
    expect("tags of the manifest", found["tags"], ["1.0"])
    expect("attributes", found["changeableAttributes"], ALL)


def check_tag(document: JsonDocument, name: str, data: bytes) -> None:
    """The members that ArtifactTagProperties reads, @089bbc0d."""
    found = document["tag"]
    check_origin(document, name)
    check_times(found)
    expect("tag", (found["name"], found["digest"]), ("1.0", digest_of(data)))
    expect("attributes", found["changeableAttributes"], ALL)


def check_origin(found: JsonDocument, name: str) -> None:
    assert found["registry"], found
    expect("repository", found["imageName"], name)


def check_times(found: Mapping[str, Any]) -> None:
    """Both are read by DateTimeOffset, format O: UTC, with at most seven digits of a second."""
    created, updated = found["createdTime"], found["lastUpdateTime"]
    for text in (created, updated):
        assert text.endswith("Z"), text
        assert len(text.partition(".")[2]) <= len("1234567Z"), text
    assert datetime.fromisoformat(updated) >= datetime.fromisoformat(created), found


def update_properties(client: DotnetClient) -> None:
    name = "samples/updates"
    digest = digest_of(push_image(client, name, "1.0", "a layer"))
    for attributes in (NONE, ALL):
        manifest = client.update(MANIFEST, name, digest, attributes=attributes)["manifest"]
        tag = client.update(TAG, name, "1.0", attributes=attributes)["tag"]
        repository = client.update(REPOSITORY, name, attributes=attributes)
        answered = (manifest, tag, repository)
        read = (
            client.get(MANIFEST, name, digest)["manifest"],
            client.get(TAG, name, "1.0")["tag"],
            client.get(REPOSITORY, name),
        )
        for found in (*answered, *read):
            expect("attributes", found["changeableAttributes"], attributes)


def lock_refuses_delete(client: DotnetClient) -> None:
    name = "samples/locks"
    digest = digest_of(push_image(client, name, "1.0", "a layer"))
    lock(client, name, digest, delete_enabled=False)
    refused = "REGISTRY_DISALLOWED_OPERATION"
    expect_failure(lambda: client.delete(TAG, name, "1.0"), 405, refused)
    expect_failure(lambda: client.delete_manifest(name, digest), 405, refused)

    lock(client, name, digest, delete_enabled=True)
    answer = client.delete(TAG, name, "1.0")
    expect("status of the tag's DELETE", answer.status, 202)
    # CanDeleteTag.json @0670706e.
    expect("manifest that the tag had", answer.header("X-Ms-Int-Docker-Content-Digest"), digest)
    expect("status of the second DELETE", client.delete(TAG, name, "1.0").status, 404)
    expect_failure(lambda: client.get(TAG, name, "1.0"), 404, "TAG_UNKNOWN")
    expect("status of the manifest's DELETE", client.delete_manifest(name, digest), 202)


def lock(client: DotnetClient, name: str, digest: str, *, delete_enabled: bool) -> None:
    """Say of the tag 1.0 and of its manifest whether they may be deleted."""
    client.update(TAG, name, "1.0", attributes={"deleteEnabled": delete_enabled})
    client.update(MANIFEST, name, digest, attributes={"deleteEnabled": delete_enabled})
