"""Faults: what goes wrong on purpose, addressed by endpoint name and by the moment it happens.

- `door`: before the registry has looked at who calls. A client's first try without a token counts too.
- `before`: the caller is authorized, nothing has been done: the request was lost or damaged on its way in.
- `after`: all is done: the response is lost or damaged on its way out, the state has changed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, Protocol, Self, get_args

from fake_registry.http.answers import Answer, json_answer, reason_phrase
from fake_registry.http.call import Call
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.names import parse_repository_name
from fake_registry.wire.errors import STATUS_WORDS
from fake_registry.wire.json_text import encode_json
from fake_registry.wsgi import ConnectionDropped

When = Literal["door", "before", "after"]


class Effect(Protocol):
    """What a fault does: to a request (at `door` and `before`), or to a response (`after`)."""

    @property
    def default_when(self) -> When:
        """The moment that is meant when none is named."""

    def on_request(self, call: Call) -> Call | Answer:
        """Return the call as it arrives, or the answer it gets instead."""

    def on_response(self, answer: Answer) -> Answer:
        """Return the response as it leaves."""


@dataclass(frozen=True)
class Refuse:
    """An error status instead of an answer, with the usual JSON and `Retry-After` in seconds."""

    status: int = 503
    _: KW_ONLY
    code: str | None = None
    """The error's code and message; by default those that registries have for the status."""
    message: str | None = None
    retry_after: int | None = None
    default_when: When = "before"

    def __post_init__(self) -> None:
        if not 400 <= self.status <= 599:
            raise ValueError(f"Refuse answers with a status from 400 to 599, not {self.status}")
        if self.retry_after is not None and self.retry_after < 0:
            raise ValueError(f"retry_after is a number of seconds, not {self.retry_after}")

    def on_request(self, call: Call) -> Call | Answer:
        return self._answer()

    def on_response(self, answer: Answer) -> Answer:
        answer.close()
        return self._answer()

    def _answer(self) -> Answer:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        code, message = STATUS_WORDS.get(self.status, ("UNAVAILABLE", reason_phrase(self.status).lower()))
        content = encode_json({"errors": [{"code": self.code or code, "message": self.message or message}]})
        return json_answer(content, headers, status=self.status)


@dataclass(frozen=True, kw_only=True)
class Disconnect:
    """The connection breaks: the client gets no answer at all."""

    default_when: When = "before"

    def on_request(self, call: Call) -> Call | Answer:
        raise ConnectionDropped("a fault dropped the request")

    def on_response(self, answer: Answer) -> Answer:
        answer.close()
        raise ConnectionDropped("a fault dropped the response")


@dataclass(frozen=True)
class Truncate:
    """The connection breaks after `size` bytes of the body: the response's, or `before` the request's.

    A body that is no longer than that comes through whole; it counts as a hit all the same.
    """

    size: int
    default_when: When = "after"

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(f"Truncate leaves a number of bytes, not {self.size}")

    def on_request(self, call: Call) -> Call | Answer:
        return replace(call, body=call.body.alter(self._cut))

    def on_response(self, answer: Answer) -> Answer:
        return _altered(answer, self._cut)

    def _cut(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        left = self.size
        for piece in pieces:
            if len(piece) > left:
                yield piece[:left]
                raise ConnectionDropped(f"a fault cut the body after {self.size} bytes")
            left -= len(piece)
            yield piece


@dataclass(frozen=True)
class Corrupt:
    """The byte at `offset` of the body is another one: the response's, or `before` the request's.

    A body that ends before it comes through as it is; it counts as a hit all the same.
    """

    offset: int = 0
    default_when: When = "after"

    def __post_init__(self) -> None:
        if self.offset < 0:
            raise ValueError(f"Corrupt changes the byte at an offset from the start, not at {self.offset}")

    def on_request(self, call: Call) -> Call | Answer:
        return replace(call, body=call.body.alter(self._flip))

    def on_response(self, answer: Answer) -> Answer:
        return _altered(answer, self._flip)

    def _flip(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        start = 0
        for piece in pieces:
            place = self.offset - start
            start += len(piece)
            if 0 <= place < len(piece):
                yield b"".join((piece[:place], bytes((piece[place] ^ 0xFF,)), piece[place + 1 :]))
            else:
                yield piece


def _altered(answer: Answer, alter: Callable[[Iterable[bytes]], Iterator[bytes]]) -> Answer:
    """Let an answer's body go through `alter`; it still announces the length it had."""
    return replace(answer, body=alter(answer.body))


@dataclass(frozen=True)
class Fault:
    """An effect at an endpoint. `endpoint` is a name such as `upload.chunk`, or a pattern such as `upload.*` or `*`.

    The first `skip` calls pass, the next `times` are struck (all, if None). `when` is the effect's own default unless
    named: Truncate and Corrupt work on the response, the others before. `repository` restricts it to one.

    Raises ValueError for an endpoint that does not exist, with the names of those that do, and NameInvalid for an
    ill-formed repository.
    """

    endpoint: str
    effect: Effect
    _: KW_ONLY
    when: When | None = None
    skip: int = 0
    times: int | None = None
    repository: str | None = None

    def __post_init__(self) -> None:
        check_endpoint_pattern(self.endpoint)
        if self.when not in (None, *get_args(When)):
            raise ValueError(f"when is one of {', '.join(get_args(When))}, not {self.when!r}")
        if self.repository is not None:
            parse_repository_name(self.repository)
        if self.skip < 0 or (self.times is not None and self.times < 1):
            raise ValueError(f"skip is at least 0 and times at least 1, not {self.skip} and {self.times}")

    @property
    def moment(self) -> When:
        """When it strikes."""
        return self.when or self.effect.default_when

    def concerns(self, call: Call) -> bool:
        """Tell whether a call is one that this fault counts."""
        return fnmatchcase(call.endpoint.name, self.endpoint) and self.repository in (None, call.repository)


class ActiveFault:
    """A fault in force: what `FaultPlan.add` returns. As a context manager it ends with the block."""

    def __init__(self, fault: Fault, plan: "FaultPlan") -> None:
        self.fault = fault
        self.hits = 0
        """How many calls it has struck."""
        self._seen = 0
        self._plan = plan

    def remove(self) -> None:
        """End it. Twice does no harm."""
        self._plan.remove(self)

    def is_due(self) -> bool:
        """Count a call that the fault concerns; tell whether it is past those to skip. The plan's mutex is held."""
        self._seen += 1
        return self._seen > self.fault.skip

    def strike(self) -> bool:
        """Count a hit, unless there have been enough; tell whether it is one. The plan's mutex is held."""
        if self.fault.times is not None and self.hits >= self.fault.times:
            return False
        self.hits += 1
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<{self.fault}, {self.hits} hits>"


class FaultPlan:
    """The faults in force, in the order in which they were added. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._active: tuple[ActiveFault, ...] = ()

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault in force."""
        active = ActiveFault(fault, self)
        with self._mutex:
            self._active += (active,)
        return active

    def remove(self, active: ActiveFault) -> None:
        """Take a fault out of force. Twice does no harm."""
        with self._mutex:
            self._active = tuple(other for other in self._active if other is not active)

    def clear(self) -> None:
        """Take all faults out of force."""
        with self._mutex:
            self._active = ()

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._active)

    def __len__(self) -> int:
        return len(self._active)

    def on_request(self, when: When, call: Call, struck: list[Fault]) -> Call | Answer:
        """Return the call as the faults of this moment leave it, or the answer it gets. `struck` collects them."""
        for fault in self._striking(when, call):
            struck.append(fault)
            altered = fault.effect.on_request(call)
            if isinstance(altered, Answer):
                return altered
            call = altered
        return call

    def on_response(self, call: Call, answer: Answer, struck: list[Fault]) -> Answer:
        """Return the response as the faults `after` the call leave it. `struck` collects them."""
        for fault in self._striking("after", call):
            struck.append(fault)
            answer = fault.effect.on_response(answer)
        return answer

    def _striking(self, when: When, call: Call) -> Iterator[Fault]:
        """Yield the faults that strike, each counted as it does: one that answers spares the call those after it."""
        if not self._active:
            return
        with self._mutex:
            concerned = [a for a in self._active if a.fault.moment == when and a.fault.concerns(call)]
            due = [active for active in concerned if active.is_due()]
        for active in due:
            with self._mutex:
                struck = active.strike()
            if struck:
                yield active.fault
