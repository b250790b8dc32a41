"""Random requests, mixed from parts of real clients' requests and from junk, so that many of them
pass the router and the login and reach the handlers."""

import io
import json
from dataclasses import dataclass
from functools import cache
from typing import IO
from urllib.parse import quote

from hypothesis import strategies as st

from fake_registry import FakeRegistry
from fake_registry.fake import Snapshot
from fake_registry.settings import Auth, Profile
from fake_registry.spec import media_types
from fake_registry.spec.endpoints import ENDPOINTS
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
    begin,
    index_bytes,
    put_image,
    registry_of,
    send,
)
from tests.support.logins import basic, entra_token

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


JUNK = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            ".",
            "..",
            "*",
            "\x00",
            "\n",
            "\r\n",
            "é",
            "\ufffd",
            "\u2028",
            "🐳",
            "%",
            "%zz",
            "/",
            "//",
            "?",
            "#",
            "'\"<>",
        ]
    ),
    st.sampled_from(["9" * 30, "-1", "0", "1e9", "NaN", "null", "true", "a" * 300, "sha256:", "sha512:" + "a" * 128]),
)
NAMES = st.sampled_from(["samples/hello", "samples/hello", "new/one", "a", "UPPER", "a//b", "tags/list", "v2"])
DIGESTS = st.sampled_from([LAYER_DIGEST, IMAGE_DIGEST, ABSENT, f"sha512:{'b' * 128}", "sha256:abc"])
TAGS = st.sampled_from(["v1", "v2", "v3", ".v"])

PARTS = {
    "{repository}": NAMES,
    "{digest}": DIGESTS,
    "{reference}": DIGESTS | TAGS,
    "{tag}": TAGS,
    "{upload}": st.sampled_from([seed("acr").upload, "another"]),
    "{account}": st.just("fake"),
    "{algorithm}": st.sampled_from(["sha256", "sha512", "md5"]),
    "{prefix}": st.just("9f"),
    "{encoded}": DIGESTS.map(lambda digest: digest.partition(":")[2]),
}
WORDS = st.sampled_from(
    [
        "v2",
        "acr",
        "v1",
        "oauth2",
        "token",
        "blobs",
        "uploads",
        "manifests",
        "tags",
        "list",
        "_tags",
        "_catalog",
        "",
        ".",
    ]
)


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@st.composite
def _real_targets(draw: st.DrawFn) -> tuple[str, bytes]:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    path = endpoint.path
    for name, good in PARTS.items():
        if name in path:
            path = path.replace(name, draw(st.one_of(good, good, good, good, JUNK)))
    return draw(st.one_of(st.just(endpoint.method), st.just(endpoint.method), METHODS)), _bytes_of(path)


METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get", ""])
_JUNK_PATHS = st.one_of(
    st.lists(WORDS | NAMES | DIGESTS | JUNK, max_size=7).map(lambda parts: _bytes_of("/" + "/".join(parts))),
    st.binary(max_size=20).map(lambda junk: b"/v2/" + junk + b"/tags/list"),
    st.binary(max_size=20),
)
TARGETS = st.one_of(
    _real_targets(), _real_targets(), _real_targets(), _real_targets(), st.tuples(METHODS, _JUNK_PATHS)
).map(lambda target: (target[0], target[1].decode("latin-1")))
"""Methods and paths as WSGI hands them on: decoded, bytes as latin-1 characters."""

_KEYS = st.sampled_from(
    [
        "n",
        "last",
        "orderby",
        "digest",
        "mount",
        "from",
        "_state",
        "tag",
        "artifactType",
        "service",
        "scope",
        "sig",
        "se",
        "regid",
        "api-version",
        "grant_type",
        "username",
        "password",
        "refresh_token",
        "access_token",
    ]
)
_VALUES = st.one_of(
    NAMES,
    DIGESTS,
    TAGS,
    JUNK,
    st.sampled_from(["1", "2", "timedesc", "timeasc", HOST, "repository:samples/hello:pull,push", "fake", "pass:word"]),
    st.sampled_from([entra_token(), entra_token(exp="x"), "password", "access_token", "refresh_token", "e30.e30.e30"]),
    st.sampled_from([seed("acr").state, seed("acr").signed]),
)


def _write(text: str, *, plain: bool) -> str:
    return text.replace("&", "").replace("\ud800", "") if plain else quote(_bytes_of(text))


PAIRS = st.builds(
    lambda key, value, plain: f"{_write(key, plain=plain)}={_write(value, plain=plain)}",
    _KEYS | JUNK,
    _VALUES,
    st.sampled_from([False, False, False, True]),
).map(lambda pair: _bytes_of(pair).decode("latin-1"))
QUERIES = st.one_of(
    st.lists(PAIRS, max_size=4).map("&".join),
    st.builds(
        lambda more: "&".join([f"digest={LAYER_DIGEST}", f"_state={seed('acr').state}", *more]),
        st.lists(PAIRS, max_size=2),
    ),
)

_TYPES = sorted(media_types.MANIFESTS)
_LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=15)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Range": st.sampled_from(["bytes=0-3", "bytes=-1", "bytes=99-", "bytes=0-0,2-3", "bytes=3-1", "5-"]) | _LATIN,
        "Content-Range": st.sampled_from(["4-7", "0-3", "bytes 4-7/*", "4-19"]) | _LATIN,
        "Accept": st.sampled_from(["*/*", ", ".join(_TYPES)]) | _LATIN,
        "Authorization": st.one_of(
            st.just(basic("fake", "pass:word")["Authorization"]),
            st.just(basic("fake", "pass:word")["Authorization"]),
            st.sampled_from(["Bearer e30.e30.e30", "Bearer a.b", "Basic Og==", "Bearer ", "BASIC"]),
            st.builds("{} {}".format, st.sampled_from(["Bearer", "Basic"]), _LATIN),
            _LATIN,
        ),
        "Content-Type": st.sampled_from([*_TYPES, "application/octet-stream", "text/x;a=b"]) | _LATIN,
        "If-None-Match": st.sampled_from(["*", f'"{IMAGE_DIGEST}"']) | _LATIN,
        "Host": st.sampled_from([HOST, "localhost:5000", "127.0.0.1", "[::1]:5000", ""]) | _LATIN,
        "Transfer-Encoding": st.sampled_from(["chunked", "gzip, chunked", "identity"]) | _LATIN,
        "Content-Length": st.sampled_from(["0", "4", "99", "-1", "9" * 30]) | _LATIN,
        "Cookie": _LATIN,
    },
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | DIGESTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["config", "layers", "manifests", "subject", "mediaType", "digest", "size", "writeEnabled"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.sampled_from(
        [b"", b"four", LAYER, CONFIG, IMAGE, index_bytes(IMAGE), b'{"writeEnabled":false}', b'{"listEnabled":true}']
    ),
    _JSON.map(lambda document: json.dumps(document).encode()),
    st.builds(
        lambda document, kind: json.dumps({**json.loads(IMAGE), **document, "mediaType": kind}).encode(),
        st.dictionaries(
            st.sampled_from(["layers", "config", "manifests", "subject", "annotations"]), _JSON, max_size=2
        ),
        st.sampled_from([OCI_MANIFEST, OCI_INDEX]),
    ),
    st.lists(PAIRS, max_size=6).map(lambda pairs: "&".join(pairs).encode("latin-1")),
    st.binary(max_size=30),
    st.binary(min_size=70_000, max_size=70_000),
)


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


REQUESTS = st.builds(
    Sent,
    target=TARGETS,
    query=QUERIES,
    headers=HEADERS,
    body=BODIES,
    cut=st.sampled_from([0, 0, 0, 0, 3]),
)
