"""`Controlled`: a registry with all that the control API adds to it."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from weakref import WeakKeyDictionary

from werkzeug.exceptions import Conflict, NotFound

from fake_registry.control.limits import MAX_WAITS
from fake_registry.control.registry import ControlledRegistry
from fake_registry.control.snapshots import Snapshots
from fake_registry.http.faults import ActiveFault
from fake_registry.process_memory import LaterRelease


class Controlled:
    """A registry, with its snapshots, the ids of its faults and the waits for its requests."""

    def __init__(self, registry: ControlledRegistry, *, names: Sequence[str], has_token: bool) -> None:
        """`names` are those of all registries that the API controls. `has_token` is
        whether callers need a control token."""
        self.registry = registry
        self.names = names
        self.has_token = has_token
        self.snapshots = Snapshots(max_bytes=registry.settings.max_snapshot_bytes)
        self.memory = LaterRelease()
        self.journal_id = os.urandom(8).hex()
        """Another one in each process: the numbers of the recorded requests are the same in all."""
        self._mutex = threading.Lock()
        self._numbers = count(1)
        self._waits = 0
        # By fault and not by id: an id is lost with a fault that `registry.reset()` has ended.
        self._fault_ids: WeakKeyDictionary[ActiveFault, str] = WeakKeyDictionary()

    def new_id(self) -> str:
        """Return a new id."""
        return str(next(self._numbers))

    def id_of(self, active: ActiveFault) -> str:
        """Return a fault's id. A fault that Python added gets one here."""
        with self._mutex:
            return self._fault_ids.get(active) or self._fault_ids.setdefault(active, self.new_id())

    def find_fault(self, fault_id: str) -> ActiveFault:
        """Return the fault in force that has this id. NotFound."""
        found = {self.id_of(active): active for active in self.registry.faults}
        if fault_id not in found:
            known = ", ".join(found) or "none"
            raise NotFound(f"there is no fault {fault_id[:100]!r} in force; there are {known}")
        return found[fault_id]

    @contextmanager
    def count_wait(self) -> Iterator[None]:
        """Count a wait or a stream of events while the block runs. Conflict if there are too many."""
        with self._mutex:
            if self._waits >= MAX_WAITS:
                raise Conflict(f"expected at most {MAX_WAITS} waits at a time, found more")
            self._waits += 1
        try:
            yield
        finally:
            with self._mutex:
                self._waits -= 1


def check_room(kind: str, found: int, most: int) -> None:
    """Raise Conflict unless there is room for one more of a kind, such as `tokens`."""
    if found >= most:
        remedy = "DELETE those that are no longer needed"
        raise Conflict(f"expected at most {most} {kind}, found more: {remedy}")
