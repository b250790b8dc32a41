"""What Azure.Containers.ContainerRegistry 1.4.0 sends for each method that the samples call, and what it reads.

Sources: Azure/azure-sdk-for-net, sdk/containerregistry/Azure.Containers.ContainerRegistry/src:
Content/ContainerRegistryContentClient.cs @0f631f64, Content/BlobHelper.cs @566208cd,
Generated/ContainerRegistryRestClient.cs and ContainerRegistryBlobRestClient.cs @089bbc0d, Artifact/RegistryArtifact.cs
@0e68f348. Version 1.4.0 itself was watched once at this fake, and these are its requests in their order.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.clients.programs.dotnet.login import API_VERSION, DotnetChallenge, DotnetLogin, TokenCredential
from tests.clients.programs.dotnet.pipeline import (
    BYTES,
    DotnetAnswer,
    DotnetRequest,
    DotnetTransport,
    RequestFailedError,
    expect_status,
    follow_redirects,
    identified,
    pages_of,
    send_with_retries,
)

CHUNK_BYTES: Final = 4 * 1024 * 1024
MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
ACCEPTED_MANIFESTS: Final = ", ".join(
    (
        "*/*",
        DOCKER_MANIFEST,
        DOCKER_LIST,
        "application/vnd.docker.container.image.v1+json",
        OCI_MANIFEST,
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.cncf.oras.artifact.manifest.v1+json",
        "application/json",
    )
)
JSON: Final = "application/json"
JsonDocument = Mapping[str, Any]
"""Decoded JSON, whose members the checks look at."""


class DotnetClient:
    """Both clients of one registry: ContainerRegistryClient, and ContainerRegistryContentClient for each repository."""

    def __init__(self, endpoint: str, credential: TokenCredential | None = None) -> None:
        self._endpoint = endpoint
        self._transport = DotnetTransport()
        self._login = DotnetLogin(endpoint, credential)

    def call(self, method: str, url: str, *, body: bytes | None = None, **headers: str) -> DotnetAnswer:
        """Send a request without a token, and after the 401 with one: with the body both times."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        request = identified(DotnetRequest(method, url, named, body))
        return send_with_retries(lambda one: follow_redirects(self._authorize, one), request)

    def _authorize(self, request: DotnetRequest) -> DotnetAnswer:
        answer = self._transport.send(request)
        if answer.status != 401:
            return answer
        token = self._login.access_token(DotnetChallenge.of(answer))
        return self._transport.send(request.with_headers(Authorization=f"Bearer {token}"))

    def url(self, path: str, *names: str, **query: str) -> str:
        """Return the URL of a path whose `{}` are names; each is one segment, so that a slash becomes %2F."""
        target = path.format(*(quote(name, safe="") for name in names))
        if path.startswith("/acr/"):
            query["api-version"] = API_VERSION.partition("=")[2]
        return self._endpoint + target + (f"?{urlencode(query)}" if query else "")

    # ContainerRegistryContentClient

    def upload_blob(self, repository: str, data: bytes) -> str:
        """Start an upload, send its chunks and finish it; return the digest. An empty blob is one PATCH of 0 bytes."""
        start = self.call("POST", self.url("/v2/{}/blobs/uploads/", repository), Accept=JSON)
        location = upload_location(expect_status(start, 202))

        if len(data) < CHUNK_BYTES:
            location = self._upload_chunk(location, data)
        for offset in range(0, len(data), CHUNK_BYTES) if len(data) >= CHUNK_BYTES else ():
            chunk = data[offset : offset + CHUNK_BYTES]
            location = self._upload_chunk(location, chunk, Content_Range=f"{offset}-{offset + len(chunk) - 1}")

        digest = digest_of(data)
        url = f"{self._endpoint}{location}&digest={quote(digest, safe='')}"
        finished = expect_status(self.call("PUT", url, Accept=JSON), 201)
        require_digest(finished, digest)
        return digest

    def _upload_chunk(self, location: str, chunk: bytes, **headers: str) -> str:
        answer = self.call(
            "PATCH",
            self._endpoint + location,
            body=chunk,
            Accept=JSON,
            Content_Type=BYTES,
            **headers,
        )
        return upload_location(expect_status(answer, 202))

    def download_blob(self, repository: str, digest: str) -> bytes:
        """DownloadBlobContent: one GET, and the redirect to the storage host. An empty blob is refused by the client:
        `CheckContentLength` takes no length of 0."""
        answer = self.get_blob(repository, digest)
        assert answer.content_length == len(answer.body), answer.headers.items()
        if digest_of(answer.body) != digest:
            raise RequestFailedError(answer, None, "the digest of the content differs from the requested one")
        return answer.body

    def get_blob(self, repository: str, digest: str) -> DotnetAnswer:
        url = self.url("/v2/{}/blobs/{}", repository, digest)
        return expect_status(self.call("GET", url, Accept=BYTES), 200)

    def download_blob_to(self, repository: str, digest: str) -> bytes:
        """DownloadBlobTo: ranges of 4 MiB, each by a GET of its own at the registry."""
        url = self.url("/v2/{}/blobs/{}", repository, digest)
        data = b""
        size = CHUNK_BYTES
        while len(data) < size:
            end = len(data) + (min(size - len(data), CHUNK_BYTES) if data else CHUNK_BYTES) - 1
            answer = self.call("GET", url, Accept=BYTES, Range=f"bytes={len(data)}-{end}")
            expect_status(answer, 206)
            size = int(answer.header("Content-Range").partition("/")[2])
            assert answer.content_length == len(answer.body), answer.headers.items()
            data += answer.body

        assert digest_of(data) == digest, digest_of(data)
        return data

    def delete_blob(self, repository: str, digest: str) -> None:
        """Without Accept; 404 is an error here, as it is of no other DELETE."""
        expect_status(self.call("DELETE", self.url("/v2/{}/blobs/{}", repository, digest)), 202)

    def set_manifest(self, repository: str, data: bytes, tag: str = "", media_type: str = OCI_MANIFEST) -> str:
        """Upload a manifest under a tag, or without one under its digest; return the digest."""
        digest = digest_of(data)
        url = self.url("/v2/{}/manifests/{}", repository, tag or digest)
        answer = self.call("PUT", url, body=data, Accept=JSON, Content_Type=media_type)
        require_digest(expect_status(answer, 201), digest)
        return digest

    def get_manifest(self, repository: str, reference: str) -> DotnetAnswer:
        """Return the answer with a manifest, whose length and digest are what its headers say."""
        url = self.url("/v2/{}/manifests/{}", repository, reference)
        answer = expect_status(self.call("GET", url, Accept=ACCEPTED_MANIFESTS), 200)
        assert answer.content_length <= MAX_MANIFEST_BYTES, answer.content_length
        require_digest(answer, digest_of(answer.body))
        if reference.startswith("sha256:"):
            require_digest(answer, reference)
        return answer

    def delete_manifest(self, repository: str, digest: str) -> int:
        """Return the status: an absent manifest is no error."""
        url = self.url("/v2/{}/manifests/{}", repository, digest)
        return expect_status(self.call("DELETE", url, Accept=JSON), 202, 404).status

    # ContainerRegistryClient, ContainerRepository, RegistryArtifact

    def get(self, path: str, *names: str) -> JsonDocument:
        answer = expect_status(self.call("GET", self.url(path, *names), Accept=JSON), 200)
        return document_of(answer)

    def delete(self, path: str, *names: str) -> DotnetAnswer:
        """DeleteRepository and DeleteTag: an absent one is no error."""
        return expect_status(self.call("DELETE", self.url(path, *names), Accept=JSON), 202, 404)

    def update(self, path: str, *names: str, attributes: Mapping[str, bool]) -> JsonDocument:
        """Return the document of the answer, which has the attributes after the change."""
        body = json.dumps(attributes, separators=(",", ":")).encode()
        answer = self.call("PATCH", self.url(path, *names), body=body, Accept=JSON, Content_Type=JSON)
        return document_of(expect_status(answer, 200))

    def pages(self, path: str, *names: str, **query: str) -> Iterator[JsonDocument]:
        first = self.url(path, *names, **query)
        yield from map(document_of, pages_of(lambda url: self.call("GET", url, Accept=JSON), self._endpoint, first))

    def digest_of_tag(self, repository: str, tag: str) -> str:
        """What RegistryArtifact asks for first if it was made with a tag."""
        return str(self.get("/acr/v1/{}/_tags/{}", repository, tag)["tag"]["digest"])


def upload_location(answer: DotnetAnswer) -> str:
    """The client glues its endpoint and a slash to a Location, so that this has to be a path."""
    location = answer.header("Location")
    assert location.startswith("/v2/"), location
    return location


def require_digest(answer: DotnetAnswer, digest: str) -> None:
    """`BlobHelper.ValidateDigest`."""
    if answer.headers["Docker-Content-Digest"] != digest:
        raise RequestFailedError(answer, None, "The server-computed digest does not match the client-computed digest.")


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def document_of(answer: DotnetAnswer) -> JsonDocument:
    document: JsonDocument = json.loads(answer.body)
    return document
