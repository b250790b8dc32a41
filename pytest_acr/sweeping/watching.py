"""`RunWatch`: adds the faults of a case to the registries of a run, and notes what happens there."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from fake_registry import ActiveFault, FakeRegistry, Fault
from fake_registry.clock import ManualClock
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.http.call import Call
from fake_registry.http.faults.connections import Disconnect
from fake_registry.http.faults.scene import When
from fake_registry.http.faults.sweep import SweptCall, SweptFault
from fake_registry.journal.exchange import Exchange
from pytest_acr.sweeping.record import JointState, RunRecord
from pytest_acr.sweeping.states import ContentItem, ContentState, state_of
from pytest_acr.usage import Fake, observe_uses

_READING: Final = ("GET", "HEAD")

_WATCHES: Final[list["RunWatch"]] = []
"""The watches of the runs that go on, the innermost last: a run may contain a sweep of its own."""


@dataclass
class _NotedCall:
    """A call on its way, with its number at each moment that it has reached."""

    call: Call
    numbers: dict[When, int] = field(default_factory=dict)


class RegistryWatch:
    """A registry of a run. Its calls are noted by the conditions of faults that never strike."""

    def __init__(self, registry: FakeRegistry, key: str, watch: "RunWatch") -> None:
        self.registry = registry
        self.key = key
        self.exchanges: list[Exchange] = []
        self.faults: list[ActiveFault] = []
        self.calls: list[_NotedCall] = []
        self.last_content = ContentSnapshot(())
        """The content after the last change by a client."""
        self._watch = watch
        self._ends = ExitStack()
        self._counts: dict[tuple[When, str], int] = {}
        self._mutex = threading.Lock()

    def attach(self, faults: Iterable[Fault]) -> None:
        """Add the faults, and note calls and exchanges from now on."""
        plan = self.registry.faults
        self.faults = [plan.add_apart(fault) for fault in faults]
        notes = [plan.add_apart(_note(when, self._note_call)) for when in ("door", "before", "after")]
        for active in (*self.faults, *notes):
            self._ends.callback(active.remove)
        self._ends.callback(self.registry.recorder.subscribe(self._note_exchange))

    def detach(self) -> None:
        """End all of it."""
        self._ends.close()

    def state_at_the_end(self) -> ContentState:
        """Return the content; of a registry that was closed, as the last client has left it."""
        is_closed = self.registry.faults.is_closed
        return state_of(self.last_content if is_closed else self.registry.content.snapshot())

    def _note_exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self._watch.note_request()

    def _note_call(self, when: When, call: Call) -> None:
        with self._mutex:
            self._count_call(when, call)

        if when != "door" and call.endpoint.method not in _READING:
            self.last_content = self.registry.content.snapshot()
            self._watch.note_change(self)

    def _count_call(self, when: When, call: Call) -> None:
        if when == "door":
            self.calls.append(_NotedCall(call))

        key = (when, str(call.endpoint.name))
        number = self._counts[key] = self._counts.get(key, 0) + 1
        # effects may have changed the call, but not its request
        noted = next(one for one in reversed(self.calls) if one.call.request is call.request)
        noted.numbers[when] = number


class RunWatch:
    """Watches the registries that are used in a `with` block, and those of `older`.

    `older` are registries that exist already: what wider fixtures have made.
    """

    def __init__(
        self,
        strikes: Sequence[SweptFault] = (),
        *,
        older: Mapping[str, FakeRegistry],
        on_request: Callable[[int], None],
        keeps_points: bool = False,
    ) -> None:
        self._strikes = strikes
        self._older = older
        self._on_request = on_request
        self._keeps_points = keeps_points
        self._mutex = threading.RLock()
        self._watched: dict[FakeRegistry, RegistryWatch] = {}
        self._points: list[JointState] = []
        self._items: dict[ContentItem, ContentItem] = {}
        """Those of all points, each once: most are in many of them."""
        self._requests = 0
        self._made = 0
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        for key, registry in self._older.items():
            self._attach(registry, key)
        self._ends.enter_context(observe_uses(self._note_use))
        _WATCHES.append(self)
        self._ends.callback(_WATCHES.remove, self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ends.close()
        for watched in self._watched.values():
            watched.detach()

    def forget(self) -> None:
        """Remove the registries: they refer to the watch and it to them, which would keep their
        content until the garbage collector runs."""
        self._watched.clear()

    def clocks(self) -> Sequence[ManualClock]:
        """Return the clocks of the registries that tests move, each once."""
        clocks = [registry.clock for registry in tuple(self._watched)]
        return [clock for clock in dict.fromkeys(clocks) if isinstance(clock, ManualClock)]

    def note_request(self) -> None:
        """Count a request, which may be one that no route matches."""
        with self._mutex:
            self._requests += 1
        self._on_request(self._requests)

    def note_change(self, watched: RegistryWatch) -> None:
        """Keep the content of a registry before and after a call that may change it."""
        if not self._keeps_points:
            return

        state = state_of(watched.last_content).sharing(self._items)
        with self._mutex:
            last = self._points[-1] if self._points else {}
            if last.get(watched.key) != state:
                self._points.append({**last, watched.key: state})

    def record(self) -> RunRecord:
        """Return what happened. Call it after the block."""
        by_key = {watched.key: watched for watched in self._watched.values()}
        end = {key: watched.state_at_the_end() for key, watched in by_key.items()}
        faults = [active for watched in by_key.values() for active in watched.faults]
        return RunRecord(
            calls=self._calls(),
            exchanges={key: tuple(watched.exchanges) for key, watched in by_key.items() if watched.exchanges},
            end=end,
            points=self._whole_points(end),
            requests=self._requests,
            hits=[active.hits for active in faults],
            idle_hits=[active.idle_hits for active in faults],
            idle_reason=next((active.idle_reason for active in faults if active.idle_hits), ""),
            older=[
                by_key[key].registry.login_server
                for key in self._older
                if key in by_key and any(active.hits for active in by_key[key].faults)
            ],
        )

    def _whole_points(self, end: JointState) -> Sequence[JointState]:
        """Return the points, each with the content of all registries."""
        first: dict[str, ContentState] = {}
        for point in self._points:
            first = {**point, **first}
        return [*[{**end, **first, **point} for point in self._points], end]

    def _calls(self) -> Sequence[SweptCall]:
        called = [watched for watched in self._watched.values() if watched.calls]
        headings = _headings_of(called) if len(called) > 1 else {}
        return [
            SweptCall(
                endpoint=str(noted.call.endpoint.name),
                door=noted.numbers.get("door", 0),
                before=noted.numbers.get("before"),
                after=noted.numbers.get("after"),
                registry=watched.key,
                heading=headings.get(watched.key, ""),
            )
            for watched in called
            for noted in watched.calls
        ]

    def _note_use(self, fake: Fake) -> None:
        if not isinstance(fake, FakeRegistry) or _WATCHES[-1] is not self:
            return
        with self._mutex:
            if fake not in self._watched:
                self._made += 1
                self._attach(fake, f"new {self._made}")

    def _attach(self, registry: FakeRegistry, key: str) -> None:
        if registry.faults.is_closed:
            return
        watched = self._watched[registry] = RegistryWatch(registry, key, self)
        watched.attach(_faults_at(key, self._strikes))


def _faults_at(key: str, strikes: Sequence[SweptFault]) -> list[Fault]:
    """Return the faults of a case at one registry.

    The first of two keeps its call from *after*, if it strikes earlier: the second counts without.
    """
    faults = []
    for place, strike in enumerate(strikes):
        if strike.call.registry != key:
            continue
        earlier = [one for one in strikes[:place] if _keeps_from(one, strike)]
        faults.append(strike.fault(earlier=len(earlier)))
    return faults


def _keeps_from(first: SweptFault, second: SweptFault) -> bool:
    """Return whether a call that `first` strikes does not reach the moment of `second`."""
    same = (first.call.registry, first.call.endpoint) == (second.call.registry, second.call.endpoint)
    return same and first.effect.when != "after" and second.effect.when == "after"


@dataclass(frozen=True)
class CallNote:
    """The condition of a fault that strikes nothing: it calls `note` for each call at a moment."""

    when: When
    note: Callable[[When, Call], None]
    is_hidden: ClassVar[bool] = True
    """Reports do not show the fault."""

    def __call__(self, call: Call) -> bool:
        self.note(self.when, call)
        return False


def _note(when: When, note: Callable[[When, Call], None]) -> Fault:
    """Return a fault that strikes nothing, and calls `note` for each call at a moment.

    So the calls are those that a fault counts there, and the journal shows no trace of it.
    """
    return Fault("*", Disconnect(), when=when, where=CallNote(when, note), optional=True)


def _headings_of(watched: Sequence[RegistryWatch]) -> dict[str, str]:
    """Return the name of each registry, with a number where several have one name."""
    headings: dict[str, str] = {}
    for one in watched:
        name = one.registry.settings.name
        same = sum(heading.partition("(")[0] == name for heading in headings.values())
        headings[one.key] = f"{name}({same + 1})" if same else name
    return headings
