"""Prepares a fresh repository for a concurrent check: content for manifests, uploads, probes."""

from collections.abc import Mapping
from typing import Final

from pytest_acr.harness.concurrency.blobs import with_digest
from pytest_acr.harness.concurrency.content import (
    CONFIG,
    LAYER,
    MANIFEST_TYPE,
    OCTETS,
    attributes_in,
    blob_content,
    manifest_content,
    path_of_location,
    received_bytes,
    tags_in,
)
from pytest_acr.harness.concurrency.plan import BLOBS
from pytest_acr.harness.concurrency.repository import (
    OfferedOperations,
    OfferedUploads,
    PreparedRepository,
    SharedUpload,
)
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.model import digest_of

MAX_REPOSITORIES: Final = 100
"""How many names are tried until a repository without tags is found."""

_LOGIN: Final = ": for a login, pass a function that returns UrlTarget(url, credentials=Credentials(...))"

_KEPT: Final = "kept"
"""A tag that no thread changes, so that the repository never becomes empty."""
_PROBE: Final = "probe"
_PROBE_BLOB: Final = b"probe"

SETUP_BLOBS: Final = (CONFIG, LAYER, _PROBE_BLOB)
SETUP_MANIFESTS: Final = tuple(digest_of(manifest_content(tag, 0)) for tag in (_KEPT, _PROBE))
"""Digests of the manifests that are pushed before the threads start."""

_MANIFEST: Final = ("Content-Type", MANIFEST_TYPE)


class SetupRefused(Exception):
    """The registry refuses a request without which a check cannot run. The message names it."""


def find_fresh_repository(target: RegistryTarget, prefix: str) -> str:
    """Return the first of PREFIX-0, PREFIX-1, ... that has no tags. SetupRefused, TargetFailed."""
    for name in (f"{prefix}-{number}" for number in range(MAX_REPOSITORIES)):
        response = target.send(RawRequest("GET", f"/v2/{name}/tags/list"))
        if response.status not in (200, 404):
            raise _refusal_of(f"GET /v2/{name}/tags/list", "200 or 404", response)
        if not tags_in(response):
            return name

    found = f"found tags in {prefix}-0 to {prefix}-{MAX_REPOSITORIES - 1}"
    raise SetupRefused(f"expected a repository without tags, {found}")


class ConcurrentSetup:
    """Sends the requests before the threads start."""

    def __init__(self, target: RegistryTarget, name: str) -> None:
        """Prepare the repository `name`, which has no tags."""
        self._target = target
        self._name = name
        self._base = f"/v2/{name}"

    def prepare(self, uploads: Mapping[str, bytes]) -> PreparedRepository:
        """Push content, probe, and start uploads, given by their content.

        Raises SetupRefused and TargetFailed.
        """
        for content in (CONFIG, LAYER):
            self._push_blob(content)
        self._push_tag(_KEPT)

        digests = [digest_of(blob_content(self._name, blob)) for blob in BLOBS]
        return PreparedRepository(
            name=self._name,
            offered=self._probe(),
            uploads={name: self._start_upload(content) for name, content in uploads.items()},
            tags=frozenset(tags_in(self._send("GET", f"{self._base}/tags/list"))),
            blobs=frozenset(filter(self._has_blob, digests)),
        )

    def _send(
        self,
        method: str,
        path: str,
        *headers: tuple[str, str],
        body: bytes = b"",
    ) -> RawResponse:
        return self._target.send(RawRequest(method, path, headers, body))

    def _expect(
        self,
        status: int,
        method: str,
        path: str,
        *headers: tuple[str, str],
        body: bytes = b"",
    ) -> RawResponse:
        response = self._send(method, path, *headers, body=body)
        if response.status != status:
            raise _refusal_of(f"{method} {path.partition('?')[0]}", str(status), response)
        return response

    # content

    def _push_blob(self, content: bytes) -> str:
        location = self._begin_upload()
        digest = digest_of(content)
        self._expect(201, "PUT", with_digest(location, digest), OCTETS, body=content)
        return digest

    def _push_tag(self, tag: str) -> str:
        content = manifest_content(tag, 0)
        path = f"{self._base}/manifests/{tag}"
        self._expect(201, "PUT", path, _MANIFEST, body=content)
        return digest_of(content)

    def _begin_upload(self) -> str:
        started = self._expect(202, "POST", f"{self._base}/blobs/uploads/")
        location = path_of_location(started, self._name)
        if location is None:
            raise SetupRefused("expected a Location in the response to POST, found none")
        return location

    def _start_upload(self, content: bytes) -> SharedUpload:
        return SharedUpload(self._name, self._begin_upload(), content)

    def _has_blob(self, digest: str) -> bool:
        return self._send("HEAD", f"{self._base}/blobs/{digest}").status == 200

    # probes

    def _probe(self) -> OfferedOperations:
        self._push_tag(_PROBE)
        pages = self._has_pages()
        properties = self._send("GET", f"/acr/v1/{self._name}/_tags/{_PROBE}")
        tag_path, tag_again = self._probe_tag_delete()
        manifest = self._push_tag(_PROBE)
        manifest_offered, manifest_again = self._probe_delete(f"{self._base}/manifests/{manifest}")
        blob = self._push_blob(_PROBE_BLOB)
        blob_offered, blob_again = self._probe_delete(f"{self._base}/blobs/{blob}")

        again = {"delete": tag_again, "delete manifest": manifest_again, "delete blob": blob_again}
        return OfferedOperations(
            tag_delete_path=tag_path,
            manifest_delete=manifest_offered,
            blob_delete=blob_offered,
            locks=attributes_in(properties) is not None,
            pages=pages,
            reports_absent=frozenset(name for name, status in again.items() if status == 404),
            uploads=self._probe_upload(),
        )

    def _has_pages(self) -> bool:
        """Return whether each of the two tags is on a page of its own."""
        path = f"{self._base}/tags/list?n=1"
        pages = [self._send("GET", path), self._send("GET", f"{path}&last={_KEPT}")]
        return [tags_in(page) for page in pages] == [(_KEPT,), (_PROBE,)]

    def _probe_tag_delete(self) -> tuple[str | None, int]:
        """Return the path that deletes a tag, and the status of a second delete."""
        for path in (f"{self._base}/manifests/{{tag}}", f"/acr/v1/{self._name}/_tags/{{tag}}"):
            offered, again = self._probe_delete(path.format(tag=_PROBE))
            if offered:
                return path, again
        return None, 0

    def _probe_delete(self, path: str) -> tuple[bool, int]:
        """Return whether a delete succeeds, and the status of a second one."""
        if self._send("DELETE", path).status != 202:
            return False, 0
        return True, self._send("DELETE", path).status

    def _probe_upload(self) -> OfferedUploads:
        location = self._begin_upload()
        chunk = self._send("PATCH", location, OCTETS, ("Content-Range", "0-3"), body=b"four")
        newest = path_of_location(chunk, self._name) or location
        status = self._send("GET", newest)
        cancelled = self._send("DELETE", newest)
        return OfferedUploads(
            chunks=chunk.status == 202,
            status=received_bytes(chunk) == received_bytes(status) == 4,
            cancel=cancelled.status == 204,
            fixed_locations=newest == location,
        )


def _refusal_of(request: str, expected: str, response: RawResponse) -> SetupRefused:
    remedy = _LOGIN if response.status == 401 else ""
    return SetupRefused(f"expected {expected} for {request}, found {response.status}{remedy}")
