"""Code for sweeps: small functions over a registry, good ones and bad ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urljoin

import requests

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.spec.names import digest_of
from pytest_acr import connect

REPOSITORY: Final = "samples/hello"
CONFIG: Final = b"{}"
IMAGE_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"


def open_registry() -> FakeRegistry:
    """Return an OCI registry without login."""
    return FakeRegistry(Settings(profile="oci", auth="off"), clock=ManualClock())


class SmallClient:
    """A client that checks each answer, and tries nothing again."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session = session
        self._url = f"{url}/v2/{REPOSITORY}/"

    def send(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        response = self._session.request(method, urljoin(self._url, path), data=data, headers=headers)
        response.raise_for_status()
        return response

    def push_blob(self, content: bytes) -> str:
        digest = digest_of(content)
        location = self.send("POST", "blobs/uploads/").headers["Location"]
        separator = "&" if "?" in location else "?"
        self.send("PUT", f"{location}{separator}digest={digest}", data=content)
        return digest

    def push_image(self, tag: str, *layers: bytes) -> str:
        blobs = [self.push_blob(content) for content in (CONFIG, *layers)]
        manifest = manifest_of(blobs, [len(CONFIG), *map(len, layers)])
        headers = {"Content-Type": IMAGE_TYPE}
        return self.send("PUT", f"manifests/{tag}", data=manifest, headers=headers).headers["Docker-Content-Digest"]

    def pull(self, digest: str) -> bytes:
        content = self.send("GET", f"blobs/{digest}").content
        if digest_of(content) != digest:
            raise requests.RequestException(f"the content is not {digest}")
        return content


def manifest_of(digests: list[str], sizes: list[int]) -> bytes:
    types = ["application/vnd.oci.image.config.v1+json", *["application/octet-stream"] * len(digests)]
    blobs = [
        {"mediaType": media_type, "digest": digest, "size": size}
        for media_type, digest, size in zip(types, digests, sizes, strict=False)
    ]
    document = {"schemaVersion": 2, "mediaType": IMAGE_TYPE, "config": blobs[0], "layers": blobs[1:]}
    return json.dumps(document).encode()


@contextmanager
def small_client(registry: FakeRegistry) -> Iterator[SmallClient]:
    """Yield a client of the registry."""
    with connect(registry) as connection:
        yield SmallClient(connection.session, connection.endpoint)


def push_and_pull(registry: FakeRegistry) -> None:
    """Push an image of one layer, and pull the layer: seven calls."""
    with small_client(registry) as client:
        client.push_image("1", b"layer")
        assert client.pull(digest_of(b"layer")) == b"layer"
