"""Errors to and from status and body, by the tables of `error_tables`. Nobody else knows status and wording.

Headers that go with an error (WWW-Authenticate, Retry-After, Allow, Content-Range) are `http`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec.errors import ABSENT, Detail, RegistryError
from fake_registry.spec.json_object import JsonObject, decode_object
from fake_registry.wire.error_tables import ANY, TABLES, JsonRow, Row, Table, TextRow
from fake_registry.wire.json_text import encode_json

STATUS_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    401: ("UNAUTHORIZED", "authentication required"),
    403: ("DENIED", "requested access to the resource is denied"),
    404: ("NAME_UNKNOWN", "repository name not known to registry"),
    405: ("UNSUPPORTED", "the operation is unsupported"),
    429: ("TOOMANYREQUESTS", "too many requests"),
}
"""Code and message where nothing but a status is known: distribution-spec v1.1.1, Error Codes."""

JSON_TYPE: Final = "application/json; charset=utf-8"


@dataclass(frozen=True)
class ErrorAnswer:
    """What is sent for an error. `content_type` is empty where the body is: then there is no such header."""

    status: int
    content_type: str
    body: bytes


def encode_error(error: RegistryError, *, profile: Profile, endpoint: str = ANY) -> ErrorAnswer:
    """Return the answer that tells `error` at the endpoint of this name; several entries stand in one body."""
    table = TABLES[profile]
    row = _row_of(table, error, endpoint)
    if isinstance(row, TextRow):
        return ErrorAnswer(row.status, row.content_type, row.body)
    entries = [_entry(table, entry, endpoint) for entry in error.entries]
    return ErrorAnswer(row.status, JSON_TYPE, encode_json({"errors": entries}))


def _row_of(table: Table, error: RegistryError, endpoint: str) -> Row:
    rows = table.get((type(error), endpoint)) or table[type(error), ANY]
    return next(row for row in rows if row.applies(error.facts))


def _entry(table: Table, error: RegistryError, endpoint: str) -> dict[str, object]:
    row = _row_of(table, error, endpoint)
    assert isinstance(row, JsonRow)  # an error's entries are of its class, and a class of several entries has JSON rows
    entry: dict[str, object] = {"code": row.code, "message": row.message.format_map(error.facts)}
    detail = error.detail
    if detail is ABSENT:
        detail = row.detail(error) if callable(row.detail) else row.detail
    if detail is not ABSENT:
        entry["detail"] = detail
    return entry


def decode_error(status: int, body: bytes, *, endpoint: str = ANY) -> RegistryError:
    """Return the error that an answer tells, whoever wrote it: this package in either profile, or another registry.

    The wording of our tables decides, then the code, and where that is unknown or there is none (HEAD), status and
    endpoint. The reason is the message, facts are what the message names. An answer of a kind that no class stands for,
    a 500 say, is Unsupported.
    """
    known = _TEXTS.get((status, body))
    if known is not None:
        return known()
    entries = tuple(_decode_entry(status, entry, endpoint) for entry in _entries_in(body))
    if not entries:
        return _class_by_status(status, endpoint)(f"status {status}")
    first = entries[0]
    if len(entries) == 1:
        return first
    return type(first)(first.reason, detail=first.detail, entries=entries, **first.facts)


def _entries_in(body: bytes) -> Sequence[JsonObject]:
    try:
        errors = decode_object(body).get("errors")
    except ValueError:
        return ()
    if not isinstance(errors, list):
        return ()
    return [entry for entry in errors if isinstance(entry, dict)]


def _decode_entry(status: int, entry: JsonObject, endpoint: str) -> RegistryError:
    code, message, detail = entry.get("code"), entry.get("message"), entry.get("detail", ABSENT)
    text = message if isinstance(message, str) else ""
    worded = _worded(status, code, text, detail, endpoint) if isinstance(code, str) else None
    if worded is not None:
        return worded
    if status in _TELLING or not isinstance(code, str) or code not in _CLASSES:
        return _class_by_status(status, endpoint)(text, detail=detail)
    return _CLASSES[code](text, detail=detail)


def _worded(status: int, code: str, message: str, detail: Detail, endpoint: str) -> RegistryError | None:
    for kind, where, row in _ROWS.get((status, code), ()):
        if where in (ANY, endpoint):
            facts = row.read(message, detail)
            if facts is not None:
                error = kind(message, detail=detail)
                error.facts.update(facts)
                return error
    return None


def _rows_by_code() -> Mapping[tuple[int, str], Sequence[tuple[type[RegistryError], str, JsonRow]]]:
    """Every JSON row of both tables under its status and code; narrower details before wider."""
    found: dict[tuple[int, str], list[tuple[type[RegistryError], str, JsonRow]]] = {}
    for table in TABLES.values():
        for (kind, endpoint), rows in table.items():
            for row in rows:
                if isinstance(row, JsonRow):
                    found.setdefault((row.status, row.code), []).append((kind, endpoint, row))
    for group in found.values():
        group.sort(key=lambda item: callable(item[2].detail) or item[2].detail is ABSENT)
    return found


_ROWS: Final = _rows_by_code()

_TEXTS: Final[Mapping[tuple[int, bytes], type[RegistryError]]] = {
    (row.status, row.body): kind
    for table in TABLES.values()
    for (kind, _), rows in table.items()
    for row in rows
    if isinstance(row, TextRow) and row.body
}

# Of classes with one code the first is the plain one: the tables are in the order of `spec.errors`.
_CLASSES: Final[Mapping[str, type[RegistryError]]] = {
    kind.code: kind for table in TABLES.values() for kind, _ in reversed(list(table))
}

_TELLING: Final = frozenset({413, 416, 429})
"""Statuses that say more than a code: registries differ in which code they give a chunk out of order."""


def _class_by_status(status: int, endpoint: str) -> type[RegistryError]:
    noun = endpoint.partition(".")[0]
    match status:
        case 400:
            return _ILL_FORMED.get(endpoint, e.DigestInvalid if noun in _ADDRESSED_BY_DIGEST else e.Unsupported)
        case 404:
            return _MISSING.get(endpoint, e.RouteUnknown)
        case 405:
            # Every registry answers HEAD; what is refused there is the content.
            return e.OperationDisallowed if endpoint.endswith(".head") else e.MethodUnsupported
        case 413:
            return e.ManifestTooLarge if noun == "manifest" else e.SizeInvalid
        case 416:
            return e.BlobUploadRangeInvalid if noun == "upload" else e.RangeUnsatisfiable
        case _:
            return _BY_STATUS.get(status, e.Unsupported)


_BY_STATUS: Final[Mapping[int, type[RegistryError]]] = {
    401: e.Unauthorized,
    403: e.Denied,
    406: e.ManifestNotAcceptable,
    411: e.SizeInvalid,
    415: e.ManifestInvalid,
    429: e.TooManyRequests,
    503: e.TooManyRequests,
}

_ADDRESSED_BY_DIGEST: Final = frozenset({"blob", "upload", "manifest", "referrers"})

_ILL_FORMED: Final[Mapping[str, type[RegistryError]]] = {
    "manifest.put": e.ManifestInvalid,
    "tags.list": e.PageInvalid,
    "catalog.list": e.PageInvalid,
    "acr.catalog": e.PageInvalid,
    "acr.tags.list": e.PageInvalid,
    "acr.manifests.list": e.PageInvalid,
    "acr.repository.update": e.AttributesInvalid,
    "acr.tag.update": e.AttributesInvalid,
    "acr.manifest.update": e.AttributesInvalid,
}
"""400 without a code, by endpoint."""

_MISSING: Final[Mapping[str, type[RegistryError]]] = {
    "blob.get": e.BlobUnknown,
    "blob.head": e.BlobUnknown,
    "blob.delete": e.BlobUnknown,
    "storage.blob": e.BlobUnknown,
    "upload.start": e.NameUnknown,
    "upload.chunk": e.BlobUploadUnknown,
    "upload.finish": e.BlobUploadUnknown,
    "upload.status": e.BlobUploadUnknown,
    "upload.cancel": e.BlobUploadUnknown,
    "manifest.get": e.ManifestUnknown,
    "manifest.head": e.ManifestUnknown,
    "manifest.delete": e.ManifestUnknown,
    "manifest.put": e.NameUnknown,
    "tags.list": e.NameUnknown,
    "acr.repository.get": e.NameUnknown,
    "acr.repository.update": e.NameUnknown,
    "acr.repository.delete": e.NameUnknown,
    "acr.tags.list": e.NameUnknown,
    "acr.tag.get": e.TagUnknown,
    "acr.tag.update": e.TagUnknown,
    "acr.tag.delete": e.TagUnknown,
    "acr.manifests.list": e.NameUnknown,
    "acr.manifest.get": e.ManifestUnknown,
    "acr.manifest.update": e.ManifestUnknown,
}
"""404 without a code, by endpoint. Elsewhere, at referrers too, the endpoint itself is missing (distribution-spec,
Unavailable Referrers API)."""
