"""Histories of concurrent requests: which operations were under way when, and their outcomes.

Times are numbers of a counter that all threads share: one operation precedes another if its answer
has a smaller number than the other one's invocation. No clock has to be trusted for that.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, Protocol

from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed

MAX_FAILURES: Final = 3
"""A thread ends after so many requests without a response: each may have taken a target's limit."""
MAX_KEPT_BYTES: Final = 65_536
"""Of the body of a response in a history."""

_DIGEST: Final = re.compile(r"([a-z0-9]+:[a-f0-9]{8})[a-f0-9]{24,}", re.ASCII)

ObjectKind = Literal["tag", "manifest", "blob", "upload", "tag list"]


class ObjectKey(NamedTuple):
    """The object of a repository that an operation reads or changes."""

    kind: ObjectKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class Observed(NamedTuple):
    """What a response says: a word, such as `done` or `absent`, and the value that was read."""

    word: str
    value: Hashable = None

    def __str__(self) -> str:
        text = self.word if self.value is None else f"{self.word}: {self.value}"
        return _with_short_digests(text)


class ConcurrentExchange(NamedTuple):
    """A request and its response. None: the answer was lost."""

    request: RawRequest
    response: RawResponse | None


@dataclass(frozen=True, slots=True)
class ConcurrentOperation:
    """An operation of one thread: one request, or several that have one effect together.

    `answered` and `observed` are None if the answer was lost: the operation may take effect at any
    time after `invoked`, or never.
    """

    thread: int
    name: str
    keys: tuple[ObjectKey, ...]
    argument: Hashable
    invoked: int
    answered: int | None
    observed: Observed | None
    exchanges: tuple[ConcurrentExchange, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        argument = "" if self.argument is None else self.argument
        return _with_short_digests(f"{self.name} {self.keys[0].name} {argument}".rstrip())


@dataclass(frozen=True, slots=True)
class ConcurrentHistory:
    """The operations of all threads, in the order of their invocations."""

    operations: tuple[ConcurrentOperation, ...]

    def objects(self) -> tuple[ObjectKey, ...]:
        """Return the objects that the operations concern, in the order of their first use."""
        return tuple(dict.fromkeys(key for one in self.operations for key in one.keys))

    def lost(self) -> int:
        """Return the number of operations whose answer was lost."""
        return sum(one.observed is None for one in self.operations)

    def operations_on(self, key: ObjectKey) -> tuple[ConcurrentOperation, ...]:
        """Return the operations that concern one object, in the order of their invocations."""
        return tuple(one for one in self.operations if key in one.keys)


def merge_histories(parts: Iterable[Iterable[ConcurrentOperation]]) -> ConcurrentHistory:
    """Return the history of several threads."""
    operations = (operation for part in parts for operation in part)
    return ConcurrentHistory(tuple(sorted(operations, key=lambda one: one.invoked)))


SendRaw = Callable[[RawRequest], RawResponse]
"""Sends a request and returns its response. Raises TargetFailed."""


class SendAndRead(Protocol):
    """Sends the requests of an operation and reads the outcome. None: the answer was lost."""

    def __call__(self, send: SendRaw, /) -> Observed | None: ...


class ThreadHistory:
    """Records the operations of one thread, which has a target of its own."""

    def __init__(self, thread: int, target: RegistryTarget, tick: Callable[[], int]) -> None:
        """Number the operations by `tick`, whose numbers rise; all threads share it."""
        self._thread = thread
        self._target = target
        self._tick = tick
        self.operations: list[ConcurrentOperation] = []
        self._failures = 0

    @property
    def gave_up(self) -> bool:
        """Whether so many requests had no response that no more are sent."""
        return self._failures >= MAX_FAILURES

    def run(
        self,
        name: str,
        keys: tuple[ObjectKey, ...],
        argument: Hashable,
        act: SendAndRead,
    ) -> Observed | None:
        """Perform an operation on `keys`, record it, and return the outcome.

        Does nothing after MAX_FAILURES requests without a response.
        """
        if self.gave_up:
            return None

        exchanges: list[ConcurrentExchange] = []
        invoked = self._tick()
        observed = self._perform(act, exchanges)
        answered = self._tick()

        operation = ConcurrentOperation(
            thread=self._thread,
            name=name,
            keys=keys,
            argument=argument,
            invoked=invoked,
            answered=None if observed is None else answered,
            observed=observed,
            exchanges=tuple(exchanges),
        )
        self.operations.append(operation)
        return observed

    def _perform(self, act: SendAndRead, exchanges: list[ConcurrentExchange]) -> Observed | None:
        def send(request: RawRequest) -> RawResponse:
            try:
                response = self._target.send(request)
            except TargetFailed:
                exchanges.append(ConcurrentExchange(request, None))
                raise
            exchanges.append(ConcurrentExchange(request, _without_long_body(response)))
            return response

        try:
            return act(send)
        except TargetFailed:
            self._failures += 1
            return None


def _without_long_body(response: RawResponse) -> RawResponse:
    if len(response.body) <= MAX_KEPT_BYTES:
        return response
    return replace(response, body=response.body[:MAX_KEPT_BYTES])


def _with_short_digests(text: str) -> str:
    """Return text for a table: digests are cut to eight digits."""
    return _DIGEST.sub(r"\1", text)
