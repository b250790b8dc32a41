"""Helpers of the tests of the package `http`: deterministic registries, requests as a WSGI server
passes them to an app, answers as values, and a listing of everything that a registry holds.

Requests are environs built by hand, so that no client corrects a malformed one.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.settings import Profile
from fake_registry.spec import media_types
from fake_registry.spec.errors import OperationDisallowed, RegistryError
from fake_registry.spec.names import Digest, RepositoryName, UploadId, digest_of

HOST = "fake.azurecr.io"
STORAGE_HOST = "fake.eastus.data.azurecr.io"
SECOND = 1_790_000_000
START_NS = SECOND * 1_000_000_000

LAYER = b"0123456789abcdef"
CONFIG = b'{"architecture":"amd64","os":"linux"}'
LAYER_DIGEST = digest_of(LAYER)
CONFIG_DIGEST = digest_of(CONFIG)
ABSENT = digest_of(b"never pushed")

JSON_TYPE = "application/json; charset=utf-8"
OCTETS = "application/octet-stream"
OCI_MANIFEST = media_types.OCI_MANIFEST
OCI_INDEX = media_types.OCI_INDEX

ALWAYS = (("Docker-Distribution-Api-Version", "registry/2.0"),)
"""The header that is on every answer."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HttpAnswer:
    """An answer with sorted header fields: two equal answers are the same to every client."""

    status: int
    headers: Pairs
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of the only field of this name."""
        (value,) = [value for key, value in self.headers if key.lower() == name.lower()]
        return value

    @property
    def json(self) -> Any:  # Any: JSON
        """The body, decoded from JSON."""
        return json.loads(self.body)


def answer(
    status: int, headers: Mapping[str, str] | Pairs = (), body: bytes = b"", *, length: int | None = None
) -> HttpAnswer:
    """Return an expected answer: the given headers, those of every answer, and Content-Length.

    204 and 304 have no length. `length` replaces that of the body, for answers to HEAD.
    """
    pairs = tuple(headers.items()) if isinstance(headers, Mapping) else headers
    measured = () if status in (204, 304) else (("Content-Length", str(len(body) if length is None else length)),)
    return HttpAnswer(status, tuple(sorted(pairs + measured + ALWAYS)), body)


def json_text(document: object) -> bytes:
    """Return JSON as the registry writes it: compact, with a newline (acr-behaviour 1.8)."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def json_answer(document: object, headers: Mapping[str, str] | None = None, *, status: int = 200) -> HttpAnswer:
    """Return the expected answer with a document as its body."""
    return answer(status, {"Content-Type": JSON_TYPE, **(headers or {})}, json_text(document))


def error_answer(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **members: object
) -> HttpAnswer:
    """Return the expected answer with one error. `detail` is absent unless given."""
    return json_answer({"errors": [{"code": code, "message": message, **members}]}, headers, status=status)


def without_body(expected: HttpAnswer) -> HttpAnswer:
    """Return the answer to HEAD where `expected` is the answer to GET."""
    return HttpAnswer(expected.status, expected.headers, b"")


def registry_of(profile: Profile = "acr", **settings: Any) -> FakeRegistry:  # Any: the settings' own types
    """Return a deterministic registry: its ids, keys and times are the same in every run.

    It requires no login unless `auth` is given.
    """
    numbers = count(1)
    return FakeRegistry(
        Settings(profile=profile, **{"auth": "off", "service_headers": False, **settings}),
        clock=ManualClock(START_NS),
        entropy=lambda size: next(numbers).to_bytes(size, "big"),
    )


def environ_of(method: str, raw_path: str, query: str, body: IO[bytes], *, host: str) -> dict[str, Any]:  # Any: WSGI's
    """Return a request without headers, as an https server passes it to an app (PEP 3333)."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": raw_path,
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
    }


def send(
    registry: FakeRegistry,
    method: str,
    target: str,
    body: bytes | IO[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    host: str = HOST,
    chunked: bool = False,
    length: str | None = None,
    raw_path: str | None = None,
) -> HttpAnswer:
    """Send one request and return its answer.

    `target` is the path and query in their encoded form; `raw_path` replaces the path, decoded.
    A body of bytes has a Content-Length, which `length` replaces, unless it is `chunked`.
    """
    path, _, query = target.partition("?")
    raw_path = unquote_to_bytes(path).decode("latin-1") if raw_path is None else raw_path
    stream = io.BytesIO(body or b"") if body is None or isinstance(body, bytes) else body
    environ = environ_of(method, raw_path, query, stream, host=host)
    if chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    elif length is not None:
        environ["CONTENT_LENGTH"] = length
    elif isinstance(body, bytes):
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    pieces, status, fields = run_wsgi_app(registry.wsgi_app, environ)
    try:
        content = b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return HttpAnswer(int(status.partition(" ")[0]), tuple(sorted(fields)), content)


_EXAMPLES = {
    "{repository}": "samples/hello",
    "{digest}": ABSENT,
    "{upload}": "an-upload",
    "{reference}": "v1",
    "{tag}": "v1",
    "{account}": "fake",
    "{algorithm}": "sha256",
    "{prefix}": "ab",
    "{encoded}": "ab" * 32,
}


def example_path_of(path: str) -> str:
    """Return an endpoint's path with a value for each name in it."""
    for name, value in _EXAMPLES.items():
        path = path.replace(name, value)
    return path


def follow(registry: FakeRegistry, redirect: HttpAnswer, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """Follow a 307 to the storage host, without the headers that the registry received."""
    scheme, _, rest = redirect.header("Location").partition("://")
    host, _, target = rest.partition("/")
    assert (redirect.status, scheme, host) == (307, "https", STORAGE_HOST)
    return send(registry, "GET", f"/{target}", headers=headers, host=host)


def pull_layer(registry: FakeRegistry, headers: dict[str, str] | None = None) -> HttpAnswer:
    """Pull LAYER from samples/hello, from the registry or from storage."""
    found = send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}", headers=headers)
    return found if found.status != 307 else follow(registry, found, headers)


def manifest_bytes(*layers: bytes, config: bytes = CONFIG, **members: object) -> bytes:
    """Return an OCI image manifest. Its indentation is one that the packages never write."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": entry(config, media_types.OCI_CONFIG),
        "layers": [entry(layer, media_types.OCI_LAYER) for layer in layers],
        **members,
    }
    return json.dumps(document, indent=3).encode()


def index_bytes(*children: bytes, **members: object) -> bytes:
    """Return an OCI index of image manifests."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [entry(child, OCI_MANIFEST) for child in children],
        **members,
    }
    return json.dumps(document, indent=3).encode()


def entry(content: bytes, media_type: str) -> dict[str, object]:
    """Return the descriptor of `content`."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


IMAGE = manifest_bytes(LAYER)
IMAGE_DIGEST = digest_of(IMAGE)


def put_blob(registry: FakeRegistry, repository: str, *contents: bytes) -> None:
    """Push blobs, each in one request."""
    for content in contents:
        assert (
            send(registry, "POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}", content).status
            == 201
        )


def put_image(registry: FakeRegistry, repository: str, *tags: str) -> Digest:
    """Push IMAGE with its blobs, under each tag or under none."""
    put_blob(registry, repository, LAYER, CONFIG)
    for reference in tags or (IMAGE_DIGEST,):
        assert put_manifest(registry, repository, reference, IMAGE).status == 201
    return IMAGE_DIGEST


def put_manifest(
    registry: FakeRegistry, repository: str, reference: str, content: bytes, media_type: str = OCI_MANIFEST
) -> HttpAnswer:
    """Push a manifest."""
    return send(registry, "PUT", f"/v2/{repository}/manifests/{reference}", content, {"Content-Type": media_type})


def begin(registry: FakeRegistry, repository: str, *chunks: bytes) -> str:
    """Start an upload, append chunks, and return its last Location."""
    location = send(registry, "POST", f"/v2/{repository}/blobs/uploads/", b"").header("Location")
    for chunk in chunks:
        location = send(registry, "PATCH", location, chunk).header("Location")
    return location


def everything(registry: FakeRegistry) -> dict[str, object]:
    """Return everything that the registry holds, by repository; empty repositories are left out.

    That is its listings and, because no listing has them, the uploads that it has started and the
    blobs of `_KNOWN` that it has.
    """
    listed = tuple(registry.content.list_repositories().items)
    requested = {RepositoryName(one.repository) for one in registry.requests if one.repository}

    held = {name: _held_in(registry, name) for name in sorted(requested.union(listed))}
    return {"": listed} | {name: found for name, found in held.items() if any(found)}


def _held_in(registry: FakeRegistry, repository: RepositoryName) -> tuple[object, ...]:
    content = registry.content
    uploads = {
        UploadId(upload)
        for one in registry.requests.where(repository=repository)
        if (upload := one.response_header("Docker-Upload-Uuid")) is not None
    }
    statuses = (_found(content.upload_status, repository, upload) for upload in sorted(uploads))
    return (
        _found(content.repository_properties, repository),
        _found(content.list_manifests, repository),
        _found(content.list_tag_properties, repository),
        tuple(digest for digest in _KNOWN if _found(content.stat_blob, repository, digest)),
        tuple(status for status in statuses if status),
    )


_KNOWN = tuple(digest_of(blob) for blob in (LAYER, CONFIG, b"", b"x", b"four", b"more", b"fourmore", b"{}", b"a body"))


def _found(ask: Callable[..., object], *names: object) -> object:
    """Return the result of `ask`, the code of the lock that refuses it, or None if it fails."""
    try:
        return ask(*names)
    except OperationDisallowed as locked:
        return locked.code
    except RegistryError:
        return None


def time_text(ns: int) -> str:
    """Return a time as .NET writes it: to 100 ns, without trailing zeros (acr-behaviour 4.3)."""
    seconds, rest = divmod(ns, 1_000_000_000)
    fraction = f"{rest // 100:07}".rstrip("0")
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}{'.' if fraction else ''}{fraction}Z"
