"""`probe`: finds out what a registry offers, before it is tested."""

from typing import Final
from urllib.parse import parse_qs

from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.documents import DOCKER_IMAGE, image_document, sha512_index
from pytest_acr.harness.locations import path_of, query_suffix, upload_path_of
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.model import StoredManifest, digest_of, manifest_of
from pytest_acr.harness.probe_access import probe_access

IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = b"{}"
_OCTETS: Final = (("Content-Type", "application/octet-stream"),)


def probe(target: RegistryTarget, prefix: str) -> Capabilities:
    """Return what the registry offers, after trying it in two repositories below `prefix`."""
    return _Probe(target, f"{prefix}/probe", f"{prefix}/probe-other").run()


class _Probe:
    """Sends one request for each part of the API, and what that needs."""

    def __init__(self, target: RegistryTarget, name: str, other: str) -> None:
        self._target = target
        self._name = name
        self._other = other

    def run(self) -> Capabilities:
        """Try everything. Deletes come last."""
        access = probe_access(self._target)
        manifest = _image(_CONFIG)
        if not self._can_push(manifest):
            return Capabilities(push=False, **access)

        found = {
            "single_post": self._post(f"?digest={digest_of(b'single')}", b"single").status == 201,
            "sha512": self._has_sha512(),
            "sha512_manifests": self._has_sha512_manifests(),
            "small_chunks": self._post("").header("oci-chunk-min-length") in (None, "0", "1"),
            "upload_status": self._upload_answers("GET"),
            "upload_cancel": self._upload_answers("DELETE"),
            "mount_from_anywhere": self._mounts(""),
            "mount": self._mounts(f"&from={self._name}"),
            "sparse_manifests": self._stores(_image(b"absent")),
            "unknown_types": self._stores(_without_type(manifest), "application/vnd.example.unknown+json"),
            "docker_types": self._stores(_docker_image(_CONFIG), DOCKER_IMAGE),
            "tag_parameters": self._has_tag_parameters(manifest),
            "referrers": self._get(f"/v2/{self._name}/referrers/{manifest.digest}").status == 200,
            "catalog": self._get("/v2/_catalog?n=1").status == 200,
            "acr": self._get(f"/acr/v1/{self._name}").status == 200,
            "storage_urls": self._has_storage_urls(),
        }
        return Capabilities(**found, **access, **self._deletes(manifest))

    def _can_push(self, manifest: StoredManifest) -> bool:
        self._push_blob(_CONFIG)
        return self._stores(manifest, tag="probe")

    def _push_blob(self, content: bytes, algorithm: str = "sha256") -> int:
        response = self._post("")
        return self._finish(response, content, digest_of(content, algorithm)).status

    def _has_sha512(self) -> bool:
        content = b"512 probe"
        digest = digest_of(content, "sha512")
        response = self._post("?digest-algorithm=sha512")
        if self._finish(response, content, digest).status != 201:
            return False
        return self._get(f"/v2/{self._name}/blobs/{digest}").body == content

    def _has_sha512_manifests(self) -> bool:
        manifest = sha512_index("probe")
        headers = (("Content-Type", manifest.media_type),)
        path = f"/v2/{self._name}/manifests/{manifest.digest}"
        return self._send("PUT", path, headers, manifest.content).status == 201

    def _upload_answers(self, method: str) -> bool:
        """Return whether an upload's Location has this method."""
        path = self._path_of(self._post(""))
        return path is not None and self._send(method, path).status // 100 == 2

    def _mounts(self, source: str) -> bool:
        path = f"/v2/{self._other}/blobs/uploads/?mount={digest_of(_CONFIG)}{source}"
        return self._send("POST", path).status == 201

    def _stores(self, manifest: StoredManifest, media_type: str = IMAGE, tag: str = "probe") -> bool:
        headers = (("Content-Type", media_type),)
        path = f"/v2/{self._name}/manifests/{tag if media_type == IMAGE else 'other'}"
        return self._send("PUT", path, headers, manifest.content).status == 201

    def _has_storage_urls(self) -> bool:
        path = f"/v2/{self._name}/blobs/{digest_of(_CONFIG)}"
        response = self._target.send(RawRequest("GET", path, redirects=False))
        _, _, query = (path_of(response.header("location")) or "").partition("?")
        return response.status == 307 and "sig" in parse_qs(query)

    def _has_tag_parameters(self, manifest: StoredManifest) -> bool:
        headers = (("Content-Type", IMAGE),)
        path = f"/v2/{self._name}/manifests/{manifest.digest}?tag=one&tag=two"
        response = self._send("PUT", path, headers, manifest.content)
        return response.status == 201 and response.header("oci-tag") is not None

    def _deletes(self, manifest: StoredManifest) -> dict[str, bool]:
        """Try deletes; those that are refused with 400 or 405 are turned off: Content Management."""
        self._stores(manifest, tag="to-delete")
        self._push_blob(b"to delete")
        return {
            "delete_tags": self._delete("manifests/to-delete"),
            "delete_blobs": self._delete(f"blobs/{digest_of(b'to delete')}"),
            "delete_manifests": self._delete(f"manifests/{manifest.digest}"),
        }

    def _delete(self, path: str) -> bool:
        return self._send("DELETE", f"/v2/{self._name}/{path}").status not in (400, 404, 405, 501)

    def _post(self, query: str, body: bytes = b"") -> RawResponse:
        return self._send("POST", f"/v2/{self._name}/blobs/uploads/{query}", _OCTETS, body)

    def _finish(self, begun: RawResponse, content: bytes, digest: str) -> RawResponse:
        path = self._path_of(begun)
        if path is None:
            return begun
        target = path + query_suffix(path, f"digest={digest}")
        return self._send("PUT", target, _OCTETS, content)

    def _path_of(self, begun: RawResponse) -> str | None:
        """Return path and query of an upload's Location."""
        if begun.status != 202:
            return None
        return upload_path_of(begun.header("location"), self._name)

    def _get(self, path: str) -> RawResponse:
        return self._send("GET", path)

    def _send(
        self,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> RawResponse:
        return self._target.send(RawRequest(method, path, headers, body))


def _image(config: bytes) -> StoredManifest:
    descriptor = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(config), "size": len(config)}
    document = {"schemaVersion": 2, "mediaType": IMAGE, "config": descriptor, "layers": []}
    return manifest_of(document, IMAGE)


def _docker_image(config: bytes) -> StoredManifest:
    return manifest_of(image_document(config, [], docker=True), DOCKER_IMAGE)


def _without_type(manifest: StoredManifest) -> StoredManifest:
    """Return the manifest without its `mediaType`, which would contradict another Content-Type."""
    document = {key: value for key, value in manifest.document.items() if key != "mediaType"}
    return manifest_of(document, manifest.media_type)
