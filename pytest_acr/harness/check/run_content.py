"""`RunContent`: the content that a run has pushed, as far as the registry acknowledged it."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote

from pytest_acr.harness.locations import upload_path_of
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of

_RESOURCE: Final = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<reference>[^/]+)")
_UPLOAD: Final = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<id>[^/]*)")
_ATTRIBUTES: Final = re.compile(r"/acr/v1/(?P<name>.+?)(?:/_(?:tags|manifests)/[^/]+)?")


@dataclass
class PushedRepository:
    """What a repository holds of a run: digests and tags, in the order of their first push."""

    manifests: dict[str, None] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    blobs: dict[str, None] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)
    """The last path with query of unfinished uploads, by their path."""
    locks: dict[str, None] = field(default_factory=dict)
    """Paths of ACR whose attributes were changed."""

    def count(self) -> int:
        """Return how many manifests, tags, blobs and uploads there are."""
        return len(self.manifests) + len(self.tags) + len(self.blobs) + len(self.uploads)


class RunContent:
    """Follows requests and responses. Repositories outside the prefix are not followed."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}/"
        self.repositories: dict[str, PushedRepository] = {}
        """By name, in the order of their first push."""

    def note(self, request: RawRequest, response: RawResponse) -> None:
        """Follow a change that a registry has acknowledged."""
        if request.method in ("GET", "HEAD") or response.status // 100 != 2:
            return

        path, _, query = request.path.partition("?")
        if match := _UPLOAD.fullmatch(path):
            self._note_upload(match["name"], request, response, query)
        elif match := _RESOURCE.fullmatch(path):
            reference = unquote(match["reference"])
            self._note_resource(match["name"], match["kind"], reference, request, query)
        elif match := _ATTRIBUTES.fullmatch(path):
            name = unquote(match["name"])  # the SDKs write its slashes as %2F
            self._note_attributes(name, request.method, path)

    def _of(self, name: str) -> PushedRepository:
        if not name.startswith(self._prefix):
            return PushedRepository()

        return self.repositories.setdefault(name, PushedRepository())

    def _note_upload(
        self,
        name: str,
        request: RawRequest,
        response: RawResponse,
        query: str,
    ) -> None:
        """Follow an upload to its end, which is a blob or a cancellation."""
        held = self._of(name)
        path = request.path.partition("?")[0]

        if response.status == 201:
            values = parse_qs(query)
            held.blobs.update(dict.fromkeys([*values.get("digest", ()), *values.get("mount", ())]))
            held.uploads.pop(path, None)
        elif request.method == "DELETE":
            held.uploads.pop(path, None)
        elif location := upload_path_of(response.header("location"), name):
            held.uploads.pop(path, None)
            held.uploads[location.partition("?")[0]] = location

    def _note_resource(
        self,
        name: str,
        kind: str,
        reference: str,
        request: RawRequest,
        query: str,
    ) -> None:
        held = self._of(name)

        if request.method == "DELETE":
            where = held.blobs if kind == "blobs" else _holder_of(held, reference)
            where.pop(reference, None)
        elif request.method == "PUT" and kind == "manifests":
            is_digest = ":" in reference
            held.manifests[reference if is_digest else digest_of(request.body)] = None
            tags = parse_qs(query).get("tag", [])
            held.tags.update(dict.fromkeys(tags if is_digest else [reference]))

    def _note_attributes(self, name: str, method: str, path: str) -> None:
        if method == "PATCH":
            self._of(name).locks[path] = None
        elif method == "DELETE" and unquote(path) == f"/acr/v1/{name}":
            self.repositories.pop(name, None)


def _holder_of(held: PushedRepository, reference: str) -> dict[str, None]:
    return held.manifests if ":" in reference else held.tags
