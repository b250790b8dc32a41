"""`RegistryApp`: the registry as a WSGI application, and the stages that each request goes through.

    match -> door -> authorize -> before -> handle
          -> encode_error -> add_profile_headers -> after -> record

If a stage has an answer, or raises a `RegistryError`, the stages up to the handler are skipped: the
request continues at encode_error, the only place where errors are encoded. No stage sleeps: the app
yields pauses, and its runner waits (`wsgi.PAUSES`).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from fake_registry.http.answers import Answer, ClosingPieces
from fake_registry.http.call import Backend, Call
from fake_registry.http.faults.active import Strike
from fake_registry.http.faults.effect import RequestEffect, ResponseEffect, follows_redirects
from fake_registry.http.faults.history import History
from fake_registry.http.faults.plan import FaultPlan, outage
from fake_registry.http.faults.scene import Scene, SceneTools, When, result_of
from fake_registry.http.finished import FinishedRequest, finished_request
from fake_registry.http.handlers import handle
from fake_registry.http.header_fields import check_header_fields
from fake_registry.http.passage import Passage, Stage
from fake_registry.http.refusals import is_refused_login, refusal, without_frames
from fake_registry.http.request import body_of, request_of
from fake_registry.http.routing import parse_call
from fake_registry.http.scopes import authorize, call_granted
from fake_registry.http.service_headers import API_VERSION, ServiceHeaders
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Recorder
from fake_registry.spec.errors import FieldTooLarge, RegistryError, SizeInvalid, Unauthorized
from fake_registry.wsgi import ConnectionDropped, Pause, close_pieces, pieces_for, take_server_headers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class RegistryApp:
    """One registry, its login and its storage account, for any WSGI server or transport."""

    def __init__(
        self,
        backend: Backend,
        *,
        faults: FaultPlan,
        recorder: Recorder[FinishedRequest, Exchange],
    ) -> None:
        self._backend = backend
        self._faults = faults
        self._recorder = recorder
        settings = backend.settings
        self._history = History(backend)
        self._service_headers = None
        if settings.service_headers:
            hosts = (settings.login_server, settings.storage_host)
            self._service_headers = ServiceHeaders(backend.new_id, hosts=hosts)

        self._stages: tuple[Stage, ...] = (
            self._match,
            self._door,
            self._authorize,
            self._before,
            self._handle,
            self._encode_error,
            self._add_profile_headers,
            self._after,
            self._record,
        )
        self._stages_of_answer = self._stages[self._stages.index(self._encode_error) :]

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        request = request_of(environ)
        body = body_of(request)
        passage = Passage(request, body, self._backend.clock.now(), iter(self._stages))

        if self._advance(passage):
            return pieces_for(environ, passage.take_answer().start(environ, start_response))
        rest = self._resume(passage, environ, start_response)
        return pieces_for(environ, ClosingPieces(rest, partial(self._abandon, passage)))

    def _advance(self, passage: Passage) -> bool:
        """Take a request through its stages, up to a pause. Return whether all stages are done.

        Raises an exception that prevents an answer: ConnectionDropped, or that of a bug.
        """
        while (stage := next(passage.stages, None)) is not None:
            try:
                stage(passage)
            except RegistryError as error:
                passage.error = without_frames(error)
                self._answer(passage, None)
            except BaseException as failure:  # noqa: BLE001  raised below, after the pauses
                passage.failure = failure
                passage.stages = iter(())
            if passage.pauses.due:
                return False

        passage.pauses.close()
        if passage.failure is not None:
            self._fail(passage, passage.failure)
        return True

    def _resume(
        self, passage: Passage, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterator[bytes | Pause]:
        """Yield the pauses that a request meets on its way, then the pieces of its answer."""
        done = False
        while not done:
            yield from passage.pauses.take()
            done = self._advance(passage)

        pieces = passage.take_answer().start(environ, start_response)
        try:
            yield from pieces
        finally:
            close_pieces(pieces)

    def _fail(self, passage: Passage, failure: BaseException) -> NoReturn:
        """Raise what prevents an answer. A second error, in closing the answer, is its context."""
        try:
            self._abandon(passage)
        finally:
            try:
                raise failure
            finally:
                # its traceback refers to this frame, and so to the passage
                passage.failure = None
                del failure

    def _abandon(self, passage: Passage) -> None:
        """Record a request that gets no answer. Without effect on one that was answered."""
        try:
            passage.replace_answer(None)
        finally:
            if not passage.recorded:
                self._record(passage)

    def _answer(self, passage: Passage, answer: Answer | None) -> None:
        """Continue at encode_error, with `answer` or with None: `passage.error` is then encoded."""
        passage.replace_answer(answer)
        passage.stages = iter(self._stages_of_answer)

    # The stages, in their order.

    def _match(self, passage: Passage) -> None:
        request, settings = passage.request, self._backend.settings
        try:
            check_header_fields(request, settings)
            passage.call = parse_call(request, passage.body, settings)
        finally:
            if self._faults.is_down:
                passage.struck.append(outage())
                raise ConnectionDropped("the registry is down")

    def _door(self, passage: Passage) -> None:
        if self._faults.active:
            self._strike_request("door", passage)

    def _authorize(self, passage: Passage) -> None:
        call, backend = passage.matched_call, self._backend
        if call.endpoint.needs is None:
            return

        now = backend.clock.now()
        passage.grant = authorize(call, backend.authority, backend.settings, now=now)
        passage.call = call_granted(call, passage.grant)

    def _before(self, passage: Passage) -> None:
        if self._faults.active:
            self._strike_request("before", passage)

    def _handle(self, passage: Passage) -> None:
        call = passage.matched_call
        if self._faults.active:
            self._history.note_call(self._faults, call)

        passage.handled = True
        passage.answer = handle(self._backend, call)

    def _encode_error(self, passage: Passage) -> None:
        if passage.answer is None and passage.error is not None:
            passage.answer = self._encode(passage.error, passage)

    def _add_profile_headers(self, passage: Passage) -> None:
        passage.answer = self._with_profile_headers(passage.given_answer, passage)

    def _after(self, passage: Passage) -> None:
        if not (passage.handled and self._faults.active):
            return

        passage.handled = False  # the answer to an error that is raised here is not struck again
        call = passage.matched_call
        for strike in chain(self._faults.followers(call), self._faults.striking("after", call)):
            url = passage.given_answer.redirect_url
            if url is not None and follows_redirects(strike.fault.effect):
                strike.follow(url)
            else:
                self._strike_response(strike, passage)

    def _record(self, passage: Passage) -> None:
        passage.recorded = True
        self._recorder.record(finished_request(passage))

    # What several stages do.

    def _strike_request(self, when: When, passage: Passage) -> None:
        for strike in self._faults.striking(when, passage.matched_call):
            effect = strike.fault.effect
            assert isinstance(effect, RequestEffect)  # `Fault` has checked its moment
            scene = self._scene_of(strike, passage, add_headers=_leave_unchanged)
            act = partial(effect.on_request, scene)
            struck = result_of(act, scene, Call, Answer)
            if isinstance(struck, Answer):
                self._answer(passage, struck)
                return
            passage.call = struck

    def _strike_response(self, strike: Strike, passage: Passage) -> None:
        effect = strike.fault.effect
        assert isinstance(effect, ResponseEffect)  # `Fault` has checked its moment
        scene = self._scene_of(strike, passage, add_headers=partial(self._with_profile_headers, passage=passage))
        act = partial(effect.on_response, scene, passage.given_answer)
        passage.replace_answer(result_of(act, scene, Answer))

    def _scene_of(
        self,
        strike: Strike,
        passage: Passage,
        *,
        add_headers: Callable[[Answer], Answer],
    ) -> Scene:
        fault, call = strike.fault, passage.matched_call
        passage.struck.append(strike)
        return Scene(
            when=fault.moment,
            call=call,
            now=self._backend.clock.now(),
            settings=self._backend.settings,
            registry=self._backend.registry,
            cause=f"{fault.effect!r} at {call.endpoint.name}",
            _tools=SceneTools(
                encode=partial(self._encode, passage=passage),
                add_headers=add_headers,
                backend=self._backend,
                pauses=passage.pauses,
                strike=strike,
                past=partial(self._history.past_answer, strike.active, call),
            ),
        )

    def _encode(self, error: RegistryError, passage: Passage) -> Answer:
        passage.error = error
        if is_refused_login(error, passage.call):
            passage.correlation_id = self._backend.new_id()
            error.facts["correlation_id"] = passage.correlation_id

        answer = refusal(error, passage.request, passage.call, self._backend)
        if isinstance(error, Unauthorized):
            # The real service reads a body before it looks at the token: a client that cannot send
            # its body again must fail here as it does there (acr-behaviour 1.3).
            with suppress(SizeInvalid):
                passage.body.drain()
        return answer

    def _with_profile_headers(self, answer: Answer, passage: Passage) -> Answer:
        """Return `answer` with the headers that are the same for all answers of the profile."""
        passage.server_headers += take_server_headers(passage.request.environ)
        if self._service_headers is None:
            return answer.adding(API_VERSION, *passage.server_headers)

        again, passage.has_profile_headers = passage.has_profile_headers, True
        return self._service_headers.add_to(
            answer,
            passage.request,
            passage.call,
            authorized=passage.grant is not None,
            now=passage.time,
            again=again,
            correlation_id=passage.correlation_id,
            by_front_end=isinstance(passage.error, FieldTooLarge),
        )


def _leave_unchanged(answer: Answer) -> Answer:
    """Return the answer as it is: the stage that adds headers is still to come."""
    return answer
