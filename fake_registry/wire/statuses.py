"""Statuses in words: the reason phrase, and code and message of an error that is only a status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

_ERROR_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    401: ("UNAUTHORIZED", "authentication required"),
    403: ("DENIED", "requested access to the resource is denied"),
    404: ("NAME_UNKNOWN", "repository name not known to registry"),
    405: ("UNSUPPORTED", "the operation is unsupported"),
    429: ("TOOMANYREQUESTS", "too many requests"),
}
"""Code and message: distribution-spec v1.1.1, Error Codes."""


def reason_phrase(status: int) -> str:
    """Return the standard text of a status."""
    return _PHRASES.get(status, "Unknown")


def error_words(status: int) -> tuple[str, str]:
    """Return the code and the message of an error that is only a status.

    A status for which the specification has no code is UNAVAILABLE, with its reason phrase.
    """
    unspecified = ("UNAVAILABLE", reason_phrase(status).lower())
    return _ERROR_WORDS.get(status, unspecified)
