"""The exchanges of a finding as text: requests after `>`, responses after `<`, as curl -v has them.

Secrets are replaced by `***`, and what a terminal would act on by escapes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fake_registry.spec.redaction import HIDDEN, redact_text, redact_url
from fake_registry.spec.text import printable
from pytest_acr.harness.findings import RawExchange
from pytest_acr.harness.messages import NO_RESPONSE, RawRequest

MAX_BODY_CHARS: Final = 600
MAX_BODY_LINES: Final = 20
MAX_LINE_CHARS: Final = 300

SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Headers whose values are never shown."""

_IRRELEVANT: Final = frozenset(
    {
        *("access-control-expose-headers", "cache-control", "connection", "date"),
        *("docker-distribution-api-version", "keep-alive", "x-ms-client-request-id"),
        *("server", "strict-transport-security", "transfer-encoding", "vary", "x-request-id"),
        *("x-content-type-options", "x-ms-correlation-request-id", "x-ms-request-id"),
    }
)
"""Response headers about which there is no property."""


def transcript_of(exchanges: Sequence[RawExchange]) -> str:
    """Return all exchanges as text, with their numbers. Nothing in it is secret."""
    texts = (
        f"# {number}\n{_request_text(exchange.request)}\n{_response_text(exchange)}"
        for number, exchange in enumerate(exchanges, start=1)
    )
    return "\n\n".join(texts)


def _request_text(request: RawRequest) -> str:
    lines = [
        f"{request.method} {redact_url(request.path)}",
        *_header_lines(request.headers),
        *_body_lines(request.body),
    ]
    return "\n".join(f"> {line}".rstrip() for line in map(_cut, lines))


def _response_text(exchange: RawExchange) -> str:
    response = exchange.response
    if response.status == NO_RESPONSE:
        lines = [f"no response: {redact_text(response.body.decode('utf-8', 'replace'))}"]
    else:
        headers = _relevant_headers(exchange)
        lines = [str(response.status), *_header_lines(headers), *_body_lines(response.body)]
    return "\n".join(f"< {line}".rstrip() for line in map(_cut, lines))


def _relevant_headers(exchange: RawExchange) -> Iterator[tuple[str, str]]:
    hidden = _IRRELEVANT if exchange.request.method == "HEAD" else _IRRELEVANT | {"content-length"}
    return (header for header in exchange.response.headers if header[0].lower() not in hidden)


def _header_lines(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in headers:
        shown = HIDDEN if name.lower() in SECRET_HEADERS else redact_text(value)
        yield f"{name}: {shown}"


def _body_lines(body: bytes) -> Iterator[str]:
    """Yield an empty line and the start of a body, and how much there is of it."""
    if not body:
        return

    yield ""

    # redaction makes a text shorter
    start = body[: 4 * MAX_BODY_CHARS].decode("utf-8", "backslashreplace")
    text = redact_text(start)[:MAX_BODY_CHARS]
    lines = text.splitlines() or [""]
    yield from lines[:MAX_BODY_LINES]

    is_cut = len(body) > MAX_BODY_CHARS or len(lines) > MAX_BODY_LINES
    if is_cut:
        yield f"... ({len(body)} bytes)"


def _cut(line: str) -> str:
    shown = printable(line)
    return shown if len(shown) <= MAX_LINE_CHARS else f"{shown[:MAX_LINE_CHARS]}..."
