"""`RegistryStates`: lets the runs of a sweep find the registries of wider fixtures as the test did."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from fake_registry import FakeRegistry, Snapshot
from pytest_acr.usage import known_fakes, request_total


@dataclass(frozen=True)
class _State:
    request_total: int
    snapshot: Snapshot


class RegistryStates:
    """The content of registries before a test."""

    def __init__(self) -> None:
        # weak: those of function scope are gone when the sweep begins
        self._states: WeakKeyDictionary[FakeRegistry, _State] = WeakKeyDictionary()

    def note_new(self) -> None:
        """Note the content of the registries that were not noted before."""
        for fake in known_fakes():
            if isinstance(fake, FakeRegistry) and fake not in self._states:
                self._states[fake] = _State(request_total(fake), fake.snapshot())

    @contextmanager
    def restore_meanwhile(self) -> Iterator[None]:
        """Restore the noted content for the time of the block; then that of now, for later tests."""
        later = self._restore_used()
        try:
            yield
        finally:
            for registry, snapshot in later.items():
                if not registry.faults.is_closed:
                    registry.restore(snapshot)

    def _restore_used(self) -> "WeakKeyDictionary[FakeRegistry, Snapshot]":
        """Restore the registries that have received requests; return what they had."""
        later: WeakKeyDictionary[FakeRegistry, Snapshot] = WeakKeyDictionary()
        for registry, state in list(self._states.items()):
            if request_total(registry) != state.request_total and not registry.faults.is_closed:
                later[registry] = registry.snapshot()
                registry.restore(state.snapshot)
        return later
