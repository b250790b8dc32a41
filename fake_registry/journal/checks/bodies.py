"""Rules about the bodies of requests: their length, and how often they are sent."""

from collections.abc import Iterator, Sequence
from typing import Final

from fake_registry.journal.checks.locations import parse_location
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_probe
from fake_registry.spec.endpoints import EndpointName

_WITH_BODIES: Final = frozenset({"PATCH", "POST", "PUT"})


def _find_without_length(exchanges: Sequence[Exchange]) -> Sequence[ClientMistake]:
    found = [*_bodies_without_length(exchanges), *_starts_without_length(exchanges)]
    return sorted(found, key=lambda mistake: mistake.exchanges[-1].number)


def _bodies_without_length(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    for exchange in exchanges:
        if _requires_length(exchange) and not exchange.request_header("Content-Length"):
            sent = f"{exchange.request_bytes} bytes of a body" if exchange.request_bytes else "a chunk"
            text = f"{exchange.method} of {sent} without Content-Length"
            yield ClientMistake(exchanges=(exchange,), text=text)


def _starts_without_length(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield the starts of uploads in chunks. One that goes on with a PUT needs no length."""
    starts: dict[str, Exchange] = {}
    for exchange in exchanges:
        start = starts.pop(exchange.path, None)
        if start is not None and exchange.endpoint == EndpointName.UPLOAD_CHUNK:
            text = "the POST for an upload in chunks without `Content-Length: 0`"
            yield ClientMistake(exchanges=(start, exchange), text=text)

        is_start = exchange.endpoint == EndpointName.UPLOAD_START and exchange.status == 202
        if is_start and not exchange.request_header("Content-Length"):
            path, _ = parse_location(exchange.response_header("Location") or "") or ("", "")
            starts[path] = exchange


def _requires_length(exchange: Exchange) -> bool:
    if exchange.endpoint is None or exchange.method not in _WITH_BODIES or is_probe(exchange):
        return False
    return exchange.request_bytes > 0 or exchange.endpoint == EndpointName.UPLOAD_CHUNK


MISSING_CONTENT_LENGTH: Final = ClientRule(
    name="missing-content-length",
    sentence="A body is sent without Content-Length, as with `Transfer-Encoding: chunked`, or an upload "
    "in chunks is started without `Content-Length: 0`: proxies and registries may answer 411.",
    source="distribution-spec v1.1.1, Pushing a blob monolithically (end-4b, end-6) and in chunks "
    "(end-5); RFC 9110 §15.5.12",
    example="Send each chunk as bytes or as a file of known length, and no generator.",
    find=_find_without_length,
)


def _find_sent_again(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    refused: dict[tuple[str, str, str], Exchange] = {}
    for exchange in exchanges:
        if exchange.request_bytes == 0:
            continue

        request = (exchange.method, exchange.path, exchange.query)
        first = refused.pop(request, None)
        if is_probe(exchange):
            refused[request] = exchange
        elif first is not None and first.request_bytes == exchange.request_bytes:
            yield ClientMistake(exchanges=(first, exchange), text=_sent_again_text(exchange))


def _sent_again_text(second: Exchange) -> str:
    again = f"{second.request_bytes} bytes were sent twice"
    return f"{again}: first without a token, and after the answer 401 with one"


BODY_SENT_AGAIN: Final = ClientRule(
    name="body-sent-again-after-401",
    sentence="A body is sent without a token, and once more after the answer 401, so that each "
    "upload takes twice its bytes.",
    source="acr-behaviour 1.3: ACR reads the whole body before it answers 401; RFC 9110 §10.1.1",
    example="Log in before the first request that has a body, or send `Expect: 100-continue`.",
    find=_find_sent_again,
)
