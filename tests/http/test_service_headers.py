"""The headers of the real service, all of them, doubled ones included (acr-behaviour 2.1, 2.2, 2.3
and 8.3)."""

import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from werkzeug.test import create_environ

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.spec.endpoints import ENDPOINTS
from fake_registry.spec.names import RepositoryName, Tag
from tests.support.http import (
    ABSENT,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
)
from tests.support.lists import LISTINGS, Listing, every_list

NAME = "samples/hello"
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DATE = "Mon, 21 Sep 2026 14:13:20 GMT"
"""Of every answer of `registry_of` within its first second."""

EXPOSED = [
    ("Access-Control-Expose-Headers", name)
    for name in ("Docker-Content-Digest", "WWW-Authenticate", "Link", "X-Ms-Correlation-Request-Id")
]
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")
NOSNIFF = ("X-Content-Type-Options", "nosniff")
CORRELATION = ("X-Ms-Correlation-Request-Id", "<guid>")
CLIENT_REQUEST = ("X-Ms-Client-Request-Id", "")
REQUEST = ("X-Ms-Request-Id", "<guid>")
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

Lines = list[tuple[str, str]]


def azure(**settings: Any) -> FakeRegistry:  # Any: the settings' own types
    return registry_of(**{"service_headers": True, **settings})


def front(content_type: str | None, length: int | None) -> Lines:
    """Return what nginx writes ahead of everything else."""
    kind = [] if content_type is None else [("Content-Type", content_type)]
    size = [] if length is None else [("Content-Length", str(length))]
    return [("Server", "AzureContainerRegistry"), ("Date", DATE), *kind, *size]


def lines_of(
    registry: FakeRegistry, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Lines:
    """Return an answer's header lines as the app gives them, in their order; ids become `<guid>`."""
    lines: Lines = []

    def start_response(status: str, found: Iterable[tuple[str, str]], *_: object) -> Any:  # Any: PEP 3333's write
        lines.extend((name, GUID.sub("<guid>", value)) for name, value in found)

    path, _, query = target.partition("?")
    environ = create_environ(
        path=path,
        query_string=query,
        method=method,
        headers=dict(headers or {}),
        input_stream=io.BytesIO(body),
        content_length=len(body),
        base_url="https://fake.azurecr.io",
    )
    b"".join(registry.wsgi_app(environ, start_response))
    return lines


def test_challenge_has_the_lines_of_a_raw_answer_in_their_order() -> None:
    """renovatebot/renovate#14708: one 401, line by line; `Connection` is the server's."""
    challenge = (
        'Bearer realm="https://fake.azurecr.io/oauth2/token",service="fake.azurecr.io",'
        'scope="repository:samples/hello:metadata_read"'
    )
    assert lines_of(azure(auth="token"), "GET", f"/v2/{NAME}/tags/list") == [
        *front(JSON, 216),
        *EXPOSED,
        VERSION,
        HSTS,
        ("Www-Authenticate", challenge),
        NOSNIFF,
        CORRELATION,
        HSTS,
    ]


def test_root_has_only_a_correlation_id() -> None:
    """Azure SDK for Go, CheckDockerV2Support; the rest below /v2 has request ids as well."""
    assert lines_of(azure(), "GET", "/v2/") == [*front(JSON, 2), *EXPOSED, VERSION, HSTS, NOSNIFF, CORRELATION, HSTS]


def test_request_id_of_the_client_is_returned() -> None:
    lines = lines_of(azure(), "GET", "/v2/_catalog", headers={"x-ms-client-request-id": "mine"})
    assert ("X-Ms-Client-Request-Id", "mine") in lines


def test_refusal_below_v2_has_request_ids() -> None:
    """Azure SDK for Go, GetManifest_wrongTag and CompleteUpload_uploadByChunkFailOver: 404 and 416
    have them. A client that sends no id of its own gets an empty one back."""
    lines = lines_of(azure(), "GET", f"/v2/{NAME}/manifests/wrong-tag")
    assert lines == [
        *front(JSON, 128),
        *EXPOSED,
        VERSION,
        HSTS,
        NOSNIFF,
        CLIENT_REQUEST,
        CORRELATION,
        REQUEST,
        HSTS,
    ]


def test_acr_v1_answer_has_only_a_correlation_id() -> None:
    assert lines_of(azure(), "GET", "/acr/v1/_catalog") == [
        *front(JSON, 22),
        *EXPOSED,
        VERSION,
        HSTS,
        NOSNIFF,
        CORRELATION,
        HSTS,
    ]


def test_headers_of_a_manifest_are_in_the_order_of_go() -> None:
    registry = azure()
    digest = put_image(registry, NAME, "1")
    content = registry.content.get_manifest(RepositoryName(NAME), Tag("1")).content
    lines = lines_of(registry, "GET", f"/v2/{NAME}/manifests/1", headers={"Accept": OCI_MANIFEST})
    assert lines == [
        *front(OCI_MANIFEST, len(content)),
        *EXPOSED,
        ("Docker-Content-Digest", digest),
        VERSION,
        ("Etag", f'"{digest}"'),
        HSTS,
        NOSNIFF,
        CLIENT_REQUEST,
        CORRELATION,
        REQUEST,
        HSTS,
    ]


def test_upload_has_a_location_and_no_content_type() -> None:
    """acr-behaviour 8.1: absent on an empty 202."""
    names = [name for name, _ in lines_of(azure(), "POST", f"/v2/{NAME}/blobs/uploads/")]
    assert names == [
        "Server",
        "Date",
        "Content-Length",
        *["Access-Control-Expose-Headers"] * 4,
        "Docker-Distribution-Api-Version",
        "Docker-Upload-Uuid",
        "Location",
        "Range",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Ms-Client-Request-Id",
        "X-Ms-Correlation-Request-Id",
        "X-Ms-Request-Id",
        "Strict-Transport-Security",
    ]


def test_redirect_of_a_blob_has_no_request_ids() -> None:
    """acr-behaviour 2.2 and 8.3: recorded by the Azure SDK for .NET."""
    registry = azure()
    put_blob(registry, NAME, LAYER)
    names = [name for name, _ in lines_of(registry, "GET", f"/v2/{NAME}/blobs/{LAYER_DIGEST}")]
    assert names == [
        "Server",
        "Date",
        "Content-Type",
        "Content-Length",
        *["Access-Control-Expose-Headers"] * 4,
        "Docker-Content-Digest",
        "Docker-Distribution-Api-Version",
        "Location",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Ms-Correlation-Request-Id",
        "Strict-Transport-Security",
    ]


def test_storage_has_its_own_headers() -> None:
    """acr-behaviour 8.3: Azure Storage's own headers, also those of a copy, none of the registry's."""
    registry = azure()
    put_blob(registry, NAME, LAYER)
    location = send(registry, "GET", f"/v2/{NAME}/blobs/{LAYER_DIGEST}").header("Location")
    lines = lines_of(registry, "GET", location.removeprefix("https://fake.eastus.data.azurecr.io"))
    etag = lines.pop([name for name, _ in lines].index("ETag"))
    source = lines.pop([name for name, _ in lines].index("x-ms-copy-source"))
    assert re.fullmatch('"0x8D[0-9A-F]{13}"', etag[1])
    assert re.fullmatch(f"https://[^/]+/fake//docker/registry/v2/repositories/{NAME}/_uploads/[^/]+/data", source[1])
    assert sorted(lines) == [
        ("Accept-Ranges", "bytes"),
        ("Content-Length", "16"),
        ("Content-Type", "application/octet-stream"),
        ("Date", DATE),
        ("Last-Modified", DATE),
        ("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"),
        ("x-ms-blob-committed-block-count", "1"),
        ("x-ms-blob-type", "AppendBlob"),
        ("x-ms-copy-completion-time", DATE),
        ("x-ms-copy-id", "<guid>"),
        ("x-ms-copy-progress", "16/16"),
        ("x-ms-copy-status", "success"),
        ("x-ms-creation-time", DATE),
        ("x-ms-lease-state", "available"),
        ("x-ms-lease-status", "unlocked"),
        ("x-ms-request-id", "<guid>"),
        ("x-ms-server-encrypted", "true"),
        ("x-ms-version", "2018-03-28"),
    ]


def test_router_miss_exposes_nothing() -> None:
    """acr-behaviour 2.3: GetManifestProperties_wrongDigest."""
    assert lines_of(azure(auth="token"), "GET", "/acr/v1/hello-world/_manifests/wrong-digest") == [
        *front("text/plain; charset=utf-8", 19),
        VERSION,
        HSTS,
        NOSNIFF,
        CORRELATION,
        HSTS,
    ]


def test_front_end_miss_has_few_headers() -> None:
    """acr-behaviour 2.3: GetUploadStatus_fail."""
    assert lines_of(azure(), "GET", "/wrong location") == [*front("application/octet-stream", 9), HSTS]


def test_front_end_answers_a_long_field_with_few_headers() -> None:
    """acr-behaviour 2.3: nginx's page; that its headers are those of a miss is [I]."""
    lines = lines_of(azure(), "GET", "/v2/", headers={"Cookie": "x" * 9_000})

    assert lines == [*front("text/html", 226), HSTS]


def test_login_has_its_own_headers_and_no_content_length() -> None:
    """acr-behaviour 2.2: chunked, one HSTS header, the rest of 10,000 calls a minute as calls a
    second."""
    registry = azure(auth="anonymous-pull")
    counted = [
        [
            *front(JSON, None),
            CORRELATION,
            ("x-ms-ratelimit-remaining-calls-per-second", left),
            HSTS,
        ]
        for left in ("166.65", "166.633333", "166.616667")
    ]
    target = "/oauth2/token?service=fake.azurecr.io&scope=registry:catalog:*"
    assert [lines_of(registry, "GET", target) for _ in counted] == counted


@pytest.mark.parametrize(
    ("method", "target", "content_type", "length"),
    [
        ("POST", "/oauth2/exchange", "application/json", 72),
        ("GET", "/oauth2/token?service=fake.azurecr.io", TEXT, 186),
        ("HEAD", "/oauth2/token?service=fake.azurecr.io", TEXT, 186),
    ],
)
def test_refused_login_has_a_content_length(
    method: str,
    target: str,
    content_type: str,
    length: int,
) -> None:
    """acr-behaviour 2.2, 3.3 and 3.4: a length, the rate header, one HSTS header."""
    assert lines_of(azure(auth="token"), method, target) == [
        *front(content_type, length),
        CORRELATION,
        ("x-ms-ratelimit-remaining-calls-per-second", "166.65"),
        HSTS,
    ]


def test_refused_refresh_token_has_a_length_of_zero() -> None:
    """acr-behaviour 3.4: empty body, Content-Length 0."""
    lines = lines_of(azure(auth="token"), "POST", "/oauth2/token", b"grant_type=refresh_token")

    assert lines[:4] == [*front(None, 0), CORRELATION]


def test_message_of_a_refused_login_names_the_correlation_id_of_the_headers() -> None:
    registry = azure(auth="token")
    headers = {"Authorization": "Basic x"}

    found = [send(registry, "GET", "/oauth2/token?service=fake.azurecr.io", headers=headers) for _ in range(2)]

    ids = [answer.header("X-Ms-Correlation-Request-Id") for answer in found]
    messages = [answer.json["errors"][0]["message"] for answer in found]
    assert [message.partition(" CorrelationId: ")[2] for message in messages] == ids
    assert ids[0] != ids[1]


@pytest.mark.parametrize("target", ["/oauth2/exchange", "/oauth2/nothing"])
def test_router_miss_of_the_login_has_the_headers_of_the_login(target: str) -> None:
    """acr-behaviour 2.2 and 2.3; that it has no rate header is [I]."""
    assert lines_of(azure(), "GET", target) == [*front(None, 0), CORRELATION, HSTS]


def test_remaining_calls_count_down_within_a_second() -> None:
    """acr-behaviour 2.2: 8.000000, then 7.000000; each second starts anew. No call is refused."""
    clock = ManualClock(1_790_000_000 * 10**9)
    registry = FakeRegistry(Settings(auth="off"), clock=clock)

    def left() -> str:
        lines = dict(lines_of(registry, "DELETE", f"/v2/{NAME}/blobs/{ABSENT}"))
        return lines["X-Ms-Ratelimit-Remaining-Calls-Per-Second"]

    assert [left() for _ in range(10)] == [f"{n}.000000" for n in (8, 7, 6, 5, 4, 3, 2, 1, 0, 0)]
    clock.advance(1)
    assert left() == "8.000000"


@pytest.mark.parametrize(
    ("method", "target", "counted"),
    [
        ("DELETE", f"/acr/v1/{NAME}", True),
        ("DELETE", f"/acr/v1/{NAME}/_tags/1", True),
        ("DELETE", f"/v2/{NAME}/manifests/{ABSENT}", True),
        ("GET", f"/acr/v1/{NAME}", False),
        ("PUT", f"/v2/{NAME}/manifests/1", False),
    ],
)
def test_only_deletes_report_the_remaining_calls(method: str, target: str, *, counted: bool) -> None:
    lines = dict(lines_of(azure(), method, target))
    assert ("X-Ms-Ratelimit-Remaining-Calls-Per-Second" in lines) is counted


def test_only_deletes_below_acr_v1_have_request_ids() -> None:
    """acr-behaviour 2.2 for the repository's; Azure SDK for Go, DeleteTag of January 2024, for the
    tag's."""
    registry = azure()
    put_image(registry, NAME, "1")
    asked = [("GET", f"/acr/v1/{NAME}"), ("DELETE", f"/acr/v1/{NAME}/_tags/1"), ("DELETE", f"/acr/v1/{NAME}")]
    assert ["X-Ms-Request-Id" in dict(lines_of(registry, *one)) for one in asked] == [False, True, True]


def test_each_list_has_its_row() -> None:
    assert {row.name for row in ENDPOINTS if row.listing} == LISTINGS.keys()


@every_list
def test_long_list_has_no_content_length(listing: Listing) -> None:
    """acr-behaviour 2.1: long lists are chunked; where that begins is [I]."""
    registry = azure()
    listing.fill(registry, 2)
    short = lines_of(registry, "GET", listing.path)

    listing.fill(registry, 350)
    long = lines_of(registry, "GET", f"{listing.path}?n=350")

    assert ["Content-Length" in dict(lines) for lines in (short, long)] == [True, False]


@pytest.mark.parametrize(("tags", "has_length"), [(1, True), (400, False)])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_long_document_below_acr_v1_has_no_content_length(method: str, tags: int, *, has_length: bool) -> None:
    """acr-behaviour 2.1: recorded for one manifest's document of 2,392 bytes; the limit is [I]."""
    registry = azure()
    digest = put_image(registry, NAME, *(f"t{number}" for number in range(tags)))

    lines = dict(lines_of(registry, method, f"/acr/v1/{NAME}/_manifests/{digest}", b"{}"))

    assert ("Content-Length" in lines) is has_length


@pytest.mark.parametrize(("tags", "has_length"), [(1, True), (200, False)])
def test_long_answer_to_the_delete_of_a_repository_has_no_content_length(tags: int, *, has_length: bool) -> None:
    registry = azure()
    put_image(registry, NAME, *(f"t{number:03}-{'x' * 10}" for number in range(tags)))

    lines = dict(lines_of(registry, "DELETE", f"/acr/v1/{NAME}"))

    assert ("Content-Length" in lines) is has_length


def test_document_of_2048_bytes_has_a_content_length() -> None:
    """The limit to the byte [I]: one more is chunked."""
    registry = azure()
    target = f"/acr/v1/{NAME}/_manifests/{put_image(registry, NAME)}"

    def length_with(details: int) -> str | None:
        changes = json.dumps({"quarantineDetails": "x" * details}).encode()
        return dict(lines_of(registry, "PATCH", target, changes)).get("Content-Length")

    padding = 2_048 - int(length_with(0) or 0)

    assert [length_with(padding), length_with(padding + 1)] == ["2048", None]


def test_long_manifest_has_a_content_length() -> None:
    """The Azure SDK for Python requires it (acr-behaviour 15.2)."""
    registry = azure()
    put_image(registry, NAME)
    content = manifest_bytes(LAYER, annotations={"padding": "x" * 4_000})
    put_manifest(registry, NAME, "long", content)

    lines = dict(lines_of(registry, "GET", f"/v2/{NAME}/manifests/long", headers={"Accept": OCI_MANIFEST}))

    assert lines["Content-Length"] == str(len(content))


def test_date_is_from_the_clock_of_the_registry() -> None:
    clock = ManualClock(1_790_000_000 * 10**9)
    registry = FakeRegistry(Settings(auth="off"), clock=clock)
    clock.advance(86_400)
    assert dict(lines_of(registry, "GET", "/v2/"))["Date"] == "Tue, 22 Sep 2026 14:13:20 GMT"


def test_oci_profile_has_no_service_headers() -> None:
    assert lines_of(registry_of("oci"), "GET", "/v2/") == [("Content-Type", JSON), ("Content-Length", "2"), VERSION]


PATHS = ["/v2/", "/v2/samples/hello/tags/list", "/acr/v1/_catalog", "/oauth2/token", "/v2/unknown", "/favicon.ico"]


def security_lines(host: str, path: str) -> int:
    found = send(azure(), "GET", path, host=host)
    return len([name for name, _ in found.headers if name == "Strict-Transport-Security"])


@pytest.mark.parametrize(
    "host", ["fake.azurecr.io", "FAKE.azurecr.io.", "fake.azurecr.io:443", "fake.eastus.data.azurecr.io"]
)
@pytest.mark.parametrize("path", PATHS)
def test_registry_asks_for_https_by_its_own_names(host: str, path: str) -> None:
    assert security_lines(host, path) >= 1


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "", "other.azurecr.io", "x.fake.azurecr.io"]
)
@pytest.mark.parametrize("path", PATHS)
def test_other_names_are_not_bound_to_https(host: str, path: str) -> None:
    """RFC 6797 §8.1: the header binds every port of the name."""
    assert security_lines(host, path) == 0
