"""`FaultPlan`: the faults in force, and the count of the calls that each concerns."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit
from zlib import crc32

from fake_registry.arguments import check_type
from fake_registry.http.call import Call
from fake_registry.http.faults.connections import Disconnect
from fake_registry.http.faults.effect import breaks_connection
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.scene import When
from fake_registry.spec.words import count_text

T = TypeVar("T")

OUTAGE: Final = Fault("*", Disconnect(), when="door", optional=True)
"""Stands for `FaultPlan.is_down` in the journal."""

_MOST_ENDED: Final = 100
"""The most faults that are kept after their end, to report that they did nothing."""

_NOT_FOLLOWED: Final = "the client did not follow the redirect to the answer that it changes"


@dataclass(slots=True)
class _Counts:
    """The counts of one fault. Those who change them hold the plan's mutex."""

    concerned: int = 0
    """The number of calls that the fault concerns, those to skip included."""
    struck: int = 0
    idle: int = 0
    """The number of those struck on which it had no effect."""
    reason: str = ""
    """Why it had none, the last time."""
    targets: list[str] = field(default_factory=list)
    """Where redirects led, whose answers it is still to change."""
    kept: Any = None  # Any: of each effect
    """What its effect remembers from call to call."""
    random: Random | None = None
    """Draws the calls that are struck, for a fault with a probability."""
    reported: bool = False
    """Whether it was reported as one that did nothing."""

    def draw(self, probability: float | None) -> bool:
        """Return whether a call is struck."""
        return self.random is None or probability is None or self.random.random() < probability


class ActiveFault:
    """A fault in force, as `FaultPlan.add` returns it. A `with` block ends it."""

    def __init__(self, fault: Fault, plan: "FaultPlan", counts: _Counts, seed: int) -> None:
        self.fault = fault
        self.seed = seed
        """What its `probability` was drawn with: give it as the fault's `seed` to draw the same."""
        self._plan = plan
        self._counts = counts

    @property
    def hits(self) -> int:
        """The number of calls that it has struck."""
        return self._counts.struck

    @property
    def idle_hits(self) -> int:
        """The number of these on which it had no effect, such as a body too short to cut."""
        return self._counts.idle

    def remove(self) -> None:
        """End the fault; without effect on one that has ended."""
        self._plan.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<ActiveFault {self.fault}, {count_text(self.hits, 'hit')}>"

    def problem(self) -> str | None:
        """Return why the fault did nothing so far; None if it did, or need not."""
        counts, fault = self._counts, self.fault
        if fault.optional or counts.struck > counts.idle:
            return None
        if counts.struck:
            calls = count_text(counts.struck, "call")
            return f"{fault} struck {calls} without effect: {counts.reason}"
        if counts.concerned:
            calls = count_text(counts.concerned, "call")
            return f"{fault} was never struck: it met {calls}, and passed them{_passing_of(fault)}"
        return f"{fault} was never struck: it met no call"


def _passing_of(fault: Fault) -> str:
    causes = [f"skip={fault.skip}"] if fault.skip else []
    if fault.probability is not None:
        causes.append(f"probability={fault.probability}")
    return f" ({', '.join(causes)})" if causes else ""


class Strike:
    """One call that a fault strikes."""

    def __init__(self, active: ActiveFault, counts: _Counts, mutex: threading.Lock) -> None:
        self.active = active
        self.fault = active.fault
        self._counts = counts
        self._mutex = mutex
        self._is_idle = False

    def note_no_effect(self, reason: str) -> None:
        """Note that the fault had no effect on the call. The first reason counts."""
        with self._mutex:
            if self._is_idle:
                return
            self._is_idle = True
            self._counts.idle += 1
            self._counts.reason = reason

    def follow(self, url: str) -> None:
        """Have the fault strike the answer of a redirect's target instead."""
        self.note_no_effect(_NOT_FOLLOWED)
        parts = urlsplit(url)
        with self._mutex:
            self._counts.targets.append(f"{parts.path}?{parts.query}")

    def keep(self, make: Callable[[], T]) -> T:
        """Return what the effect remembers from call to call, made by `make` for the first."""
        with self._mutex:
            if self._counts.kept is None:
                self._counts.kept = make()
            kept: T = self._counts.kept
            return kept


class FaultPlan:
    """The faults in force, in the order of their addition. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self.active: Mapping[ActiveFault, _Counts] = {}
        """The faults in force with their counts, empty without any: each call looks three times.

        Replaced by each change, so that it can be iterated without the mutex.
        """
        self.seed = 0
        """Draws the seeds of faults that have none. The plugin sets it to one of the test."""
        self.is_down = False
        """Whether every request loses its connection: see `FakeRegistry.down`."""
        self._ended: list[ActiveFault] = []
        """Those that did nothing, and were not reported yet."""
        self._added = 0
        self._closed = False

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault in force.

        ValueError for a second `Disconnect` that the first would never let act. RuntimeError after
        the registry was closed.
        """
        check_type("fault", fault, Fault)
        with self._mutex:
            if self._closed:
                raise RuntimeError(f"{fault}: expected an open registry, found one that was closed")
            self._check_can_act(fault)

            seed = self._seed_of(fault)
            is_drawn = fault.probability is not None
            counts = _Counts(random=Random(seed) if is_drawn else None)  # noqa: S311  no secret
            active = ActiveFault(fault, self, counts, seed)
            self._added += 1
            self.active = {**self.active, active: counts}
        return active

    def remove(self, active: ActiveFault) -> None:
        """End a fault; without effect on one that has ended."""
        check_type("active", active, ActiveFault)
        with self._mutex:
            others = [other for other in self.active.items() if other[0] is not active]
            if len(others) < len(self.active):
                self._note_ends([active])
            self.active = dict(others)

    def clear(self) -> None:
        """End all faults, and an outage."""
        with self._mutex:
            self._note_ends(self.active)
            self.active = {}
        self.is_down = False

    def close(self) -> None:
        """End all faults, and refuse others."""
        self.clear()
        self._closed = True

    @property
    def may_have_unused(self) -> bool:
        """Whether `take_unused` may return some: a look without the mutex."""
        return bool(self.active or self._ended)

    def take_unused(self) -> tuple[ActiveFault, ...]:
        """Return the faults that did nothing, in force or ended, each once: see `problem`."""
        with self._mutex:
            candidates = [*self._ended, *self.active]
            self._ended = []
            counts_of = [(one, one._counts) for one in candidates]  # noqa: SLF001  of this module
            unused = [one for one, counts in counts_of if not counts.reported and one.problem()]
            for one in unused:
                one._counts.reported = True  # noqa: SLF001  as above
        return tuple(unused)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self.active)

    def __len__(self) -> int:
        return len(self.active)

    def __repr__(self) -> str:
        return f"<FaultPlan, {len(self)} in force>"

    def striking(self, when: When, call: Call) -> Iterable[Strike]:
        """Return the strikes of a call at this moment, to be iterated once.

        Each is counted as a hit when it is yielded. The caller need not iterate to the end.
        """
        return self._strike(when, call) if self.active else ()

    def followers(self, call: Call) -> Iterable[Strike]:
        """Return strikes that an earlier redirect has led to this call: see `Strike.follow`."""
        target = f"{call.request.path}?{call.request.query}"
        found = []
        with self._mutex:
            for active, counts in self.active.items():
                while target in counts.targets:
                    counts.targets.remove(target)
                    counts.idle -= 1
                    found.append(Strike(active, counts, self._mutex))
        return found

    def _strike(self, when: When, call: Call) -> Iterator[Strike]:
        for active, counts in self._count_call(when, call):
            if self._count_hit(active, counts):
                yield Strike(active, counts, self._mutex)

    def _count_call(self, when: When, call: Call) -> Iterable[tuple[ActiveFault, _Counts]]:
        """Count a call for the faults that concern it; return those that have skipped enough."""
        concerned = [
            (active, counts)
            for active, counts in self.active.items()
            if active.fault.moment == when and active.fault.concerns(call)
        ]
        due = []
        with self._mutex:
            for active, counts in concerned:
                counts.concerned += 1
                fault = active.fault
                if counts.concerned > fault.skip and counts.draw(fault.probability):
                    due.append((active, counts))
        return due

    def _count_hit(self, active: ActiveFault, counts: _Counts) -> bool:
        """Count a hit and return True; return False after `Fault.times` hits."""
        times = active.fault.times
        with self._mutex:
            if times is not None and counts.struck >= times:
                return False
            counts.struck += 1
            return True

    def _seed_of(self, fault: Fault) -> int:
        if fault.seed is not None:
            return fault.seed
        return crc32(f"{self.seed} {self._added}".encode())

    def _note_ends(self, ended: Iterable[ActiveFault]) -> None:
        room = _MOST_ENDED - len(self._ended)
        self._ended += [active for active in ended if active.problem()][:room]

    def _check_can_act(self, fault: Fault) -> None:
        for active in self.active:
            if _always_precedes(active.fault, fault):
                reason = f"{active.fault} breaks the connection of every such call already"
                raise ValueError(f"{fault} could never act: {reason}")


def _always_precedes(first: Fault, second: Fault) -> bool:
    """Return whether both break the connection, and `first` that of each call of `second`."""
    return (
        breaks_connection(first.effect)
        and breaks_connection(second.effect)
        and first.endpoint in ("*", second.endpoint)
        and first.moment == second.moment
        and first.skip <= second.skip
        and first.repository in (None, second.repository)
        and first.reference in (None, second.reference)
        and (first.times, first.where, first.probability) == (None, None, None)
    )
