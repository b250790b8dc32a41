"""The storage account of a registry, to which ACR's 307 redirects downloads (acr-behaviour 8.3).

It knows neither tokens nor locks: URLs are signed and expire. It refuses an Authorization header,
so that a client which sends its token to another host fails here, not in production
(Azure/acr#217).
"""

import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fake_registry.clock import SECOND_NS
from fake_registry.http import answers
from fake_registry.http.answers import Answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.downloads import blob_answer
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.spec.errors import Denied, MethodUnsupported, Unsupported
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import RepositoryName
from fake_registry.wire.acr_time import decode_time, encode_time
from fake_registry.wire.error_rows import STORAGE_VERSION
from fake_registry.wire.origins import DEFAULT_PORTS
from fake_registry.wire.ticks import encode_ticks
from fake_registry.wsgi import encode_date

ACCOUNT: Final = "fake"

_PATH: Final = endpoint_of(EndpointName.STORAGE_BLOB).path
_UPLOAD_PATH: Final = "/{account}//docker/registry/v2/repositories/{repository}/_uploads/{upload}/data"

_LIFETIME_NS: Final = 20 * 60 * SECOND_NS
"""Documentation promises 20 to 30 minutes (docs: container-registry-dedicated-data-endpoints)."""


_READING: Final = ("GET", "HEAD")
_METHODS: Final = (*_READING, "PUT", "DELETE")
"""Methods of a blob in Azure Storage [I for `Allow`]."""

_PERMISSION: Final = "r"
"""The permission of a signed URL: reading."""

_SIGNED: Final = ("se", "sp", "spr", "sr", "sv", "regid")
"""The parameters that are signed with the path: all of a URL but the signature itself."""

_WRONG_SIGNATURE: Final = "Signature did not match."
_NOT_IN_TIME: Final = "Signature not valid in the specified time frame"
"""How the details of Azure Storage begin. The text that it signs is left out, and the start of the
time frame, which the URLs lack [I]."""

_PROPERTIES: Final = {
    "x-ms-blob-committed-block-count": "1",
    "x-ms-blob-type": "AppendBlob",
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": "true",
    "x-ms-version": STORAGE_VERSION,
}
"""Azure Storage's headers of every blob. The number of blocks is that of the chunks in ACR."""


def host_of(backend: Backend, call: Call) -> str | None:
    """Return a storage host that differs from the request's, so that clients drop Authorization.

    It is the login server's storage host, or on this machine the machine's other name; None if
    the client would reach neither. Names have no case, and the scheme's default port or an empty
    one is the same as no port (RFC 9110 §4.2.3).
    """
    name, colon, port = call.request.host.lower().partition(":")
    if name == "localhost":
        return f"127.0.0.1{colon}{port}"
    if name == "127.0.0.1":
        return f"localhost{colon}{port}"

    is_default_port = port in ("", str(DEFAULT_PORTS[call.request.scheme]))
    if name == backend.settings.login_server and is_default_port:
        return backend.settings.storage_host
    return None


def redirect(backend: Backend, call: Call, blob: Descriptor, host: str) -> Answer:
    """Return a 307 to the signed URL of the blob."""
    url = storage_url(backend, call, host)
    return answers.redirect(url, {"Docker-Content-Digest": blob.digest}, status=307)


def get_blob(backend: Backend, call: Call) -> Answer:
    """200 or 206 with the bytes. Errors are XML.

    A signed URL permits reading alone: other methods of a blob are refused, and those that no blob
    has (acr-behaviour 8.3).
    """
    method = call.request.method
    if method not in _METHODS:
        raise MethodUnsupported(method=method, allowed=_METHODS)
    if call.request.header("Authorization") is not None:
        raise Unsupported("storage accepts no Authorization header")

    _check_signature(backend, call)
    if method not in _READING:
        raise Denied(f"the URL does not permit {method}", permission=_PERMISSION)

    repository = RepositoryName(call.query["regid"])  # it is signed
    reader = backend.stored_blob(repository, call.digest)
    copied = _copy_headers(call, repository, reader.size)
    return blob_answer(backend, reader, call, {**_time_headers(reader.stored), **copied, **_PROPERTIES})


def _check_signature(backend: Backend, call: Call) -> None:
    query = call.query
    signature = _signature_of(backend, call.request.path, [query.get(name, "") for name in _SIGNED])
    if not hmac.compare_digest(signature.encode(), query.get("sig", "").encode()):
        raise Denied("the URL's signature is wrong", authentication_detail=_WRONG_SIGNATURE)

    end, now = decode_time(query["se"]), backend.clock.now()
    if end < now:
        span = f"Expiry [{encode_date(end // SECOND_NS)}] - Current [{encode_date(now // SECOND_NS)}]"
        raise Denied("the URL has expired", authentication_detail=f"{_NOT_IN_TIME}: {span}")


def _time_headers(stored: int | None) -> dict[str, str]:
    """Return Azure Storage's headers that state when a blob was stored.

    Its ETag is that time in .NET's units: in recordings the two agree to the second.
    """
    if stored is None:
        return {}
    date = encode_date(stored // SECOND_NS)
    return {
        "ETag": f'"0x{encode_ticks(stored):X}"',
        "Last-Modified": date,
        "x-ms-copy-completion-time": date,
        "x-ms-creation-time": date,
    }


def _copy_headers(call: Call, repository: RepositoryName, size: int) -> dict[str, str]:
    """Return Azure Storage's headers of a copy: ACR copies each blob from its finished upload.

    The ids of the copy and of the upload are made from the digest: nothing refers to them.
    """
    encoded = call.digest.partition(":")[2]
    copy_id, upload = UUID(encoded[:32], version=4), UUID(encoded[32:64], version=4)
    source = _UPLOAD_PATH.format(account=ACCOUNT, repository=repository, upload=upload)
    return {
        "x-ms-copy-id": str(copy_id),
        "x-ms-copy-progress": f"{size}/{size}",
        "x-ms-copy-source": f"{call.request.scheme}://{call.request.host}{source}",
        "x-ms-copy-status": "success",
    }


def storage_url(
    backend: Backend,
    call: Call,
    host: str,
    lifetime_ns: int | None = None,
) -> str:
    """Return the signed URL of the call's blob at a storage host.

    It is good for 20 minutes of the registry's clock, or for `lifetime_ns`.
    """
    algorithm, _, encoded = call.digest.partition(":")
    path = _PATH.format(account=ACCOUNT, algorithm=algorithm, prefix=encoded[:2], encoded=encoded)

    scheme = call.request.scheme
    lifetime_ns = _LIFETIME_NS if lifetime_ns is None else lifetime_ns
    expiry = encode_time(backend.clock.now() + lifetime_ns)
    values = (expiry, _PERMISSION, scheme, "b", STORAGE_VERSION, call.repository)
    signature = _signature_of(backend, path, values)

    query = dict(zip(_SIGNED, values, strict=True))
    first = {"se": query.pop("se"), "sig": signature}  # in the order of recorded URLs
    return f"{scheme}://{host}{path}?{urlencode({**first, **query})}"


def _signature_of(backend: Backend, path: str, values: Iterable[str]) -> str:
    """Return the signature of a URL's path and of the values of its parameters `_SIGNED`."""
    text = "\n".join([path, *values])
    return hmac.digest(backend.key, text.encode(), "sha256").hex()
