"""The `_state` in an upload's Location: signed, so that nobody builds one, and of one offset, so that an old one is
stale. ACR's form, decoded from recordings: 32 bytes of signature, then JSON, in base64url (acr-behaviour 8.1)."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from fake_registry.core.registry import UploadStatus
from fake_registry.spec.errors import BlobUploadInvalid
from fake_registry.spec.names import RepositoryName, UploadId
from fake_registry.wire.acr_time import encode_nanoseconds, encode_second

_SIGNATURE_BYTES = 32


def encode_upload_location(status: UploadStatus, *, key: bytes, begun: bool = False) -> str:
    """Return the relative URL at which an upload goes on; `begun` says that it is the first of its URLs.

    The first one has nanoseconds in its time, all others whole seconds (Go recordings, GetUploadStatus).
    """
    started = encode_nanoseconds(status.started) if begun else encode_second(status.started)
    payload = (
        f'{{"Name":"{status.repository}","UUID":{json.dumps(status.upload)},"Offset":{status.offset},'
        f'"StartedAt":"{started}"}}'
    ).encode()
    state = urlsafe_b64encode(_sign(payload, key) + payload).decode().replace("=", "%3D")
    return f"/v2/{status.repository}/blobs/uploads/{status.upload}?_nouploadcache=false&_state={state}"


def decode_upload_state(text: str | None, repository: RepositoryName, upload: UploadId, *, key: bytes) -> int:
    """Return the offset that a `_state` is of. BlobUploadInvalid if it is missing, forged, or another upload's."""
    try:
        state = urlsafe_b64decode(text or "")
    except ValueError:
        raise BlobUploadInvalid("the location's state is not base64", upload=upload) from None
    signature, payload = state[:_SIGNATURE_BYTES], state[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(payload, key)):
        raise BlobUploadInvalid("the location's state is not one that was handed out", upload=upload)
    document = json.loads(payload)
    if (document["Name"], document["UUID"]) != (repository, upload):
        raise BlobUploadInvalid("the location's state is another upload's", upload=upload)
    offset: int = document["Offset"]
    return offset


def _sign(payload: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=_SIGNATURE_BYTES).digest()
