"""`RegistryApp`: the registry as a WSGI application.

match -> (door) -> authorize -> (before) -> handle -> (after) -> record. Nothing here sleeps, and nothing else catches a
`RegistryError`.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from fake_registry.auth.authority import Grant
from fake_registry.http.answers import Answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.faults import Fault, FaultPlan
from fake_registry.http.handlers import handle
from fake_registry.http.permission import call_granted, scopes_of
from fake_registry.http.refusals import refusal
from fake_registry.http.request import Request, RequestBody, body_of, request_of
from fake_registry.http.routing import parse_call
from fake_registry.http.service_headers import ServiceHeaders
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Make, Recorder
from fake_registry.journal.redaction import redact_answer_headers, redact_query, redact_request_headers
from fake_registry.spec.errors import RegistryError, SizeInvalid, Unauthorized

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(slots=True)
class _Progress:
    """How far one request has come: local to the thread that answers it."""

    body: RequestBody
    call: Call | None = None
    grant: Grant | None = None
    handled: bool = False
    error: RegistryError | None = None
    struck: list[Fault] = field(default_factory=list)


class RegistryApp:
    """One registry, its login and its storage account, for any WSGI server or transport."""

    def __init__(self, backend: Backend, *, faults: FaultPlan, recorder: Recorder[Exchange]) -> None:
        self._backend = backend
        self._faults = faults
        self._recorder = recorder
        self._service_headers = ServiceHeaders(backend.new_id) if backend.settings.service_headers else None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._respond(request_of(environ))(environ, start_response)

    def _respond(self, request: Request) -> Answer:
        progress = _Progress(body_of(request))
        time = self._backend.clock.now()
        answer: Answer | None = None
        try:
            answer = self._dressed(self._serve(request, progress), request, progress, time)
        finally:
            # also what drops the connection, and what is a bug of ours, has been a request
            self._recorder.record(_exchange(time, request, answer, progress))
        return answer

    def _serve(self, request: Request, progress: _Progress) -> Answer:
        try:
            answer = self._answer(request, progress)
        except RegistryError as error:
            progress.error = error
            answer = refusal(error, request, progress.call, self._backend.settings)
            if isinstance(error, Unauthorized):
                # The real service reads a body before it asks who is there: clients that cannot send theirs again
                # must fail here as they do there (acr-behaviour 1.3).
                with suppress(SizeInvalid):
                    progress.body.drain()
        if progress.handled and progress.call is not None:
            answer = self._faults.on_response(progress.call, answer, progress.struck)
        return answer

    def _dressed(self, answer: Answer, request: Request, progress: _Progress, now: int) -> Answer:
        if self._service_headers is None:
            return answer.adding(("Docker-Distribution-Api-Version", "registry/2.0"))
        authorized = progress.grant is not None
        return self._service_headers.dressed(answer, request, progress.call, authorized=authorized, now=now)

    def _answer(self, request: Request, progress: _Progress) -> Answer:
        settings = self._backend.settings
        call = progress.call = parse_call(request, progress.body, settings)
        arrived = self._faults.on_request("door", call, progress.struck)
        if isinstance(arrived, Answer):
            return arrived
        arrived = self._authorized(arrived, progress)
        arrived = self._faults.on_request("before", arrived, progress.struck)
        if isinstance(arrived, Answer):
            return arrived
        progress.handled = True
        return handle(self._backend, arrived)

    def _authorized(self, call: Call, progress: _Progress) -> Call:
        if call.endpoint.needs is None:
            return call
        needed = scopes_of(call, self._backend.settings)
        progress.grant = self._backend.authority.authorize(
            call.request.header("Authorization"), needed, service=call.request.host, now=self._backend.clock.now()
        )
        return call_granted(call, progress.grant)


def _exchange(time: int, request: Request, answer: Answer | None, progress: _Progress) -> Make[Exchange]:
    """Return the exchange but for its number."""
    call, error = progress.call, progress.error
    return partial(
        Exchange,
        time=time,
        method=request.method,
        host=request.host,
        path=request.path,
        query=redact_query(request.query),
        endpoint=None if call is None else call.endpoint.name.value,
        repository=None if call is None else call.repository or None,
        reference=None if call is None else call.reference or call.digest or call.tag or call.upload or None,
        status=None if answer is None else answer.status,
        errors=() if error is None else tuple(entry.code for entry in error.entries),
        failure=_failure_of(error),
        principal=None if progress.grant is None else progress.grant.principal,
        faults=tuple(repr(fault.effect) for fault in progress.struck),
        request_bytes=progress.body.received,
        response_bytes=_length_of(answer),
        request_headers=redact_request_headers(request.environ),
        response_headers=() if answer is None else redact_answer_headers(answer.headers),
    )


def _failure_of(error: RegistryError | None) -> str | None:
    if error is None:
        return None
    failure = error.facts.get("failure")
    return str(failure) if failure is not None else error.reason or None


def _length_of(answer: Answer | None) -> int | None:
    length = None if answer is None else answer.header("Content-Length")
    return None if length is None else int(length)
