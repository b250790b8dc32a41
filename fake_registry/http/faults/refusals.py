"""Effects that answer with an error."""

import math
import threading
from collections import deque
from dataclasses import KW_ONLY, dataclass, fields
from typing import ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.clock import SECOND_NS
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.header_text import check_header_value
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import Family
from fake_registry.spec.errors import TooManyRequests
from fake_registry.wire.acr_time import encode_fixed
from fake_registry.wire.status_errors import encode_status_error

_TEXT: Final = "text/plain; charset=utf-8"

_SHOWN_CHARACTERS: Final = 40

_MOST_CALLS: Final = 100_000
"""The highest rate: the time of each call is kept."""

_LONGEST_PERIOD_S: Final = 366 * 24 * 60 * 60


@dataclass(frozen=True, repr=False)
class Refuse:
    """An error status instead of the answer, with the usual JSON, or a `body` of the test's own.

    The error of `storage.blob` is XML. `content_type` is that of the answer, by default plain text
    for a body of one's own; an empty one sends no Content-Type. `retry_after` is in seconds.
    """

    default_when: ClassVar[When] = "before"

    status: int = 503
    _: KW_ONLY
    code: str | None = None
    """The error's code; the usual one for the status by default, and so is the message."""
    message: str | None = None
    retry_after: int | None = None
    body: str | None = None
    content_type: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not 400 <= self.status <= 599:
            raise ValueError(f"expected status from 400 to 599, found {self.status}")
        if self.retry_after is not None and self.retry_after < 0:
            found = self.retry_after
            raise ValueError(f"expected retry_after of at least 0 seconds, found {found}")

        check_header_value("code", self.code or "")  # storage sends it in a header as well
        check_header_value("content_type", self.content_type or "")
        self._check_body()

    def __repr__(self) -> str:
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "status"}
        shown = {name: _shorten(value) for name, value in given.items() if value is not None}
        others = "".join(f", {name}={text}" for name, text in shown.items())
        return f"Refuse({self.status}{others})"

    def on_request(self, scene: Scene) -> Call | Answer:
        return self._refuse(scene)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return self._refuse(scene)

    def _check_body(self) -> None:
        if self.body is None:
            return
        if self.code is not None or self.message is not None:
            raise ValueError("body: expected no code and no message with it, found one")

        try:
            self.body.encode()
        except UnicodeEncodeError:
            raise ValueError("body: expected text in UTF-8, found a lone surrogate") from None

    def _refuse(self, scene: Scene) -> Answer:
        content, content_type, headers = self._content_for(scene)
        if self.content_type is not None:
            content_type = self.content_type
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return scene.answer(self.status, content, content_type, headers)

    def _content_for(self, scene: Scene) -> tuple[bytes, str, dict[str, str]]:
        """Return the body, its type, and the headers that repeat facts of it."""
        if self.body is not None:
            return self.body.encode(), _TEXT, {}

        error = encode_status_error(
            self.status,
            endpoint=scene.call.endpoint,
            code=self.code,
            message=self.message,
            facts=_facts_of(scene),
        )
        return error.body, error.content_type, dict(error.headers)


def _shorten(value: object) -> str:
    """Return a value as text, a long one without its end: each struck request records it."""
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        return f"{value[:_SHOWN_CHARACTERS]!r}..."
    return repr(value)


def _facts_of(scene: Scene) -> dict[str, str]:
    """Return the facts that errors of storage have. Others draw no id."""
    if scene.call.endpoint.family is not Family.STORAGE:
        return {}
    return {"request_id": scene.new_id(), "time": encode_fixed(scene.now)}


@dataclass(frozen=True)
class Throttle:
    """Calls beyond `rate` in any `per` seconds are answered 429, with the seconds in Retry-After.

    Time is that of the registry's clock. A call below the rate passes, and is a hit without effect,
    also for `Fault.times`; one that is refused does not count for the rate. `storage.blob` answers
    503 ServerBusy, as Azure Storage does.
    """

    default_when: ClassVar[When] = "before"

    rate: int
    per: float = 60.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not 1 <= self.rate <= _MOST_CALLS:
            expected = f"expected rate from 1 to {_MOST_CALLS} calls"
            raise ValueError(f"{expected}, found {self.rate}")
        if not 0 < self.per <= _LONGEST_PERIOD_S:
            expected = f"expected per of more than 0 and at most {_LONGEST_PERIOD_S} seconds"
            raise ValueError(f"{expected}, found {self.per}")

    def on_request(self, scene: Scene) -> Call | Answer:
        passed = scene.keep(_PassedCalls)
        wait_ns = passed.admit(scene.now, rate=self.rate, per_ns=round(self.per * SECOND_NS))
        if wait_ns == 0:
            calls = f"no more than {self.rate} in {self.per:g} seconds"
            scene.note_no_effect(f"the calls were {calls}")
            return scene.call

        found = f"expected at most {self.rate} calls in {self.per:g} seconds, found more"
        raise TooManyRequests(found, retry_after=math.ceil(wait_ns / SECOND_NS))


class _PassedCalls:
    """The times of the calls that a `Throttle` let pass lately. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._times: deque[int] = deque()

    def admit(self, now: int, *, rate: int, per_ns: int) -> int:
        """Return 0 and count a call that passes; or return the nanoseconds until one would pass."""
        with self._mutex:
            while self._times and self._times[0] + per_ns <= now:
                self._times.popleft()

            if len(self._times) >= rate:
                return self._times[0] + per_ns - now
            self._times.append(now)
            return 0
