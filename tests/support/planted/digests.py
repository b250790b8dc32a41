"""Planted bugs in the check of digests: wrong content is stored, or right content is refused."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import begin, put_manifest
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import INDEX, A, artifact, blob_target, has_blob, status_of


def close_with_other_bytes(registry: FakeRegistry) -> object:
    """Close an upload with bytes that do not have the digest."""
    closing = f"{begin(registry, A, b'four')}&digest={digest_of(b'fourmore')}"
    return status_of(registry, "PUT", closing, b"less"), has_blob(registry, b"fourmore")


def close_again_after_a_wrong_digest(registry: FakeRegistry) -> object:
    """Close an upload under a wrong digest, and then as it should have been."""
    closing = f"{begin(registry, A, b'four')}&digest={digest_of(b'fourmore')}"
    return status_of(registry, "PUT", closing, b"less"), status_of(registry, "PUT", closing, b"more")


def post_other_bytes(registry: FakeRegistry) -> object:
    target = f"/v2/{A}/blobs/uploads/?digest={digest_of(b'four')}"
    return status_of(registry, "POST", target, b"more"), has_blob(registry, b"four")


def post_other_bytes_as_sha512(registry: FakeRegistry) -> object:
    target = f"/v2/{A}/blobs/uploads/?digest={digest_of(b'four', 'sha512')}"
    found = status_of(registry, "HEAD", blob_target(b"four", algorithm="sha512"))
    return status_of(registry, "POST", target, b"more"), found


def close_chunks_as_sha512(registry: FakeRegistry) -> object:
    closing = f"{begin(registry, A, b'four')}&digest={digest_of(b'fourmore', 'sha512')}"
    return status_of(registry, "PUT", closing, b"more")


def put_manifest_as_another(registry: FakeRegistry) -> object:
    return put_manifest(registry, A, digest_of(artifact(1)), artifact(2), INDEX).status


_UNCHECKED_TAIL: Final = """
whole = session.append(tail)
if whole.pieces != session.pieces:
    return Blob(whole.pieces, stored=now)
return whole.blob_of(digest, now=now)
"""

_KEPT_TAIL: Final = """
longer = session.append(tail)
try:
    return longer.blob_of(digest, now=now)
except DigestInvalid:
    with self._repositories.change(repository) as state:
        state.uploads[session.upload] = replace(session, pieces=longer.pieces, hasher=longer.hasher)
    raise
"""

_CHECKED: Final = "return session.append(tail).blob_of(digest, now=now)"

DIGESTS: Final = (
    PlantedBug(
        name="bytes-of-the-closing-put-are-not-verified",
        kind="digests: last chunk",
        plant=edit("core.uploads:Uploads._close", _CHECKED, _UNCHECKED_TAIL),
        witness=close_with_other_bytes,
        right=(400, False),
    ),
    PlantedBug(
        name="bytes-of-a-refused-closing-put-are-kept",
        kind="digests: last chunk",
        plant=edit("core.uploads:Uploads._close", _CHECKED, _KEPT_TAIL),
        witness=close_again_after_a_wrong_digest,
        right=(400, 201),
    ),
    PlantedBug(
        name="single-post-is-not-verified",
        kind="digests: single POST",
        plant=edit(
            "core.uploads:Uploads.put_blob",
            "blob = session.append(room.count(content)).blob_of(digest, now=now)",
            "blob = Blob(session.append(room.count(content)).pieces, stored=now)",
        ),
        witness=post_other_bytes,
        right=(400, False),
    ),
    PlantedBug(
        name="sha512-is-not-verified",
        kind="digests: sha512",
        plant=edit(
            "core.blobs:UploadSession.blob_of",
            "if found != digest:",
            'if found != digest and algorithm_of(digest) == "sha256":',
        ),
        witness=post_other_bytes_as_sha512,
        right=(400, 404),
    ),
    PlantedBug(
        name="sha512-of-a-blob-in-chunks-is-that-of-its-last",
        kind="digests: sha512",
        plant=edit(
            "core.blobs:UploadSession._digest_by",
            "return digest_of(self.pieces, algorithm)",
            "return digest_of(self.pieces[-1:], algorithm)",
        ),
        witness=close_chunks_as_sha512,
        right=201,
    ),
    PlantedBug(
        name="manifest-is-stored-that-lacks-the-digest-of-its-path",
        kind="digests: manifests",
        plant=edit(
            "http.manifests:_read",
            "if manifest.digest != call.reference:",
            "if len(manifest.digest) != len(call.reference):",
        ),
        witness=put_manifest_as_another,
        right=400,
    ),
)
