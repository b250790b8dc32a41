"""A recorded request as a command of curl, which sends it once more.

Secrets and bodies are not recorded: the command names a variable and a file in their places.
"""

from collections.abc import Iterator
from shlex import quote
from typing import Final

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchange_url import url_of
from fake_registry.spec.redaction import HIDDEN
from fake_registry.spec.shell_words import escape_double_quoted, header_word
from fake_registry.spec.text import printable

BODY_FILE: Final = "@body"
"""Stands for the body: curl reads a file of this name."""

_VARIABLE: Final = "$TOKEN"
"""Stands for a secret in a header."""

_OF_CURL: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect"})
"""The headers that curl sends by itself: those of the connection and of the body's length."""


def curl_command(exchange: Exchange) -> str:
    """Return the command, for a POSIX shell.

    It is to be read as well: characters that are not printable are escaped, as in all texts of an
    exchange.
    """
    words = ["curl", *_method_words(exchange)]
    for name, value in exchange.request_headers:
        if name.lower() not in _OF_CURL:
            words += ["-H", _header_word(printable(name), printable(value))]

    if exchange.request_bytes:
        words += _body_words(exchange)
    return " ".join([*words, quote(url_of(exchange))])


def _method_words(exchange: Exchange) -> Iterator[str]:
    if exchange.method == "HEAD":
        yield "--head"  # with -X HEAD curl waits for a body
    elif exchange.method != "GET" or exchange.request_bytes:
        yield from ("-X", quote(printable(exchange.method)))


def _header_word(name: str, value: str) -> str:
    if HIDDEN not in value:
        return header_word(name, value)

    escaped = escape_double_quoted(f"{name}: {value}")
    return f'"{escaped.replace(HIDDEN, _VARIABLE)}"'


def _body_words(exchange: Exchange) -> Iterator[str]:
    if exchange.request_header("Content-Type") is None:
        yield from ("-H", "Content-Type:")  # curl would send that of a form
    yield from ("--data-binary", BODY_FILE)
