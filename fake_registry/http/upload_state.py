"""The `_state` in an upload's Location: ACR's form, decoded from recordings (acr-behaviour 8.1).

It is 32 bytes of signature and a JSON document, in base64url. The signature keeps clients from
making one, the offset makes it stale with the next chunk.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from fake_registry.core.registry import UploadStatus
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.spec.errors import BlobUploadInvalid
from fake_registry.spec.names import RepositoryName, UploadId
from fake_registry.wire.acr_time import encode_nanoseconds, encode_second

_UPLOAD_PATH: Final = endpoint_of(EndpointName.UPLOAD_STATUS).path
_SIGNATURE_BYTES: Final = 32


def encode_upload_location(status: UploadStatus, *, key: bytes, begun: bool = False) -> str:
    """Return the relative URL for the next request of an upload; `begun` marks the first of them.

    The first has nanoseconds in its time, the others whole seconds (Go recordings,
    GetUploadStatus).
    """
    started = encode_nanoseconds(status.started) if begun else encode_second(status.started)
    payload = (
        f'{{"Name":"{status.repository}","UUID":{json.dumps(status.upload)},'
        f'"Offset":{status.offset},"StartedAt":"{started}"}}'
    ).encode()
    state = urlsafe_b64encode(_signature_of(payload, key) + payload).decode().replace("=", "%3D")

    path = _UPLOAD_PATH.format(repository=status.repository, upload=status.upload)
    return f"{path}?_nouploadcache=false&_state={state}"


def decode_upload_state(
    text: str | None,
    repository: RepositoryName,
    upload: UploadId,
    *,
    key: bytes,
) -> int:
    """Return the offset in a `_state`. Raises BlobUploadInvalid.

    A state that is absent, forged, or belongs to another upload is invalid.
    """
    if not text:
        reason = "expected the location as it was sent, found no _state in it"
        raise BlobUploadInvalid(reason, upload=upload)

    try:
        state = urlsafe_b64decode(text)
    except ValueError:
        raise BlobUploadInvalid("the location's state is not base64", upload=upload) from None

    signature, payload = state[:_SIGNATURE_BYTES], state[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature_of(payload, key)):
        raise BlobUploadInvalid("the location's state has a wrong signature", upload=upload)

    document = json.loads(payload)
    if (document["Name"], document["UUID"]) != (repository, upload):
        raise BlobUploadInvalid("the location's state belongs to another upload", upload=upload)
    offset: int = document["Offset"]
    return offset


def _signature_of(payload: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=_SIGNATURE_BYTES).digest()
