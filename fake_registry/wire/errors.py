"""Errors to and from status and body, by the tables in `error_tables`.

Headers of an error (WWW-Authenticate, Retry-After, Allow, Content-Range) are in `http`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec.endpoints import UNSPECIFIC, Endpoint, EndpointName
from fake_registry.spec.errors import ABSENT, Detail, RegistryError
from fake_registry.spec.json_object import JsonObject, decode_object
from fake_registry.wire.error_rows import ANY, JsonRow, Row, Table, TextRow, XmlRow
from fake_registry.wire.error_tables import TABLES
from fake_registry.wire.json_text import encode_json_for

XML_TYPE: Final = "application/xml"
"""Of errors of Azure Storage."""

_EntryRow = tuple[type[RegistryError], EndpointName | None, JsonRow]


@dataclass(frozen=True)
class ErrorAnswer:
    """Status and body of an error. `content_type` is empty if the body is: no such header."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that repeat facts of the body."""


def encode_error(
    error: RegistryError,
    *,
    profile: Profile,
    endpoint: Endpoint | None = None,
) -> ErrorAnswer:
    """Return the answer to an error at `endpoint`; None stands for a path that is not routed.

    An error with several entries becomes one body with as many.
    """
    table = TABLES[profile]
    name = _name_of(endpoint)
    row = _row_of(table, error, name)
    if isinstance(row, TextRow):
        return ErrorAnswer(row.status, row.content_type, row.body)
    if isinstance(row, XmlRow):
        headers = row.headers_of(error.facts)
        return ErrorAnswer(row.status, XML_TYPE, row.body_of(error.facts), headers)

    entries = [_encode_entry(table, entry, name) for entry in error.entries]
    body = encode_json_for(endpoint, {"errors": entries})
    return ErrorAnswer(row.status, row.content_type, body)


def _name_of(endpoint: Endpoint | None) -> EndpointName | None:
    return ANY if endpoint is None else endpoint.name


def _row_of(table: Table, error: RegistryError, endpoint: EndpointName | None) -> Row:
    rows = table.get((type(error), endpoint)) or table[type(error), ANY]
    return next(row for row in rows if row.applies(error.facts))


def _encode_entry(
    table: Table,
    error: RegistryError,
    endpoint: EndpointName | None,
) -> dict[str, object]:
    row = _row_of(table, error, endpoint)
    # Entries have the class of their error, and classes with several entries have JSON rows.
    assert isinstance(row, JsonRow)

    entry: dict[str, object] = {"code": row.code, "message": row.message.format_map(error.facts)}
    detail = _detail_of(row, error)
    if detail is not ABSENT:
        entry["detail"] = detail
    return entry


def _detail_of(row: JsonRow, error: RegistryError) -> Detail:
    if error.detail is not ABSENT:
        return error.detail
    return row.detail(error) if callable(row.detail) else row.detail


def decode_error(status: int, body: bytes, *, endpoint: Endpoint | None = None) -> RegistryError:
    """Return the error in an answer of this package, in either profile, or of another registry.

    The wording in our tables decides; then the code; and if that is absent (HEAD) or unknown, the
    status and the endpoint. The reason is the message, the facts are those that the message
    names. Unsupported stands for statuses without a class, such as 500.
    """
    known = _TEXTS.get((status, body)) or _STORED.get((status, _storage_code_in(body)))
    if known is not None:
        return known()

    entries = tuple(_decode_entry(status, entry, endpoint) for entry in _entries_in(body))
    if not entries:
        return _class_by_status(status, endpoint)(f"status {status}")
    first = entries[0]
    if len(entries) == 1:
        return first
    return type(first)(first.reason, detail=first.detail, entries=entries, **first.facts)


def code_in(body: bytes) -> str | None:
    """Return the code of the first error in a body as it was sent, None if there is no code."""
    entries = _entries_in(body)
    code = entries[0].get("code") if entries else _storage_code_in(body)
    return code if isinstance(code, str) else None


def _storage_code_in(body: bytes) -> str | None:
    """Return the code in an error of Azure Storage, None for another body."""
    match = _STORAGE_CODE.match(body)
    return None if match is None else match[1].decode()


_STORAGE_CODE: Final = re.compile(rb"[^<]{0,9}<\?xml[^>]{0,99}\?>\s*<Error>\s*<Code>(\w{1,99})</Code>")


def _entries_in(body: bytes) -> Sequence[JsonObject]:
    try:
        errors = decode_object(body).get("errors")
    except ValueError:
        return ()

    if not isinstance(errors, list):
        return ()
    return [entry for entry in errors if isinstance(entry, dict)]


def _decode_entry(status: int, entry: JsonObject, endpoint: Endpoint | None) -> RegistryError:
    code, message = entry.get("code"), entry.get("message")
    detail = entry.get("detail", ABSENT)
    text = message if isinstance(message, str) else ""
    if not isinstance(code, str):
        return _class_by_status(status, endpoint)(text, detail=detail)

    ours = _decode_wording(status, code, text, detail, _name_of(endpoint))
    if ours is not None:
        return ours
    if status in _MORE_SPECIFIC_THAN_CODES or code not in _CLASSES:
        return _class_by_status(status, endpoint)(text, detail=detail)
    return _CLASSES[code](text, detail=detail)


def _decode_wording(
    status: int,
    code: str,
    message: str,
    detail: Detail,
    endpoint: EndpointName | None,
) -> RegistryError | None:
    """Return the error whose row in our tables has this wording; None without such a row."""
    for kind, where, row in _ROWS.get((status, code), ()):
        if where not in (ANY, endpoint):
            continue
        facts = row.read(message, detail)
        if facts is not None:
            error = kind(message, detail=detail)
            error.facts.update(facts)
            return error
    return None


def _all_rows() -> Iterator[tuple[type[RegistryError], EndpointName | None, Row]]:
    for table in TABLES.values():
        for (kind, endpoint), rows in table.items():
            yield from ((kind, endpoint, row) for row in rows)


def _json_rows_by_code() -> Mapping[tuple[int, str], Sequence[_EntryRow]]:
    """Return the JSON rows of both tables by status and code, those with constant details first."""
    found: dict[tuple[int, str], list[_EntryRow]] = {}
    for kind, endpoint, row in _all_rows():
        if isinstance(row, JsonRow):
            found.setdefault((row.status, row.code), []).append((kind, endpoint, row))

    for group in found.values():
        group.sort(key=lambda item: not item[2].has_constant_detail)
    return found


_ROWS: Final = _json_rows_by_code()

_TEXT_ROWS: Final = [(kind, row) for kind, _, row in _all_rows() if isinstance(row, TextRow)]
_TEXTS: Final[Mapping[tuple[int, bytes], type[RegistryError]]] = {
    (row.status, row.body): kind for kind, row in _TEXT_ROWS if row.body
}

_STORED: Final[Mapping[tuple[int, str | None], type[RegistryError]]] = {
    (row.status, row.code): kind for kind, _, row in _all_rows() if isinstance(row, XmlRow)
}

# The tables are in the order of `spec.errors`, where the general class of a code comes first.
_CLASSES: Final[Mapping[str, type[RegistryError]]] = {
    kind.code: kind for table in TABLES.values() for kind, _ in reversed(list(table))
}

_MORE_SPECIFIC_THAN_CODES: Final = frozenset({413, 416, 429})
"""Registries differ in the code for a chunk out of order, for example, but not in the status."""


def _class_by_status(status: int, endpoint: Endpoint | None) -> type[RegistryError]:
    errors = UNSPECIFIC if endpoint is None else endpoint.status_errors
    match status:
        case 400:
            return errors.malformed
        case 404:
            return errors.missing
        case 405 if endpoint is not None and endpoint.method == "HEAD":
            # Every registry has HEAD: its content is what the registry does not allow.
            return e.OperationDisallowed
        case 413:
            return errors.too_large
        case 416:
            return errors.bad_range
    return _BY_STATUS.get(status, e.Unsupported)


_BY_STATUS: Final[Mapping[int, type[RegistryError]]] = {
    401: e.Unauthorized,
    403: e.Denied,
    405: e.MethodUnsupported,
    406: e.ManifestNotAcceptable,
    411: e.SizeInvalid,
    415: e.ManifestInvalid,
    429: e.TooManyRequests,
    503: e.TooManyRequests,
}
