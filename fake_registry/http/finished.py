"""The facts that are kept of a finished request, and the exchange that they make."""

import re
from collections.abc import Callable

from fake_registry.http.answers import Answer, Headers
from fake_registry.http.call import Call
from fake_registry.http.faults.active import Strike
from fake_registry.http.passage import Passage
from fake_registry.journal.exchange import Exchange, kept_bytes_of
from fake_registry.journal.reasons import reason_of
from fake_registry.journal.recorder import Recorder
from fake_registry.journal.redaction import (
    HeaderPlaces,
    header_places,
    redact_answer_headers,
    redact_reason,
)
from fake_registry.journal.text import WITHOUT_EFFECT
from fake_registry.settings import Settings
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.redaction import redact_host, redact_path, redact_query, redact_text

_Line = tuple[str, str, str, str, str]
"""Method, scheme, host, path and query."""

_Names = tuple[str | None, str | None, str | None]
"""Endpoint, repository and reference."""

_Refusal = tuple[tuple[str, ...], str | None]
"""The codes of the errors, and the reason."""

_Struck = tuple[str, Strike]
"""The text of an effect, and what it did."""

FinishedRequest = tuple[
    int,
    _Line,
    HeaderPlaces,
    tuple[str, ...],
    _Names,
    str | None,
    tuple[_Struck, ...],
    _Refusal,
    int,
    int | None,
    Headers,
]
"""Time, request line, where the headers are, their values, names, principal, faults, refusal, bytes
of the request's body, status and headers of the answer. With secrets.

Most exchanges are never read, so that each request leaves these facts alone. They are a tuple,
because to construct anything else costs a percent of a call.
"""

_LENGTH = re.compile(r"[0-9]{1,18}")
"""A Content-Length (RFC 9110 §8.6) that fits in 64 bits."""

_NO_REFUSAL: _Refusal = ((), None)


def recorder_of_exchanges(
    settings: Settings,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> Recorder[FinishedRequest, Exchange]:
    """Return a recorder of requests within the bounds of the settings."""
    return Recorder(
        settings.max_recorded_requests,
        _exchange_of,
        max_bytes=settings.max_recorded_bytes,
        size_of=_bytes_of,
        on_record=on_exchange,
    )


def finished_request(passage: Passage) -> FinishedRequest:
    """Return the facts about a request that is over. It raises nothing."""
    request, call, answer = passage.request, passage.call, passage.answer
    places = header_places(tuple(request.environ))

    return (
        passage.time,
        request[1:],
        places,
        places.read(request.environ),
        _names_in(call) if call else (None, None, None),
        passage.grant.principal if passage.grant else _principal_of(passage.error),
        tuple(map(_name_strike, passage.struck)) if passage.struck else (),
        _refusal_of(passage.error) if passage.error else _NO_REFUSAL,
        passage.body.received,
        answer.status if answer else None,
        answer.headers if answer else (),
    )


def _exchange_of(number: int, finished: FinishedRequest) -> Exchange:
    """Return the exchange that has this number, without secrets.

    It raises nothing, also if an effect has put malformed headers into the answer.
    """
    time, line, places, values, names, principal, faults, refusal, received, status, headers = finished
    method, scheme, host, path, query = line
    endpoint, repository, reference = names
    errors, failure = refusal

    return Exchange(
        number=number,
        time=time,
        method=method,
        scheme=scheme,
        host=redact_host(host),
        path=redact_path(path),
        query=redact_query(query),
        endpoint=None if endpoint is None else str(endpoint),
        repository=repository,
        reference=redact_path(reference) if reference else None,
        status=status,
        errors=errors,
        failure=failure,
        principal=principal,
        faults=tuple(map(_text_of, faults)),
        request_bytes=received,
        response_bytes=_length_in(headers),
        request_headers=places.redact(values),
        response_headers=redact_answer_headers(headers),
    )


def _bytes_of(finished: FinishedRequest) -> int:
    """Return about the bytes of memory that the exchange takes, with secrets."""
    _, line, _, values, names, _, _, refusal, _, _, headers = finished
    method, _, host, path, query = line
    texts = (method, host, query, refusal[1] or "", *values)
    return kept_bytes_of(path, names[2], texts, headers)


def _name_strike(strike: Strike) -> _Struck:
    return redact_text(repr(strike.fault.effect)), strike


def _text_of(struck: _Struck) -> str:
    """Return a fault's text, which says so if it had no effect: that may be known after the answer."""
    text, strike = struck
    return f"{text}{WITHOUT_EFFECT}" if strike.is_idle else text


def _names_in(call: Call) -> _Names:
    reference = call.reference or call.digest or call.tag or call.upload
    return call.endpoint.name, call.repository or None, reference or None


def _refusal_of(error: RegistryError) -> _Refusal:
    codes = tuple([entry.code for entry in error.entries])
    return codes, redact_reason(reason_of(error)) or None


def _principal_of(error: RegistryError | None) -> str | None:
    """Return the caller that was refused; None if its token is unknown."""
    return None if error is None else error.facts.get("principal")


def _length_in(headers: Headers) -> int | None:
    """Return the announced length; None if there is none, or it is malformed."""
    length = Answer(0, headers).header("Content-Length") or ""
    return int(length) if _LENGTH.fullmatch(length) else None
