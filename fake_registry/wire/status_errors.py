"""Errors that are a status, a code and a message, without a `RegistryError`: those of faults."""

from collections.abc import Mapping
from html import escape
from typing import Final

from fake_registry.spec.endpoints import Endpoint, Family
from fake_registry.wire.error_rows import Facts, XmlRow
from fake_registry.wire.errors import XML_TYPE, ErrorAnswer
from fake_registry.wire.json_text import JSON_TYPE, encode_json_for
from fake_registry.wire.statuses import error_words, reason_phrase
from fake_registry.wire.storage_error_table import STORAGE_ERRORS


def encode_status_error(
    status: int,
    *,
    endpoint: Endpoint,
    code: str | None = None,
    message: str | None = None,
    facts: Facts,
) -> ErrorAnswer:
    """Return the answer to an error in the form of `endpoint`: XML at storage, else JSON.

    Code and message are the usual ones for the status by default. `facts` are those of `XmlRow`.
    """
    if endpoint.family is Family.STORAGE:
        return _encode_xml(status, code, message, facts)

    usual_code, usual_message = error_words(status)
    error = {"code": code or usual_code, "message": message or usual_message}
    return ErrorAnswer(status, JSON_TYPE, encode_json_for(endpoint, {"errors": [error]}))


def _encode_xml(
    status: int,
    code: str | None,
    message: str | None,
    facts: Facts,
) -> ErrorAnswer:
    usual_code, usual_message = _storage_words(status)
    row = XmlRow(status, escape(code or usual_code), escape(message or usual_message))
    headers = {**row.headers_of(facts), "x-ms-error-code": code or usual_code}
    return ErrorAnswer(status, XML_TYPE, row.body_of(facts), headers)


def _storage_words(status: int) -> tuple[str, str]:
    """Return code and message of an error of Azure Storage; of other statuses they are [I]."""
    phrase = reason_phrase(status)
    derived = (phrase.title().replace(" ", "").replace("-", ""), f"{phrase}.")
    return _STORAGE_WORDS.get(status, derived)


_STORAGE_ROWS: Final = [row for rows in STORAGE_ERRORS.values() for row in rows if isinstance(row, XmlRow)]

_INTERNAL_ERROR: Final = (
    "InternalError",
    "Server encountered an internal error. Please try again after some time.",
)
"""Docs of Azure Storage, Common REST API error codes."""

_STORAGE_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    500: _INTERNAL_ERROR,
    **{row.status: (row.code, row.message) for row in _STORAGE_ROWS},
}
