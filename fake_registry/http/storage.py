"""The storage account behind a registry: where ACR's 307 sends a download (acr-behaviour 8.3).

It knows no tokens and no locks: the URL itself is signed and expires, and an Authorization header is refused, so that
a client which forwards its token across hosts fails here and not in production (Azure/acr#217).
"""

import hmac
from email.utils import formatdate
from urllib.parse import urlencode

from fake_registry.http import answers
from fake_registry.http.answers import Answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.downloads import blob_answer
from fake_registry.http.service_headers import SECOND_NS
from fake_registry.spec.errors import Denied, Unsupported
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import Digest, RepositoryName
from fake_registry.wire.acr_time import decode_time, encode_time

ACCOUNT = "fake"
_LIFETIME_NS = 20 * 60 * SECOND_NS
"""Documentation promises 20 to 30 minutes (docs: container-registry-dedicated-data-endpoints)."""


_DEFAULT_PORTS = {"http": "80", "https": "443"}


def host_of(backend: Backend, call: Call) -> str | None:
    """Return a host that is another one to the client, so that it drops its Authorization header: the storage host of
    the login server, or on this machine the machine's other name. None where the client would reach neither.

    A name has no case, and the scheme's own port, or an empty one, goes without saying (RFC 9110 §4.2.3).
    """
    name, colon, port = call.request.host.lower().partition(":")
    if name == "localhost":
        return f"127.0.0.1{colon}{port}"
    if name == "127.0.0.1":
        return f"localhost{colon}{port}"
    known = name == backend.settings.login_server and port in ("", _DEFAULT_PORTS.get(call.request.scheme))
    return backend.settings.storage_host if known else None


def redirect(backend: Backend, call: Call, blob: Descriptor, host: str) -> Answer:
    """Answer 307 with the signed URL of the blob's bytes."""
    return answers.redirect(_url(backend, call, blob.digest, host), {"Docker-Content-Digest": blob.digest}, status=307)


def get_blob(backend: Backend, call: Call) -> Answer:
    """200 or 206 with the bytes; what is wrong with the request is said in XML."""
    if call.request.header("Authorization") is not None:
        raise Unsupported("storage takes no Authorization header")
    repository, expiry = RepositoryName(call.query.get("regid", "")), call.query.get("se", "")
    signature = _sign(backend, repository, call.digest, expiry)
    if not hmac.compare_digest(signature.encode(), call.query.get("sig", "").encode()):
        raise Denied("the URL's signature is wrong")
    if decode_time(expiry) < backend.clock.now():
        raise Denied("the URL has expired", expiry=expiry)
    reader = backend.stored_blob(repository, call.digest)
    return blob_answer(backend, reader, call, {**_stored(reader.stored), **_PROPERTIES})


_PROPERTIES = {
    "x-ms-blob-committed-block-count": "1",
    "x-ms-blob-type": "AppendBlob",
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": "true",
    "x-ms-version": "2018-03-28",
}
"""What Azure Storage says of every blob. Those that were mounted have `x-ms-copy-*` as well, which ours have not."""

_TICKS_AT_EPOCH = 621_355_968_000_000_000
"""The units of 100 ns from the year 1, .NET's beginning of time, to 1970."""


def _stored(stored: int | None) -> dict[str, str]:
    """What Azure Storage says of when a blob was stored. Its ETag is that time as .NET counts it: in recordings the
    two agree to the second."""
    if stored is None:
        return {}
    date = formatdate(stored // SECOND_NS, usegmt=True)
    return {
        "ETag": f'"0x{_TICKS_AT_EPOCH + stored // 100:X}"',
        "Last-Modified": date,
        "x-ms-creation-time": date,
    }


def _url(backend: Backend, call: Call, digest: Digest, host: str) -> str:
    algorithm, _, encoded = digest.partition(":")
    expiry = encode_time(backend.clock.now() + _LIFETIME_NS)
    query = urlencode(
        {
            "se": expiry,
            "sig": _sign(backend, call.repository, digest, expiry),
            "sp": "r",
            "spr": call.request.scheme,
            "sr": "b",
            "sv": "2016-05-31",
            "regid": call.repository,
        }
    )
    path = f"/{ACCOUNT}//docker/registry/v2/blobs/{algorithm}/{encoded[:2]}/{encoded}/data"
    return f"{call.request.scheme}://{host}{path}?{query}"


def _sign(backend: Backend, repository: RepositoryName, digest: Digest, expiry: str) -> str:
    return hmac.digest(backend.key, f"{repository} {digest} {expiry}".encode(), "sha256").hex()
