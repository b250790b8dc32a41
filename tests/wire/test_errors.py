"""The tables of errors: ACR's wording to the byte (acr-behaviour 6 and 17), the specification's fourteen codes, and the
way back."""

import json
from collections.abc import Iterator

import pytest

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec.errors import ABSENT, RegistryError
from fake_registry.spec.media_types import OCI_INDEX, OCI_MANIFEST
from fake_registry.wire.error_rows import ANY, JsonRow, Row, XmlRow
from fake_registry.wire.error_tables import TABLES
from fake_registry.wire.errors import ErrorAnswer, code_in, decode_error, encode_error
from fake_registry.wire.json_text import JSON_TYPE
from tests.wire.values import endpoint_named

DIGEST = "sha256:" + "ab" * 32

SPEC_CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}

GUID = "5f3a2b1c-0d4e-4f5a-8b6c-7d8e9f0a1b2c"

FACTS = {
    "repository": "hello/world",
    "tag": "v1",
    "digest": DIGEST,
    "address": "192.0.2.1",
    "media_type": OCI_INDEX,
    "correlation_id": GUID,
    "kind": "no role",
    "path": "/v2/x",
    "permission": "r",
}

OTHER_FACTS = {
    "media_type": OCI_MANIFEST,
    "kind": "refresh token",
    "path": "/oauth2/x",
}


def every_class(kind: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from every_class(subclass)


def every_row() -> Iterator[tuple[Profile, type[RegistryError], str | None, Row]]:
    for profile, table in TABLES.items():
        for (kind, endpoint), rows in table.items():
            for row in rows:
                yield profile, kind, endpoint, row


def facts_for(row: Row) -> dict[str, str]:
    """The fewest facts with which this row applies."""
    facts = next(facts for facts in (FACTS, FACTS | OTHER_FACTS) if row.applies(facts))
    return {name: facts[name] for name in facts if not row.applies({n: v for n, v in facts.items() if n != name})}


def acr(error: RegistryError, endpoint: str | None = ANY) -> ErrorAnswer:
    return encode_error(error, profile="acr", endpoint=endpoint_named(endpoint))


def needs(*access: tuple[str, str, str]) -> e.Unauthorized:
    return e.Unauthorized(access=access)


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("kind", list(every_class()))
def test_every_error_has_a_row_that_always_applies(kind: type[RegistryError], profile: Profile) -> None:
    assert TABLES[profile][kind, ANY][-1].applies({})


@pytest.mark.parametrize(("profile", "kind", "endpoint", "row"), list(every_row()))
def test_every_row_reads_back_as_its_class(
    profile: Profile, kind: type[RegistryError], endpoint: str | None, row: Row
) -> None:
    error = kind("a reason")
    error.facts.update(facts_for(row))
    answer = encode_error(error, profile=profile, endpoint=endpoint_named(endpoint))
    assert answer.status == row.status
    if isinstance(row, JsonRow):
        entry = json.loads(answer.body)["errors"][0]
        assert (entry["code"], entry["message"]) == (row.code, row.message.format_map(error.facts))
    elif isinstance(row, XmlRow):
        assert f"<Error><Code>{row.code}</Code><Message>{row.message}\n".encode() in answer.body
    else:
        assert answer.body == row.body
    assert type(decode_error(answer.status, answer.body, endpoint=endpoint_named(endpoint))) is kind


@pytest.mark.parametrize(("profile", "kind", "endpoint", "row"), list(every_row()))
def test_code_and_message_are_never_swapped(
    profile: Profile, kind: type[RegistryError], endpoint: str | None, row: Row
) -> None:
    if isinstance(row, JsonRow):
        assert row.code.isascii()
        assert row.code.replace("_", "").isupper()
        assert not row.message.isupper()
        assert profile == "acr" or row.code in SPEC_CODES
    elif isinstance(row, XmlRow):
        assert row.code.isalpha()
        assert row.message.endswith(".")
    else:
        assert b'"errors"' not in row.body


@pytest.mark.parametrize(
    ("error", "endpoint", "length"),
    [
        (needs(), "base", 149),
        (needs(("registry", "catalog", "*")), "acr.catalog", 196),
        (needs(("repository", "base", "pull")), "manifest.get", 198),
        (needs(("repository", "nginx", "delete")), "acr.tag.delete", 201),
        (needs(("repository", "hello-world", "delete")), "manifest.delete", 207),
        (needs(("repository", "testblobclient", "pull")), "blob.get", 208),
        (needs(("repository", "podinfo", "metadata_read")), "tags.list", 210),
        (needs(("repository", "testclient", "metadata_read")), "acr.tags.list", 213),
        (needs(("repository", "hello-world", "pull"), ("repository", "hello-world", "push")), "upload.start", 264),
        (
            needs(
                ("repository", "hello-world", "pull"),
                ("repository", "hello-world", "push"),
                ("repository", "alpine", "pull"),
            ),
            "upload.start",
            318,
        ),
        (e.NameUnknown(repository="wrong-name"), "acr.repository.get", 88),
        (e.NameUnknown(repository="wrong-name"), "acr.tags.list", 88),
        (e.NameUnknown(repository="does_not_exist"), "acr.repository.delete", 122),
        (e.TagUnknown(repository="a", tag="b"), "acr.tag.get", 81),
        (e.ManifestUnknown(repository="a", tag="wrong-tag"), "manifest.head", 128),
        (e.ManifestUnknown(repository="a", digest=DIGEST), "manifest.delete", 147),
        (e.ManifestUnknown(repository="a", digest=DIGEST), "acr.manifest.get", 70),
        (e.ManifestUnknown(repository="a", digest=DIGEST), "acr.manifest.update", 70),
        (e.ManifestUnknown(repository="hello", digest=DIGEST), "manifest.get", 258),
        (e.ManifestUnknown(repository="hello", digest=DIGEST), "manifest.head", 258),
        (e.ManifestNotAcceptable(repository="a", media_type=OCI_MANIFEST), "manifest.get", 122),
        (e.Unsupported(), "manifest.delete", 90),
        (e.OperationDisallowed(repository="a", attribute="writeEnabled"), "manifest.put", 264),
        (e.BlobUnknown(repository="a", digest=DIGEST), "blob.get", 74),
        (e.DigestInvalid(digest="x"), "upload.finish", 131),
        (e.BlobUploadInvalid(upload="u"), "upload.chunk", 76),
        (e.BlobUploadRangeInvalid(content_range="-1--1"), "upload.chunk", 169),
        (e.RouteUnknown(path="/acr/v1/hello-world/_manifests/wrong-digest"), ANY, 19),
        (e.RouteUnknown(path="/wrong location"), ANY, 9),
        (e.Unauthorized(failure="audience"), "oauth.exchange", 72),
        (e.Unauthorized(failure="wrong password"), "oauth.token", 134),
        (e.Unauthorized(correlation_id=GUID), "oauth.token", 186),
        (e.Unauthorized(kind="no role", correlation_id=GUID), "oauth.exchange", 186),
        (e.Unauthorized(kind="refresh token", correlation_id=GUID), "oauth.token", 0),
    ],
)
def test_acr_bodies_are_as_long_as_recorded(error: RegistryError, endpoint: str | None, length: int) -> None:
    assert len(acr(error, endpoint).body) == length


@pytest.mark.parametrize(
    ("error", "endpoint", "answer"),
    [
        (
            needs(("repository", "hello-world", "delete")),
            ANY,
            ErrorAnswer(
                401,
                JSON_TYPE,
                b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit '
                b'https://aka.ms/acr/authorization for more information.",'
                b'"detail":[{"Type":"repository","Name":"hello-world","Action":"delete"}]}]}\n',
            ),
        ),
        (
            e.NameUnknown(repository="wrong-name"),
            "acr.manifests.list",
            ErrorAnswer(
                404,
                JSON_TYPE,
                b'{"errors":[{"code":"NAME_UNKNOWN","message":"repository \\"wrong-name\\" is not found"}]}\n',
            ),
        ),
        (
            e.BlobUploadRangeInvalid("a gap", content_range="9-12", offset=4),
            "upload.chunk",
            ErrorAnswer(
                416,
                JSON_TYPE,
                b'{"errors":[{"code":"BLOB_UPLOAD_RANGE_INVALID","message":"blob upload range invalid",'
                b'"detail":{"Range":"9-12","Reason":"the Content-Range does not start where the upload ends"}}]}\n',
            ),
        ),
        (
            e.ManifestTooLarge(limit=4),
            "manifest.put",
            ErrorAnswer(
                400,
                JSON_TYPE,
                b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid",'
                b'"detail":"http: request body too large"}]}\n',
            ),
        ),
        (
            e.PageInvalid(n="x"),
            "acr.tags.list",
            ErrorAnswer(
                400,
                JSON_TYPE,
                b'{"errors":[{"code":"PAGINATION_NUMBER_INVALID","message":"invalid number of results requested",'
                b'"detail":{"n":"x"}}]}\n',
            ),
        ),
        (
            e.Denied(address="192.0.2.1"),
            ANY,
            ErrorAnswer(
                403,
                JSON_TYPE,
                b'{"errors":[{"code":"DENIED","message":"client with IP \'192.0.2.1\' is not allowed access. '
                b'Refer https://aka.ms/acr/firewall to grant access."}]}\n',
            ),
        ),
        (
            e.RouteUnknown(path="/v2/alpine/blobs/wrong digest"),
            ANY,
            ErrorAnswer(404, "text/plain; charset=utf-8", b"404 page not found\n"),
        ),
        (e.RouteUnknown(path="/v2"), ANY, ErrorAnswer(404, "text/plain; charset=utf-8", b"404 page not found\n")),
        (e.RouteUnknown(path="/v2x"), ANY, ErrorAnswer(404, "application/octet-stream", b"Not found")),
        (e.RouteUnknown(path="/oauth2/exchange"), ANY, ErrorAnswer(404, "", b"")),
        (
            e.Unauthorized(),
            "oauth.exchange",
            ErrorAnswer(
                401,
                "application/json",
                b'{"errors":[{"code":"UNAUTHORIZED","message":"token validation failed"}]}',
            ),
        ),
        (
            e.Unauthorized(correlation_id=GUID),
            "oauth.token",
            ErrorAnswer(
                401,
                "text/plain; charset=utf-8",
                b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit '
                b"https://aka.ms/acr/authorization for more information. "
                b'CorrelationId: 5f3a2b1c-0d4e-4f5a-8b6c-7d8e9f0a1b2c"}]}',
            ),
        ),
    ],
)
def test_acr_answers_to_the_byte(error: RegistryError, endpoint: str | None, answer: ErrorAnswer) -> None:
    assert acr(error, endpoint) == answer


def test_oci_detail_has_reason_and_facts() -> None:
    error = e.ManifestTooLarge("too much", limit=4)
    answer = encode_error(error, profile="oci", endpoint=endpoint_named("manifest.put"))
    assert answer == ErrorAnswer(
        413,
        JSON_TYPE,
        b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest too large",'
        b'"detail":{"reason":"too much","limit":4}}]}\n',
    )


def test_oci_detail_lacks_the_facts_for_the_journal() -> None:
    error = e.Unauthorized("expired", failure="expired", access=(("repository", "a", "pull"),))
    answer = encode_error(error, profile="oci")
    assert json.loads(answer.body)["errors"][0]["detail"] == [{"Type": "repository", "Name": "a", "Action": "pull"}]
    assert b"expired" not in answer.body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (e.BlobUploadRangeInvalid, 416, "BLOB_UPLOAD_INVALID"),
        (e.TagUnknown, 404, "MANIFEST_UNKNOWN"),
        (e.RangeUnsatisfiable, 416, "SIZE_INVALID"),
        (e.NameInvalid, 400, "NAME_INVALID"),
        (e.DigestInvalid, 400, "DIGEST_INVALID"),
        (e.RouteUnknown, 404, "NAME_UNKNOWN"),
        (e.MethodUnsupported, 405, "UNSUPPORTED"),
    ],
)
def test_oci_statuses(kind: type[RegistryError], status: int, code: str) -> None:
    answer = encode_error(kind(), profile="oci")
    assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (status, code)


def test_each_missing_blob_is_an_entry_and_reads_back_as_one() -> None:
    digests = [f"sha256:{number:064x}" for number in range(3)]
    entries = tuple(e.ManifestBlobUnknown(digest=digest) for digest in digests)
    answer = acr(e.ManifestBlobUnknown(digest=digests[0], entries=entries), "manifest.put")
    assert [entry["detail"] for entry in json.loads(answer.body)["errors"]] == digests
    error = decode_error(answer.status, answer.body, endpoint=endpoint_named("manifest.put"))
    assert isinstance(error, e.ManifestBlobUnknown)
    assert [(type(entry), entry.detail) for entry in error.entries] == [(type(error), digest) for digest in digests]


@pytest.mark.parametrize(("detail", "text"), [(None, b'"detail":null'), ({}, b'"detail":{}'), ("x", b'"detail":"x"')])
def test_detail_of_the_error_replaces_that_of_the_row(detail: object, text: bytes) -> None:
    answer = acr(e.BlobUnknown(detail=detail))
    assert text in answer.body
    assert decode_error(answer.status, answer.body).detail == detail


def test_absent_detail_has_no_key_and_reads_back_as_absent() -> None:
    answer = acr(e.BlobUnknown())
    assert b"detail" not in answer.body
    assert decode_error(answer.status, answer.body).detail is ABSENT


def test_facts_are_read_back_from_a_message() -> None:
    answer = acr(e.ManifestUnknown(repository="a", tag="v1"))
    error = decode_error(answer.status, answer.body)
    assert error.facts == {"tag": "v1"}
    assert error.reason == 'manifest tagged by "v1" is not found'


def test_facts_are_read_back_from_the_message_of_one_endpoint() -> None:
    answer = acr(e.NameUnknown(repository="a/b"), "acr.tags.list")
    error = decode_error(answer.status, answer.body, endpoint=endpoint_named("acr.tags.list"))
    assert error.facts == {"repository": "a/b"}


def test_escapes_are_those_of_go() -> None:
    answer = acr(e.ManifestInvalid("<é & \u2028>"))
    assert '"detail":"\\u003cé \\u0026 \\u2028\\u003e"'.encode() in answer.body
    assert decode_error(answer.status, answer.body).detail == "<é & \u2028>"


def test_path_that_is_not_utf_8_is_answered() -> None:
    assert b'"name":"?"' in acr(e.NameUnknown(repository="\ud800")).body


REQUEST_ID, TIME = "efd8a54c-901e-0063-1327-02bb48000000", "2020-03-24T22:01:57.2523154Z"


@pytest.mark.parametrize(
    ("error", "status", "code", "length"),
    [
        (e.RangeUnsatisfiable(size=0), 416, "InvalidRange", 249),
        (e.BlobUnknown(repository="a", digest=DIGEST), 404, "BlobNotFound", 215),
        (e.Denied(permission="r"), 403, "AuthorizationPermissionMismatch", 279),
        (e.MethodUnsupported(method="POST"), 405, "UnsupportedHttpVerb", 237),
    ],
)
@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_errors_of_storage_are_as_long_as_recorded(
    error: RegistryError, status: int, code: str, length: int, profile: Profile
) -> None:
    """azure-sdk-for-net#10827 and recordings of the Azure SDKs (acr-behaviour 8.3)."""
    error.facts.update(request_id=REQUEST_ID, time=TIME)
    answer = encode_error(error, profile=profile, endpoint=endpoint_named("storage.blob"))
    assert (answer.status, answer.content_type, len(answer.body)) == (status, "application/xml", length)
    assert answer.headers["x-ms-error-code"] == code_in(answer.body) == code
    assert answer.headers["x-ms-request-id"] == REQUEST_ID
    assert type(decode_error(answer.status, answer.body)) is type(error)


def test_error_of_storage_is_as_recorded() -> None:
    """azure-sdk-for-net#10827, with the byte order mark that its length includes."""
    answer = acr(e.RangeUnsatisfiable(size=0, request_id=REQUEST_ID, time=TIME), "storage.blob")
    assert answer.body.decode() == (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>InvalidRange</Code>'
        "<Message>The range specified is invalid for the current size of the resource.\n"
        "RequestId:efd8a54c-901e-0063-1327-02bb48000000\nTime:2020-03-24T22:01:57.2523154Z</Message></Error>"
    )


def test_detail_of_a_failed_authentication_is_an_element_of_its_own() -> None:
    """Recorded with 544 bytes, by the Azure SDK for JavaScript in 2019."""
    detail = (
        "Signature not valid in the specified time frame: Start [Thu, 13 Jun 2019 16:18:07 GMT] - "
        "Expiry [Fri, 14 Jun 2019 16:23:07 GMT] - Current [Thu, 13 Jun 2019 09:22:53 GMT]"
    )
    answer = acr(e.Denied(authentication_detail=detail, request_id=REQUEST_ID, time=TIME), "storage.blob")
    assert answer.body.endswith(f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>".encode())
    assert len(answer.body) == 544


@pytest.mark.parametrize(
    ("error", "version"),
    [
        (e.BlobUnknown(), "2018-03-28"),
        (e.Denied(permission="r"), "2018-03-28"),
        (e.Denied(), None),
        (e.Unsupported(), None),
        (e.MethodUnsupported(), None),
    ],
)
def test_only_the_blob_service_of_storage_sends_its_version(error: RegistryError, version: str | None) -> None:
    """Recorded: the front end of Azure Storage sends no x-ms-version."""
    assert acr(error, "storage.blob").headers.get("x-ms-version") == version


def test_errors_of_storage_are_xml_and_never_401() -> None:
    answer = acr(e.Unsupported("storage takes no Authorization header"), "storage.blob")
    assert (answer.status, answer.content_type) == (400, "application/xml")
    assert b"<Code>InvalidAuthenticationInfo</Code>" in answer.body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"errors":[{"code":"MYCODE","message":"my message"},{"code":"OTHER"}]}', "MYCODE"),
        (b'{"errors":[{"code":7}]}', None),
        (b'{"errors":[]}', None),
        (b'<?xml version="1.0"?>\n<Error>\n  <Code>BlobNotFound</Code>', "BlobNotFound"),
        (b"<?xml version='1.0'?><Code>BlobNotFound</Code>", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_code_is_the_first_one_that_was_sent(body: bytes, code: str | None) -> None:
    assert code_in(body) == code
