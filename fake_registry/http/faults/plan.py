"""`FaultPlan`: the faults in force, and the count of the calls that each concerns."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, ExitStack
from random import Random
from typing import Final
from weakref import WeakSet
from zlib import crc32

from fake_registry.arguments import check_type
from fake_registry.http.call import Call
from fake_registry.http.faults.active import ActiveFault, Counts, Strike, target_of
from fake_registry.http.faults.connections import Disconnect
from fake_registry.http.faults.effect import (
    MOMENTS,
    RequestEffect,
    ResponseEffect,
    breaks_connection,
    endpoints_struck,
)
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.scene import When

_OUTAGE: Final = Fault("*", Disconnect(), when="door", optional=True)

MAX_ENDED: Final = 100
"""The most faults that are kept after their end, to report that they did nothing."""


def outage() -> Strike:
    """Return a strike that stands for `FaultPlan.is_down` in the journal."""
    counts = Counts(struck=1)
    active = ActiveFault(_OUTAGE, counts, 0, lambda active: None)
    return Strike(active, counts, threading.Lock())


class FaultPlan:
    """The faults in force, in the order of their addition. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self.active: Mapping[ActiveFault, Counts] = {}
        """The faults in force with their counts, empty without any: each call looks three times.

        Replaced by each change, so that it can be iterated without the mutex.
        """
        self.seed = 0
        """Draws the seeds of faults that have none. The plugin sets it to one of the test."""
        self.is_down = False
        """Whether every request loses its connection: see `FakeRegistry.down`."""
        self._apart: Set[ActiveFault] = frozenset()
        """Those of `add_apart`."""
        self._ended: list[ActiveFault] = []
        """Those that did nothing, and were not reported yet."""
        self._reported = WeakSet[ActiveFault]()
        self._added = 0
        self._closed = False

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault in force.

        ValueError for a second `Disconnect` that the first would never let act. RuntimeError after
        the registry was closed.
        """
        _check_is_fault(fault)
        with self._mutex:
            self._check_open(str(fault))
            self._check_can_act(fault)
            active = self._start(fault)
            self._added += 1
        return active

    def add_apart(self, fault: Fault) -> ActiveFault:
        """Put a fault in force outside of the plan: `clear` and `len` leave it out, and the
        faults of the plan draw as they do without it. RuntimeError after the registry was closed."""
        with self._mutex:
            self._check_open(str(fault))
            active = self._start(fault)
            self._apart |= {active}
        return active

    def remove(self, active: ActiveFault) -> None:
        """End a fault; without effect on one that has ended."""
        check_type("active", active, ActiveFault)
        with self._mutex:
            others = [other for other in self.active.items() if other[0] is not active]
            if len(others) < len(self.active):
                self._note_ends([active])
            self.active = dict(others)
            self._apart -= {active}

    def start_outage(self) -> AbstractContextManager[object]:
        """Break the connection of every request until `end_outage` or the end of a `with`.

        RuntimeError after the registry was closed.
        """
        with self._mutex:
            self._check_open("down")
            self.is_down = True

        outage = ExitStack()
        outage.callback(self.end_outage)
        return outage

    def end_outage(self) -> None:
        """Answer requests again."""
        self.is_down = False

    def clear(self) -> None:
        """End all faults, and an outage."""
        with self._mutex:
            self._note_ends(self)
            self.active = {active: self.active[active] for active in self._apart}
        self.end_outage()

    def close(self) -> None:
        """End all faults, and refuse others."""
        with self._mutex:
            self._closed = True
            self._apart = frozenset()
        self.clear()

    @property
    def is_closed(self) -> bool:
        """Whether the registry was closed, which has removed its content."""
        return self._closed

    @property
    def may_have_unused(self) -> bool:
        """Whether `take_unused` may return some. It is read without the mutex."""
        return bool(self.active or self._ended)

    def take_unused(self) -> tuple[ActiveFault, ...]:
        """Return the faults that did nothing, in force or ended, each once: see `problem`."""
        with self._mutex:
            found = {active: active.problem() for active in (*self._ended, *self.active)}
            unused = [active for active, problem in found.items() if problem]
            new = [active for active in unused if active not in self._reported]
            self._reported.update(new)
            self._ended = []
        return tuple(new)

    def __iter__(self) -> Iterator[ActiveFault]:
        active, apart = self.active, self._apart
        return iter([one for one in active if one not in apart])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"<FaultPlan, {len(self)} in force>"

    def striking(self, when: When, call: Call) -> Iterable[Strike]:
        """Return the strikes of a call at this moment, to be iterated once.

        Each is counted as a hit when it is yielded. The caller need not iterate to the end.
        """
        return self._strike(when, call) if self.active else ()

    def followers(self, call: Call) -> Iterable[Strike]:
        """Return strikes that an earlier redirect has led to this call: see `Strike.follow`."""
        if not any(counts.targets for counts in self.active.values()):
            return ()

        target = target_of(call.request.path, call.request.query)
        found = []
        with self._mutex:
            for active, counts in self.active.items():
                if target in counts.targets:
                    counts.targets.remove(target)
                    counts.idle -= 1
                    found.append(Strike(active, counts, self._mutex))
        return found

    def _strike(self, when: When, call: Call) -> Iterator[Strike]:
        for active, counts in self._count_call(when, call):
            if self._count_hit(active, counts):
                yield Strike(active, counts, self._mutex)

    def _count_call(self, when: When, call: Call) -> Iterable[tuple[ActiveFault, Counts]]:
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

    def _count_hit(self, active: ActiveFault, counts: Counts) -> bool:
        """Count a hit and return True; return False after `Fault.times` hits."""
        times = active.fault.times
        with self._mutex:
            if times is not None and counts.struck >= times:
                return False
            counts.struck += 1
            return True

    def _start(self, fault: Fault) -> ActiveFault:
        seed = self._seed_of(fault)
        is_drawn = fault.probability is not None
        counts = Counts(random=Random(seed) if is_drawn else None)  # noqa: S311  no secret
        active = ActiveFault(fault, counts, seed, self.remove)
        self.active = {**self.active, active: counts}
        return active

    def _seed_of(self, fault: Fault) -> int:
        if fault.seed is not None:
            return fault.seed
        return crc32(f"{self.seed} {self._added}".encode())

    def _note_ends(self, ended: Iterable[ActiveFault]) -> None:
        room = MAX_ENDED - len(self._ended)
        self._ended += [active for active in ended if active.problem()][:room]

    def _check_open(self, addition: str) -> None:
        if self._closed:
            raise RuntimeError(f"{addition}: expected an open registry, found one that was closed")

    def _check_can_act(self, fault: Fault) -> None:
        for active in self.active:
            if _always_precedes(active.fault, fault):
                reason = f"{active.fault} breaks the connection of every such call already"
                remedy = "remove that one first, or give it `times`"
                raise ValueError(f"{fault} could never act: {reason}; {remedy}")


def _check_is_fault(fault: object) -> None:
    if isinstance(fault, RequestEffect | ResponseEffect) and not isinstance(fault, type):
        remedy = f"put it in one, as in Fault('*', {fault!r})"
        raise TypeError(f"fault: expected Fault, found the effect {fault!r}: {remedy}")
    check_type("fault", fault, Fault)


def _always_precedes(first: Fault, second: Fault) -> bool:
    """Return whether both break the connection, and `first` that of each call of `second`."""
    return (
        breaks_connection(first.effect)
        and breaks_connection(second.effect)
        and _endpoints_of(second) <= _endpoints_of(first)
        and MOMENTS.index(first.moment) <= MOMENTS.index(second.moment)
        and first.skip <= second.skip
        and first.repository in (None, second.repository)
        and first.reference in (None, second.reference)
        and (first.times, first.where, first.probability) == (None, None, None)
    )


def _endpoints_of(fault: Fault) -> Set[str]:
    return frozenset(endpoints_struck(fault.endpoint, fault.effect))
