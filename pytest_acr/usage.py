"""The fakes that a test uses: the report of a failing test shows their requests.

Whatever hands out a fake, or clients for one, notes it here: fixtures, `connect`, `network`.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar
from weakref import WeakKeyDictionary


class Fake(Protocol):
    """A `FakeRegistry` or a `FakeEntra`."""

    @property
    def request_count(self) -> int:
        """The number of requests so far, or since they were forgotten."""

    @property
    def forgotten_count(self) -> int:
        """The number of requests that were forgotten so far."""


AnyFake = TypeVar("AnyFake", bound=Fake)

_KEPT: Final = 8
"""The most fakes that are kept alive to the end of a test: one for each Hypothesis example would
fill the memory."""

_USED: WeakKeyDictionary[Fake, None] = WeakKeyDictionary()
"""In the order of their first use."""

_OF_TEST: deque[Fake] = deque(maxlen=_KEPT)
"""The last fakes of the running test, which may have dropped them already."""

_IN_TEST = threading.Event()
"""Set while a test runs."""


def note_use(fake: AnyFake) -> AnyFake:
    """Note that a fake is in use, and return it."""
    _USED[fake] = None
    if _IN_TEST.is_set():
        _OF_TEST.append(fake)
    return fake


def fakes_in_use() -> bool:
    """Return whether any fake is or was in use."""
    return len(_USED) > 0


@contextmanager
def usage_of_test() -> Iterator[Callable[[], dict[Fake, int]]]:
    """Yield, for the time of a test, a function that returns the fakes that the test has used, each
    with the number of its first request of the test."""
    before = {fake: _counts_of(fake) for fake in list(_USED)}
    _IN_TEST.set()
    try:
        yield lambda: _used_since(before)
    finally:
        _IN_TEST.clear()
        _OF_TEST.clear()


def _counts_of(fake: Fake) -> tuple[int, int]:
    """Return the numbers of requests that were forgotten, and that came since."""
    return fake.forgotten_count, fake.request_count


def _used_since(before: Mapping[Fake, tuple[int, int]]) -> dict[Fake, int]:
    """Return the fakes that are new since then, or have received requests since."""
    used = {}
    for fake in list(_USED):
        earlier, counts = before.get(fake), _counts_of(fake)
        if earlier is None or earlier[0] != counts[0]:
            used[fake] = 0
        elif earlier != counts:
            used[fake] = earlier[1]
    return used
