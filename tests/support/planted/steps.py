"""Steps of witnesses: requests that several of them send, and the parts of answers that they compare."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from fake_registry.wire.paging import parse_link
from tests.support.http import HttpAnswer, put_manifest, send

A: Final = "samples/a"
B: Final = "samples/b"
"""Repositories."""

ACR: Final = "/acr/v1/samples%2Fa"
"""The path of A in ACR's API."""


def status_of(
    registry: FakeRegistry,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Send a request and return the status of its answer."""
    return send(registry, method, target, body, headers).status


def json_of(registry: FakeRegistry, target: str) -> Any:  # Any: JSON
    """Return the document at `target`."""
    return send(registry, "GET", target).json


def blob_target(content: bytes, repository: str = A, *, algorithm: str = "sha256") -> str:
    """Return the path of a blob."""
    return f"/v2/{repository}/blobs/{digest_of(content, algorithm)}"


def has_blob(registry: FakeRegistry, content: bytes, repository: str = A) -> bool:
    """Return whether a repository has a blob."""
    return status_of(registry, "HEAD", blob_target(content, repository)) == 200


def manifest_target(reference: str | bytes, repository: str = A) -> str:
    """Return the path of a manifest, by its tag or by its content."""
    name = reference if isinstance(reference, str) else digest_of(reference)
    return f"/v2/{repository}/manifests/{name}"


def read_tag(registry: FakeRegistry, tag: str, repository: str = A) -> str | int:
    """Return the digest that a tag points at, or the status of the refusal."""
    found = send(registry, "GET", manifest_target(tag, repository), headers=ACCEPT_ALL)
    return found.header("Docker-Content-Digest") if found.status == 200 else found.status


ACCEPT_ALL: Final = {"Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"}
"""The header of a client that knows images and indexes."""


def tags_in(registry: FakeRegistry, repository: str = A) -> list[str]:
    """Return the listed tags; none where the repository is unknown."""
    found = send(registry, "GET", f"/v2/{repository}/tags/list")
    tags: list[str] = (found.json["tags"] or []) if found.status == 200 else []
    return tags


def pages_of(registry: FakeRegistry, target: str, key: str) -> list[list[str]]:
    """Return the pages of a list, from one Link to the next: the names or digests of their items.

    Ends after ten pages: a wrong Link may lead in a circle.
    """
    pages: list[list[str]] = []
    following: str | None = target
    while following is not None and len(pages) < 10:
        found = send(registry, "GET", following)
        pages.append([_name_of(item) for item in found.json[key] or []])
        following = next_target(found)
    return pages


def next_target(found: HttpAnswer) -> str | None:
    """Return the target of an answer's Link; None without one."""
    links = [value for name, value in found.headers if name == "Link"]
    return parse_link(links[0]) if links else None


def _name_of(item: Any) -> str:  # Any: JSON
    if isinstance(item, str):
        return item
    name: str = item.get("name") or item["digest"]
    return name


def artifact(number: int, *, subject: bytes | None = None, kind: str | None = None, **members: object) -> bytes:
    """Return an index without children, which refers to `subject`. Its number makes it unique."""
    document = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [],
        "annotations": {"number": str(number)},
        **({} if kind is None else {"artifactType": kind}),
        **({} if subject is None else {"subject": _descriptor_of(subject)}),
        **members,
    }
    return json.dumps(document).encode()


INDEX: Final = "application/vnd.oci.image.index.v1+json"


def _descriptor_of(content: bytes) -> dict[str, object]:
    return {"mediaType": INDEX, "digest": digest_of(content), "size": len(content)}


def put_index(registry: FakeRegistry, content: bytes, *tags: str, repository: str = A) -> str:
    """Push an index under each tag, or by its digest; return its digest."""
    digest = digest_of(content)
    for reference in tags or (digest,):
        assert put_manifest(registry, repository, reference, content, INDEX).status == 201
    return digest


def referrers_of(registry: FakeRegistry, subject: bytes, query: str = "") -> list[str]:
    """Return the digests of the listed referrers."""
    found = json_of(registry, f"/v2/{A}/referrers/{digest_of(subject)}{query}")
    return [item["digest"] for item in found["manifests"]]


def lock(registry: FakeRegistry, target: str = ACR, **attributes: bool) -> int:
    """Set attributes of a repository, a tag or a manifest; return the status."""
    changes = {f"{name}Enabled": value for name, value in attributes.items()}
    return status_of(registry, "PATCH", target, json.dumps(changes).encode())
