"""The content of a registry as plain values, read over HTTP, without its times and ids."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from fake_registry import FakeRegistry
from tests.properties.content import BLOBS, DIGESTS, REPOSITORIES, TYPES, digest_by
from tests.properties.observing import get

SUBJECTS: Final[dict[str, str]] = {
    digest_by(manifest): json.loads(manifest)["subject"]["digest"]
    for manifest in TYPES
    if "subject" in json.loads(manifest)
}
"""The subject of each manifest that has one."""


@dataclass
class Contents:
    """The content of a repository, as its clients see it."""

    tags: dict[str, str] = field(default_factory=dict)
    """The digest of each tag."""
    manifests: dict[str, bytes] = field(default_factory=dict)
    tags_of: dict[str, list[str]] = field(default_factory=dict)
    """The tags of each manifest, as its properties have them."""
    referrers: dict[str, list[str]] = field(default_factory=dict)
    """Of each digest of `content`, sorted; the digest itself may be absent."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    counts: tuple[int, int] | None = None
    """The numbers of manifests and tags; None for a repository that is unknown."""
    listed: bool = False
    """Whether the catalogues have the repository."""


RegistryContents = dict[str, Contents]
"""The content of each repository of `content`."""


def contents_of(registry: FakeRegistry) -> RegistryContents:
    """Return the content of every repository. AssertionError if two routes disagree."""
    catalog = document_of(registry, "/v2/_catalog")["repositories"] or []
    assert catalog == (document_of(registry, "/acr/v1/_catalog")["repositories"] or [])
    return {name: _contents_of(registry, name, listed=name in catalog) for name in REPOSITORIES}


def document_of(registry: FakeRegistry, target: str) -> dict[str, Any]:  # Any: JSON
    """Return the JSON of an answer; nothing for a 404."""
    found = get(registry, target)
    assert found.status in (200, 404), found
    document: dict[str, Any] = json.loads(found.body) if found.status == 200 else {}
    return document


def _contents_of(registry: FakeRegistry, name: str, *, listed: bool) -> Contents:
    v2, acr = f"/v2/{name}", f"/acr/v1/{name}"
    tags = document_of(registry, f"{acr}/_tags").get("tags") or []
    manifests = document_of(registry, f"{acr}/_manifests").get("manifests") or []
    properties = document_of(registry, acr)

    contents = Contents(
        tags={tag["name"]: tag["digest"] for tag in tags},
        tags_of={manifest["digest"]: manifest.get("tags", []) for manifest in manifests},
        counts=(properties["manifestCount"], properties["tagCount"]) if properties else None,
        listed=listed,
    )
    for digest in DIGESTS:
        found = get(registry, f"{v2}/manifests/{digest}")
        if found.status == 200:
            contents.manifests[digest] = found.body
        listed_there = document_of(registry, f"{v2}/referrers/{digest}")["manifests"]
        contents.referrers[digest] = sorted(entry["digest"] for entry in listed_there)
    for content in BLOBS:
        found = get(registry, f"{v2}/blobs/{digest_by(content)}")
        if found.status == 200:
            contents.blobs[digest_by(content)] = found.body

    assert contents.manifests.keys() == contents.tags_of.keys()
    _check_tags(registry, name, contents)
    return contents


def _check_tags(registry: FakeRegistry, name: str, contents: Contents) -> None:
    """Check that the routes of tags agree: both lists, and the manifest of each."""
    listed = document_of(registry, f"/v2/{name}/tags/list").get("tags") or []
    assert listed == sorted(contents.tags)
    for tag in ("v1", "v2"):
        found = get(registry, f"/v2/{name}/manifests/{tag}")
        expected = contents.manifests.get(contents.tags.get(tag, ""))
        assert (found.body if found.status == 200 else None) == expected
