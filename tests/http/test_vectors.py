"""The test vectors: acr-behaviour 17, each row's body byte for byte and as long as the recorded
Content-Length.

Bodies are typed here as recorded, not built by the code that builds the registry's.
"""

from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry, Fault, Refuse
from fake_registry.spec.names import digest_of
from tests.support.http import (
    CONFIG,
    LAYER,
    OCI_MANIFEST,
    HttpAnswer,
    begin,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
)

Ask = Callable[[FakeRegistry], HttpAnswer]

DIGEST = "sha256:" + "0123456789abcdef" * 4
VISIT = "authentication required, visit https://aka.ms/acr/authorization for more information."
DISALLOWED = (
    "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
    "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation-"
)


def unauthorized_body(*access: tuple[str, str, str]) -> str:
    """One entry per action; without any, null."""
    entries = ",".join(f'{{"Type":"{kind}","Name":"{name}","Action":"{action}"}}' for kind, name, action in access)
    detail = f"[{entries}]" if access else "null"
    return f'{{"errors":[{{"code":"UNAUTHORIZED","message":"{VISIT}","detail":{detail}}}]}}\n'


def error(code: str, message: str, detail: str = "") -> str:
    """`detail` is JSON, and absent when empty."""
    text = f',"detail":{detail}' if detail else ""
    return f'{{"errors":[{{"code":"{code}","message":"{message}"{text}}}]}}\n'


def request_of(method: str, target: str, body: bytes = b"", **headers: str) -> Ask:
    """Return a request."""
    return lambda registry: send(registry, method, target, body, {"Accept": OCI_MANIFEST, **headers})


def push_to_locked_tag(registry: FakeRegistry) -> HttpAnswer:
    put_image(registry, "hello", "v1")
    assert send(registry, "PATCH", "/acr/v1/hello/_tags/v1", b'{"writeEnabled":false}').status == 200
    return put_manifest(registry, "hello", "v1", manifest_bytes())


def unknown_metadata(registry: FakeRegistry) -> HttpAnswer:
    put_image(registry, "hello")
    return send(registry, "GET", f"/acr/v1/hello/_manifests/{DIGEST}")


def bad_digest(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "PUT", f"{begin(registry, 'hello')}&digest=wrong", b"")


def bad_range(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "PATCH", begin(registry, "hello"), b"four", {"Content-Range": "-1--1"})


def repeated_chunk(registry: FakeRegistry) -> HttpAnswer:
    location = begin(registry, "hello")
    send(registry, "PATCH", location, b"four")
    return send(registry, "PATCH", location, b"four")


def not_accepted(registry: FakeRegistry) -> HttpAnswer:
    put_image(registry, "hello", "v1")
    return send(registry, "GET", "/v2/hello/manifests/v1", headers={"Accept": "application/json"})


SEVENTEEN = [manifest_bytes(number=number) for number in range(17)]


def seventeen_deleted(registry: FakeRegistry) -> HttpAnswer:
    put_blob(registry, "hello", LAYER, CONFIG)
    for content in SEVENTEEN:
        put_manifest(registry, "hello", "latest", content)
    return send(registry, "DELETE", "/acr/v1/hello")


TOKEN = [
    ("root", 149, request_of("GET", "/v2/"), unauthorized_body()),
    ("catalog", 196, request_of("GET", "/acr/v1/_catalog"), unauthorized_body(("registry", "catalog", "*"))),
    ("base pull", 198, request_of("GET", "/v2/base/manifests/1"), unauthorized_body(("repository", "base", "pull"))),
    ("nginx delete", 201, request_of("DELETE", "/acr/v1/nginx"), unauthorized_body(("repository", "nginx", "delete"))),
    (
        "hello-world delete",
        207,
        request_of("DELETE", "/acr/v1/hello-world/_tags/latest"),
        unauthorized_body(("repository", "hello-world", "delete")),
    ),
    (
        "testblobclient pull",
        208,
        request_of("GET", f"/v2/testblobclient/blobs/{DIGEST}"),
        unauthorized_body(("repository", "testblobclient", "pull")),
    ),
    (
        "7 letters metadata_read",
        210,
        request_of("GET", "/v2/letters/tags/list"),
        unauthorized_body(("repository", "letters", "metadata_read")),
    ),
    (
        "testclient metadata_read",
        213,
        request_of("GET", "/acr/v1/testclient"),
        unauthorized_body(("repository", "testclient", "metadata_read")),
    ),
    (
        "hello-world pull and push",
        264,
        request_of("POST", "/v2/hello-world/blobs/uploads/"),
        unauthorized_body(("repository", "hello-world", "pull"), ("repository", "hello-world", "push")),
    ),
    (
        "mount",
        318,
        request_of("POST", f"/v2/hello-world/blobs/uploads/?from=alpine&mount={DIGEST}"),
        unauthorized_body(
            ("repository", "hello-world", "pull"),
            ("repository", "hello-world", "push"),
            ("repository", "alpine", "pull"),
        ),
    ),
]

OPEN = [
    (
        "NAME_UNKNOWN",
        404,
        88,
        request_of("GET", "/acr/v1/wrong-name"),
        error("NAME_UNKNOWN", 'repository \\"wrong-name\\" is not found'),
    ),
    (
        "NAME_UNKNOWN on delete",
        404,
        122,
        request_of("DELETE", "/acr/v1/does_not_exist"),
        error("NAME_UNKNOWN", "repository name not known to registry", '{"name":"does_not_exist"}'),
    ),
    (
        "TAG_UNKNOWN",
        404,
        81,
        request_of("GET", "/acr/v1/hello/_tags/wrong-tag"),
        error("TAG_UNKNOWN", "the specified tag does not exist"),
    ),
    (
        "MANIFEST_UNKNOWN by tag",
        404,
        128,
        request_of("GET", "/v2/hello/manifests/wrong-tag"),
        error("MANIFEST_UNKNOWN", 'manifest tagged by \\"wrong-tag\\" is not found', '{"Tag":"wrong-tag"}'),
    ),
    (
        "MANIFEST_UNKNOWN, a delete by digest",
        404,
        147,
        request_of("DELETE", f"/v2/hello/manifests/{DIGEST}"),
        error("MANIFEST_UNKNOWN", f"manifest {DIGEST} is not found"),
    ),
    (
        "MANIFEST_UNKNOWN, a pull by digest",  # computed, not recorded
        404,
        258,
        request_of("GET", f"/v2/hello/manifests/{DIGEST}"),
        error("MANIFEST_UNKNOWN", f"manifest {DIGEST} is not found", f'{{"Name":"hello","Revision":"{DIGEST}"}}'),
    ),
    (
        "MANIFEST_UNKNOWN, its metadata",
        404,
        70,
        unknown_metadata,
        error("MANIFEST_UNKNOWN", "manifest unknown"),
    ),
    (
        "MANIFEST_UNKNOWN for its type",  # computed, not recorded
        404,
        122,
        not_accepted,
        error("MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support OCI manifests"),
    ),
    (
        "UNSUPPORTED",
        405,
        90,
        request_of("DELETE", "/v2/hello/manifests/latest"),
        error("UNSUPPORTED", "A manifest can only be deleted by digest."),
    ),
    ("DISALLOWED", 405, 264, push_to_locked_tag, error("REGISTRY_DISALLOWED_OPERATION", DISALLOWED, "{}")),
    (
        "BLOB_UNKNOWN",
        404,
        74,
        request_of("GET", f"/v2/hello/blobs/{DIGEST}"),
        error("BLOB_UNKNOWN", "blob unknown to registry"),
    ),
    (
        "DIGEST_INVALID",
        400,
        131,
        bad_digest,
        error("DIGEST_INVALID", "provided digest did not match uploaded content", '"digest parsing failed"'),
    ),
    (
        "BLOB_UPLOAD_RANGE_INVALID",
        416,
        169,
        bad_range,
        error(
            "BLOB_UPLOAD_RANGE_INVALID",
            "blob upload range invalid",
            '{"Range":"-1--1","Reason":"the Content-Range header format is invalid"}',
        ),
    ),
    (
        "BLOB_UPLOAD_INVALID",  # computed, not recorded
        404,
        76,
        repeated_chunk,
        error("BLOB_UPLOAD_INVALID", "blob upload invalid"),
    ),
    (
        "17 manifests deleted",
        202,
        1306,
        seventeen_deleted,
        '{"manifestsDeleted":['
        + ",".join(sorted(f'"{digest_of(content)}"' for content in SEVENTEEN))
        + '],"tagsDeleted":["latest"]}\n',
    ),
    ("router miss", 404, 19, request_of("GET", "/acr/v1/hello/_manifests/wrong-digest"), "404 page not found\n"),
    ("front end miss", 404, 9, request_of("GET", "/wrong location"), "Not found"),
    ("root", 200, 2, request_of("GET", "/v2/"), "{}"),
]


@pytest.mark.parametrize(("size", "ask", "body"), [row[1:] for row in TOKEN], ids=[row[0] for row in TOKEN])
def test_challenge_has_the_recorded_bytes(size: int, ask: Ask, body: str) -> None:
    found = ask(registry_of(auth="token"))

    assert (found.status, found.body) == (401, body.encode())
    assert (len(found.body), found.header("Content-Length")) == (size, str(size))


@pytest.mark.parametrize(("status", "size", "ask", "body"), [row[1:] for row in OPEN], ids=[row[0] for row in OPEN])
def test_answer_has_the_recorded_bytes(azure: FakeRegistry, status: int, size: int, ask: Ask, body: str) -> None:
    found = ask(azure)

    assert (found.status, found.body) == (status, body.encode())
    assert (len(found.body), found.header("Content-Length")) == (size, str(size))


def push_of(content: bytes, reference: str = "v1", media_type: str = OCI_MANIFEST) -> Ask:
    return lambda registry: put_manifest(registry, "hello", reference, content, media_type)


def wrong_digest(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "PUT", f"{begin(registry, 'hello')}&digest={DIGEST}", b"another content")


def chunk_after_cancel(registry: FakeRegistry) -> HttpAnswer:
    location = begin(registry, "hello")
    send(registry, "DELETE", location)
    return send(registry, "PATCH", location, b"four")


def refusal_by(fault: Refuse) -> Ask:
    """Send a request that a fault refuses: the fake never answers so by itself."""

    def ask(registry: FakeRegistry) -> HttpAnswer:
        registry.faults.add(Fault("base", fault, when="door"))
        return send(registry, "GET", "/v2/")

    return ask


FIREWALL = "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."

UNMEASURED = [
    (
        "NAME_UNKNOWN below /v2 [I]",
        404,
        request_of("GET", "/v2/hello/tags/list"),
        error("NAME_UNKNOWN", "repository name not known to registry", '{"name":"hello"}'),
    ),
    (
        "MANIFEST_BLOB_UNKNOWN, one entry per missing blob",
        400,
        push_of(manifest_bytes(LAYER)),
        '{"errors":['
        + ",".join(
            f'{{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":"{digest_of(blob)}"}}'
            for blob in (CONFIG, LAYER)
        )
        + "]}\n",
    ),
    (
        "MANIFEST_INVALID, too large",
        400,
        push_of(b" " * (4 * 1024 * 1024 + 1)),
        error("MANIFEST_INVALID", "manifest invalid", '"http: request body too large"'),
    ),
    (
        "DIGEST_INVALID, another's: no detail is recorded [I]",
        400,
        wrong_digest,
        error("DIGEST_INVALID", "provided digest did not match uploaded content"),
    ),
    (
        "DIGEST_INVALID, a manifest's",
        400,
        push_of(manifest_bytes(), DIGEST),
        error("DIGEST_INVALID", "provided digest did not match uploaded content"),
    ),
    (
        "BLOB_UPLOAD_UNKNOWN, some object [I]",
        404,
        chunk_after_cancel,
        error("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", "{}"),
    ),
    ("DENIED, firewall", 403, refusal_by(Refuse(403, code="DENIED", message=FIREWALL)), error("DENIED", FIREWALL)),
    ("TOOMANYREQUESTS", 429, refusal_by(Refuse(429)), error("TOOMANYREQUESTS", "too many requests")),
]
"""The rest of acr-behaviour 6: bodies of which no length was recorded."""


@pytest.mark.parametrize(("status", "ask", "body"), [row[1:] for row in UNMEASURED], ids=[row[0] for row in UNMEASURED])
def test_answer_has_the_documented_bytes(azure: FakeRegistry, status: int, ask: Ask, body: str) -> None:
    found = ask(azure)

    assert (found.status, found.body.decode()) == (status, body)
