"""The fakes that a test uses: the report of a failing test shows their requests.

Whatever hands out a fake, or clients for one, notes it here: fixtures, `connect`, `network`.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar
from weakref import WeakKeyDictionary
from zlib import crc32


class Fake(Protocol):
    """A `FakeRegistry` or a `FakeEntra`."""

    @property
    def request_count(self) -> int:
        """The number of requests so far, or since they were forgotten."""


AnyFake = TypeVar("AnyFake", bound=Fake)

_SEEDS = [0]
"""The seed of the running test, for faults with a probability."""

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
    """Note that a fake is in use, and return it.

    Its faults draw with a seed of the test in which it is first used.
    """
    faults = getattr(fake, "faults", None)
    if faults is not None and fake not in _USED:
        faults.seed = _SEEDS[-1]

    _USED[fake] = None
    if _IN_TEST.is_set():
        _OF_TEST.append(fake)
    return fake


def known_fakes() -> Sequence[Fake]:
    """Return the fakes that are or were in use, as far as they are alive."""
    return list(_USED)


def fakes_in_use() -> bool:
    """Return whether any fake is or was in use."""
    return len(_USED) > 0


@contextmanager
def usage_of_test(name: str) -> Iterator[Callable[[], dict[Fake, int]]]:
    """Yield, for the time of the test with this id, a function that returns the fakes that it has
    used, each with the number of its first request of the test."""
    before = _counts_of_requests()
    _SEEDS[:] = [crc32(name.encode("utf-8", "replace"))]
    _IN_TEST.set()
    try:
        yield lambda: _used_since(before)
    finally:
        _IN_TEST.clear()
        _OF_TEST.clear()
        _SEEDS[:] = [0]


def _counts_of_requests() -> dict[Fake, int]:
    return {fake: fake.request_count for fake in list(_USED)}


def _used_since(before: Mapping[Fake, int]) -> dict[Fake, int]:
    """Return the fakes that are new since then, or have received requests since."""
    used = {}
    for fake, count in _counts_of_requests().items():
        seen = before.get(fake)
        if seen is None or count < seen:  # its requests were forgotten since
            used[fake] = 0
        elif count > seen:
            used[fake] = seen
    return used
