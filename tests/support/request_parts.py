"""Parts of requests, of real clients and junk, and a registry that they are about.

`tests/http/fuzz` and `random_requests` mix requests from them.
"""

import io
import json
from dataclasses import dataclass
from functools import cache
from typing import IO, Final

from fake_registry import FakeRegistry, Snapshot
from fake_registry.settings import Auth, Profile
from fake_registry.spec import media_types
from tests.support.http import (
    ABSENT,
    CONFIG,
    HOST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    HttpAnswer,
    begin,
    index_bytes,
    put_image,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, entra_token, log_in, token_for

KEPT = "kept/safe"
"""A repository that no request is about."""


@dataclass(frozen=True)
class Seed:
    """Content to start from, and what a client could know about it. Registries of `registry_of`
    share their keys."""

    snapshot: Snapshot
    upload: str
    state: str
    signed: str


@cache
def seed(profile: Profile) -> Seed:
    """Return content with two repositories and an upload under way in one of them."""
    registry = registry_of(profile, blob_redirect=True)
    put_image(registry, KEPT, "v1")
    put_image(registry, "samples/hello", "v1", "v2")
    location = begin(registry, "samples/hello", b"four")
    redirect = send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}").header("Location")
    path, _, query = location.partition("?")
    return Seed(
        snapshot=registry.snapshot(),
        upload=path.rpartition("/")[2],
        state=query.rpartition("_state=")[2],
        signed=redirect.partition("sig=")[2].partition("&")[0],
    )


def registry_with(profile: Profile, auth: Auth) -> FakeRegistry:
    """Return a seeded registry with an admin user."""
    registry = registry_of(profile, auth=auth, admin_user="fake", admin_password="pass:word")
    registry.restore(seed(profile).snapshot)
    return registry


def assert_readable(found: HttpAnswer, method: str) -> None:
    """Assert that an answer is no 5xx, has the right length, and is readable JSON if it is a
    refusal."""
    assert 200 <= found.status < 500
    if method == "HEAD" or found.status in (204, 304):
        assert found.body == b""
    else:
        assert found.header("Content-Length") == str(len(found.body))
    if found.status >= 400 and found.body and dict(found.headers)["Content-Type"].startswith("application/json"):
        errors = found.json["errors"]
        assert errors
        assert all(isinstance(one["code"], str) and isinstance(one["message"], str) for one in errors)


def assert_still_serves(registry: FakeRegistry) -> None:
    """Pull KEPT as a client does that has just come."""
    headers = {"Accept": OCI_MANIFEST}
    if registry.settings.auth != "off":
        headers |= bearer(token_for(registry, log_in(registry), f"repository:{KEPT}:pull"))
    found = send(registry, "GET", f"/v2/{KEPT}/manifests/v1", headers=headers)
    assert (found.status, found.body) == (200, IMAGE)
    for content, digest in ((LAYER, LAYER_DIGEST), (CONFIG, json.loads(IMAGE)["config"]["digest"])):
        blob = send(registry, "GET", f"/v2/{KEPT}/blobs/{digest}", headers=headers)
        if blob.status == 307:
            host, _, target = blob.header("Location").removeprefix("https://").partition("/")
            blob = send(registry, "GET", f"/{target}", host=host)
        assert (blob.status, blob.body) == (200, content)


@dataclass(frozen=True)
class Sent:
    """One request of an example."""

    target: tuple[str, str]
    """Method and path."""
    query: str
    headers: dict[str, str]
    body: bytes
    cut: int
    """How many bytes less than announced there are."""

    @property
    def stream(self) -> IO[bytes]:
        return io.BytesIO(self.body[: max(len(self.body) - self.cut, 0)])

    @property
    def length(self) -> str | None:
        return None if "Content-Length" in self.headers else str(len(self.body))


JUNK_TEXTS: Final = (
    *("", " ", ".", "..", "*", "\x00", "\n", "\r\n", "é", "\ufffd", "\u2028", "🐳", "%", "%zz"),
    *("/", "//", "?", "#", "'\"<>"),
    *("9" * 30, "-1", "0", "1e9", "NaN", "null", "true", "a" * 300, "sha256:", "sha512:" + "a" * 128),
)
NAMES: Final = ("samples/hello", "samples/hello", "new/one", "a", "UPPER", "a//b", "tags/list", "v2")
DIGESTS: Final = (LAYER_DIGEST, IMAGE_DIGEST, ABSENT, f"sha512:{'b' * 128}", "sha256:abc")
TAGS: Final = ("v1", "v2", "v3", ".v")
WORDS: Final = (
    *("v2", "acr", "v1", "oauth2", "token", "blobs", "uploads", "manifests", "tags", "list"),
    *("_tags", "_catalog", "", "."),
)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get", "")

PATH_PARTS: Final = {
    "{repository}": NAMES,
    "{digest}": DIGESTS,
    "{reference}": (*TAGS, *DIGESTS),
    "{tag}": TAGS,
    "{upload}": (seed("acr").upload, "another"),
    "{account}": ("fake",),
    "{algorithm}": ("sha256", "sha512", "md5"),
    "{prefix}": ("9f",),
    "{encoded}": tuple(digest.partition(":")[2] for digest in DIGESTS),
}
"""Values for the fields in the paths of endpoints."""

QUERY_KEYS: Final = (
    *("n", "last", "orderby", "digest", "mount", "from", "_state", "tag", "artifactType", "service"),
    *("scope", "sig", "se", "regid", "api-version", "grant_type", "username", "password"),
    *("refresh_token", "access_token"),
)
QUERY_VALUES: Final = (
    *("1", "2", "timedesc", "timeasc", HOST, "repository:samples/hello:pull,push", "fake", "pass:word"),
    *(entra_token(), entra_token(exp="x"), "password", "access_token", "refresh_token", "e30.e30.e30"),
    *(seed("acr").state, seed("acr").signed),
)
UPLOAD_QUERY: Final = f"digest={LAYER_DIGEST}&_state={seed('acr').state}"
"""The query that finishes the upload of `seed`."""

_MANIFEST_TYPES: Final = sorted(media_types.MANIFESTS)
ADMIN: Final = basic("fake", "pass:word")["Authorization"]

HEADER_VALUES: Final = {
    "Range": ("bytes=0-3", "bytes=-1", "bytes=99-", "bytes=0-0,2-3", "bytes=3-1", "5-"),
    "Content-Range": ("4-7", "0-3", "bytes 4-7/*", "4-19"),
    "Accept": ("*/*", ", ".join(_MANIFEST_TYPES)),
    "Authorization": (ADMIN, ADMIN, "Bearer e30.e30.e30", "Bearer a.b", "Basic Og==", "Bearer ", "BASIC"),
    "Content-Type": (*_MANIFEST_TYPES, "application/octet-stream", "text/x;a=b"),
    "If-None-Match": ("*", f'"{IMAGE_DIGEST}"'),
    "Host": (HOST, "localhost:5000", "127.0.0.1", "[::1]:5000", ""),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "identity"),
    "Content-Length": ("0", "4", "99", "-1", "9" * 30),
    "Cookie": ("a=b",),
}
DOCUMENT_KEYS: Final = (
    *("config", "layers", "manifests", "subject", "mediaType", "digest", "size", "writeEnabled"),
    *("annotations", "artifactType"),
)
MANIFEST_KEYS: Final = ("layers", "config", "manifests", "subject", "annotations")
MANIFEST_KINDS: Final = (OCI_MANIFEST, OCI_INDEX)
BODIES: Final = (
    *(b"", b"four", LAYER, CONFIG, IMAGE, index_bytes(IMAGE)),
    *(b'{"writeEnabled":false}', b'{"listEnabled":true}'),
)


def bytes_of(text: str) -> bytes:
    """Return a text as UTF-8, also one that has no UTF-8."""
    return text.encode("utf-8", "surrogatepass")
