"""`FaultPlan`: the faults in force, and the count of the calls that each concerns."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from fake_registry.arguments import check_type
from fake_registry.http.call import Call
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.scene import When


@dataclass(slots=True)
class _Counts:
    """The counts of one fault. Those who change them hold the plan's mutex."""

    concerned: int = 0
    """The number of calls that the fault concerns, those to skip included."""
    struck: int = 0


class ActiveFault:
    """A fault in force, as `FaultPlan.add` returns it. A `with` block ends it."""

    def __init__(self, fault: Fault, plan: "FaultPlan", counts: _Counts) -> None:
        self.fault = fault
        self._plan = plan
        self._counts = counts

    @property
    def hits(self) -> int:
        """The number of calls that it has struck."""
        return self._counts.struck

    def remove(self) -> None:
        """End the fault; without effect on one that has ended."""
        self._plan.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<ActiveFault {self.fault}, {self.hits} hits>"


class FaultPlan:
    """The faults in force, in the order of their addition. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self.active: Mapping[ActiveFault, _Counts] = {}
        """The faults in force with their counts, empty without any: each call looks three times.

        Replaced by each change, so that it can be iterated without the mutex.
        """

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault in force."""
        check_type("fault", fault, Fault)
        counts = _Counts()
        active = ActiveFault(fault, self, counts)
        with self._mutex:
            self.active = {**self.active, active: counts}
        return active

    def remove(self, active: ActiveFault) -> None:
        """End a fault; without effect on one that has ended."""
        check_type("active", active, ActiveFault)
        with self._mutex:
            others = [other for other in self.active.items() if other[0] is not active]
            self.active = dict(others)

    def clear(self) -> None:
        """End all faults."""
        with self._mutex:
            self.active = {}

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self.active)

    def __len__(self) -> int:
        return len(self.active)

    def __repr__(self) -> str:
        return f"<FaultPlan, {len(self)} in force>"

    def striking(self, when: When, call: Call) -> Iterable[Fault]:
        """Return the faults that strike a call at this moment, to be iterated once.

        Each is counted as a hit when it is yielded. The caller need not iterate to the end.
        """
        return self._strike(when, call) if self.active else ()

    def _strike(self, when: When, call: Call) -> Iterator[Fault]:
        for fault, counts in self._count_call(when, call):
            if self._count_hit(fault, counts):
                yield fault

    def _count_call(self, when: When, call: Call) -> Iterable[tuple[Fault, _Counts]]:
        """Count a call for the faults that concern it; return those that have skipped enough."""
        due = []
        with self._mutex:
            for active, counts in self.active.items():
                fault = active.fault
                if fault.moment != when or not fault.concerns(call):
                    continue
                counts.concerned += 1
                if counts.concerned > fault.skip:
                    due.append((fault, counts))
        return due

    def _count_hit(self, fault: Fault, counts: _Counts) -> bool:
        """Count a hit and return True; return False after `Fault.times` hits."""
        with self._mutex:
            if fault.times is not None and counts.struck >= fault.times:
                return False
            counts.struck += 1
            return True
