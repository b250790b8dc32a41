"""`FaultPlan`: the faults in force, and the count of the calls that each concerns."""

import threading
from collections.abc import Iterable, Iterator
from typing import Self

from fake_registry.http.call import Call
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.scene import When


class ActiveFault:
    """A fault in force, as `FaultPlan.add` returns it. A `with` block ends it."""

    def __init__(self, fault: Fault, plan: "FaultPlan") -> None:
        self.fault = fault
        self.hits = 0
        """The number of calls that it has struck."""
        self._seen = 0
        self._plan = plan

    def remove(self) -> None:
        """End the fault; without effect on one that has ended."""
        self._plan.remove(self)

    def is_due(self) -> bool:
        """Count a call that the fault concerns; return whether it comes after those to skip.

        The plan's mutex is held.
        """
        self._seen += 1
        return self._seen > self.fault.skip

    def strike(self) -> bool:
        """Count a hit and return True, or return False after `times` hits.

        The plan's mutex is held.
        """
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
    """The faults in force, in the order of their addition. Safe to use from several threads."""

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
        """End a fault; without effect on one that has ended."""
        with self._mutex:
            self._active = tuple(other for other in self._active if other is not active)

    def clear(self) -> None:
        """End all faults."""
        with self._mutex:
            self._active = ()

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._active)

    def __len__(self) -> int:
        return len(self._active)

    def striking(self, when: When, call: Call) -> Iterable[Fault]:
        """Return the faults that strike a call at this moment, to be iterated once.

        Each is counted as a hit when it is yielded: the faults after one that answers are spared.
        """
        return self._strike(when, call) if self._active else ()

    def _strike(self, when: When, call: Call) -> Iterator[Fault]:
        with self._mutex:
            of_moment = [active for active in self._active if active.fault.moment == when]
            concerned = [active for active in of_moment if active.fault.concerns(call)]
            due = [active for active in concerned if active.is_due()]

        for active in due:
            with self._mutex:
                strikes = active.strike()
            if strikes:
                yield active.fault
