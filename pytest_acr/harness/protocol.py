"""Checks of every response: server errors, and the documents that explain refusals."""

import re
from collections.abc import Iterator
from typing import Final

from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.json_bodies import decode_json
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties.protocol import (
    ERROR_BODY,
    ERROR_CODE,
    ERROR_DOCUMENT,
    NO_SERVER_ERROR,
    WARNING,
)

SPEC_CODES: Final = frozenset(
    {
        *("BLOB_UNKNOWN", "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "DIGEST_INVALID"),
        *("MANIFEST_BLOB_UNKNOWN", "MANIFEST_INVALID", "MANIFEST_UNKNOWN", "NAME_INVALID"),
        *("NAME_UNKNOWN", "SIZE_INVALID", "UNAUTHORIZED", "DENIED", "UNSUPPORTED"),
        "TOOMANYREQUESTS",
    }
)
"""distribution-spec v1.1.1, Error Codes."""

ACR_CODES: Final = frozenset(
    {"TAG_UNKNOWN", "TAG_INVALID", "REGISTRY_DISALLOWED_OPERATION", "BLOB_UPLOAD_RANGE_INVALID"}
)
"""acr-behaviour 6: the service has codes of its own."""

_NOT_IMPLEMENTED: Final = 501
_MAX_WARNING_BYTES: Final = 4096

_TEXT: Final = r'299 - "(?:[^"\\]|\\.)*"'
_WARNING: Final = re.compile(rf"\s*{_TEXT}(?:\s*,\s*{_TEXT})*\s*")
"""One or more warnings: RFC 7234 §5.5, with the code and agent of distribution-spec, Warnings."""


def protocol_breaches(
    request: RawRequest,
    response: RawResponse,
    dialect: Dialect,
) -> Iterator[tuple[Property, str]]:
    """Yield the properties of all responses that this one breaks, each with the expectation."""
    if response.header("warning") is not None and not response.redirected:
        yield from _warning_breaches(response)
    if response.status < 400:
        return
    if response.status >= 500:
        if response.status != _NOT_IMPLEMENTED:
            yield NO_SERVER_ERROR, "a status below 500"
    elif request.method == "HEAD" or response.redirected:
        return
    elif _is_json(response):
        yield from _document_breaches(response, dialect)
    elif dialect.errors_explained and not response.body:
        yield ERROR_BODY, "a body that explains the refusal"


def _warning_breaches(response: RawResponse) -> Iterator[tuple[Property, str]]:
    values = tuple(response.all_of("warning"))
    size = sum(len(value) for value in values)

    if size > _MAX_WARNING_BYTES:
        yield WARNING, f"at most {_MAX_WARNING_BYTES} bytes of warnings, found {size}"
    elif not all(_WARNING.fullmatch(value) for value in values):
        yield WARNING, f'299 - "text", found {", ".join(values)}'


def _is_json(response: RawResponse) -> bool:
    """Return whether the body is meant as JSON. Some registries send it as plain text."""
    says_so = "json" in (response.header("content-type") or "")
    return says_so or response.body.lstrip().startswith(b"{")


def _document_breaches(response: RawResponse, dialect: Dialect) -> Iterator[tuple[Property, str]]:
    codes = error_codes(response)
    allowed = SPEC_CODES | ACR_CODES if dialect.acr else SPEC_CODES
    if not codes:
        yield ERROR_DOCUMENT, '{"errors": [{"code": "...", ...}]}'
    elif not allowed.issuperset(codes):
        yield ERROR_CODE, "a code of the table of error codes"


def error_codes(response: RawResponse) -> tuple[str, ...]:
    """Return the codes of an error document; nothing if the body is none."""
    try:
        errors = decode_json(response)["errors"]
        codes = tuple(error["code"] for error in errors)
    except (TypeError, KeyError):
        return ()
    return codes if all(isinstance(code, str) for code in codes) else ()
