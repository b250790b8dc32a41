"""`History`: the content of a registry before each change by a client, for faults that show it late."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

from fake_registry.clock import SECOND_NS
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.http.answers import Answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.faults.active import ActiveFault
from fake_registry.http.faults.effect import history_seconds
from fake_registry.http.handlers import handle
from fake_registry.spec.endpoints import CONTENT_CHANGES
from fake_registry.spec.errors import RegistryError

_STEPS: Final = 100


@dataclass(frozen=True)
class PastContent:
    """The content until a change."""

    content: ContentSnapshot
    until: int
    """Nanoseconds since the epoch, by the registry's clock."""
    backend: Backend

    @cached_property
    def past_backend(self) -> Backend:
        """The backend with this content."""
        present = self.backend
        registry = MemoryRegistry(present.settings, clock=present.clock, new_id=present.new_id)
        registry.restore(self.content)
        return replace(present, registry=registry, catalog=registry, memory=registry)


class History:
    """The past content of one registry, for each fault in force whose effect answers from it.

    Safe to use from several threads. A fault has at most `_STEPS` snapshots of manifests and tags,
    which go with it: changes within a hundredth of its time are one.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._mutex = threading.Lock()
        self._kept: WeakKeyDictionary[ActiveFault, list[PastContent]] = WeakKeyDictionary()

    def note_call(self, faults: Iterable[ActiveFault], call: Call) -> None:
        """Keep the content before a call that may change it, if a fault needs it."""
        memory = self._backend.memory
        if memory is None or call.endpoint.name not in CONTENT_CHANGES:
            return
        keeping = [active for active in faults if history_seconds(active.fault.effect)]
        if not keeping:
            return

        now = self._backend.clock.now()
        past = PastContent(_without_blobs(memory.snapshot()), now, self._backend)
        with self._mutex:
            for active in keeping:
                kept = self._kept_since(self._time_of(active), active)
                if not kept or now - kept[-1].until > _step_of(active):
                    kept.append(past)

    def past_answer(self, active: ActiveFault, call: Call) -> Answer | None:
        """Return the answer to a call as of the `history_seconds` ago of a fault's effect.

        None if it is the same today. Raises the RegistryError of that time.
        """
        with self._mutex:
            kept = self._kept_since(self._time_of(active), active)
            past = kept[0] if kept else None
        if past is None:
            return None

        before, now = _outcome(past.past_backend, call), _outcome(self._backend, call)
        if _facts_of(before) == _facts_of(now):
            return None
        if isinstance(before, RegistryError):
            raise before
        return before

    def _time_of(self, active: ActiveFault) -> float:
        """Return the time, in nanoseconds since the epoch, whose content a fault shows."""
        return self._backend.clock.now() - history_seconds(active.fault.effect) * SECOND_NS

    def _kept_since(self, time: float, active: ActiveFault) -> list[PastContent]:
        """Return the snapshots of a fault, and forget those from before `time`."""
        kept = self._kept.setdefault(active, [])
        kept[:] = [past for past in kept if past.until > time]
        return kept


def _step_of(active: ActiveFault) -> float:
    """Return the least time between two snapshots, in nanoseconds."""
    return history_seconds(active.fault.effect) * SECOND_NS / _STEPS


def _without_blobs(content: ContentSnapshot) -> ContentSnapshot:
    """Return the content that lists and manifests show."""
    states = [replace(state, blobs={}, uploads={}) for state in content.repositories]
    return ContentSnapshot(tuple(states))


def _outcome(backend: Backend, call: Call) -> Answer | RegistryError:
    try:
        return handle(backend, call)
    except RegistryError as error:
        return error


def _facts_of(outcome: Answer | RegistryError) -> object:
    """Return what a client sees of an outcome."""
    if isinstance(outcome, RegistryError):
        return type(outcome), str(outcome)
    return outcome.status, outcome.headers, tuple(outcome.body)
