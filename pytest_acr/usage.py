"""The fakes that a test uses: the report of a failing test shows their requests.

Whatever hands out a fake, or clients for one, notes it here: fixtures, `connect`, `network`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar
from weakref import WeakKeyDictionary
from zlib import crc32


class Fake(Protocol):
    """A `FakeRegistry` or a `FakeEntra`."""

    @property
    def request_count(self) -> int:
        """The number of requests so far, or since they were forgotten."""

    @property
    def forgotten_count(self) -> int:
        """The number of requests that were forgotten so far."""


AnyFake = TypeVar("AnyFake", bound=Fake)

_SEEDS = [0]
"""The seed of the running test, for faults with a probability."""

_KEPT: Final = 8
"""The most fakes that are kept alive to the end of a test: one for each Hypothesis example would
fill the memory."""

_USED: WeakKeyDictionary[Fake, None] = WeakKeyDictionary()
"""In the order of their first use."""

_RUNNING: list["FakesOfTest"] = []
"""The test that runs; last, where a test runs pytest, the test of that run."""


_OBSERVERS: list[Callable[[Fake], None]] = []
"""Each is called with each fake that is handed out: see `observe_uses`."""


def note_use(fake: AnyFake) -> AnyFake:
    """Note that a fake is in use, and return it.

    Its faults draw with a seed of the test in which it is first used.
    """
    faults = getattr(fake, "faults", None)
    if faults is not None and fake not in _USED:
        faults.seed = _SEEDS[-1]

    _USED[fake] = None
    for test in _RUNNING[-1:]:
        test.keep(fake)
    for observer in _OBSERVERS:
        observer(fake)
    return fake


@contextmanager
def observe_uses(observer: Callable[[Fake], None]) -> Iterator[None]:
    """Call `observer` with each fake that is handed out in the block, before the caller has it.

    One that is handed out again is reported again.
    """
    _OBSERVERS.append(observer)
    try:
        yield
    finally:
        _OBSERVERS.remove(observer)


def known_fakes() -> Sequence[Fake]:
    """Return the fakes that are or were in use, as far as they are alive."""
    found = [reference() for reference in _USED.keyrefs()]  # of one moment: threads make fakes too
    return [fake for fake in found if fake is not None]


def fakes_in_use() -> bool:
    """Return whether any fake is or was in use."""
    return len(_USED) > 0


def request_total(fake: Fake) -> int:
    """Return the number of all requests so far, also of those that were forgotten."""
    return fake.forgotten_count + fake.request_count


class FakesOfTest:
    """The fakes that a test uses, from now on or from `restart`."""

    def __init__(self) -> None:
        self._kept: deque[Fake] = deque(maxlen=_KEPT)
        """The last fakes, which the test may have dropped already."""
        self.restart()

    def read(self) -> dict[Fake, int]:
        """Return the fakes, each with the number of its first request of the test."""
        return _used_since(self._before)

    def keep(self, fake: Fake) -> None:
        """Keep a fake alive, one that is noted twice as well as another one."""
        if fake not in self._kept:
            self._kept.append(fake)

    def ignore(self, others: Iterable[Fake]) -> None:
        """Take the requests of other fakes until now for those of another test."""
        self._before.update({fake: _counts_of(fake) for fake in others})

    def restart(self) -> None:
        """Start anew: the test has ended, and may run once more."""
        self._kept.clear()
        # weak: a test must not keep the fakes of those before it alive
        self._before = WeakKeyDictionary({fake: _counts_of(fake) for fake in known_fakes()})


@contextmanager
def usage_of_test(name: str) -> Iterator[FakesOfTest]:
    """Yield the fakes that the test with this id uses, for its time.

    A test in whose time another runs, as in a sweep, does not use the fakes of that one.
    """
    fakes = FakesOfTest()
    used_by_outer = [(outer, outer.read()) for outer in _RUNNING]
    _RUNNING.append(fakes)
    _SEEDS.append(crc32(name.encode("utf-8", "replace")))
    try:
        yield fakes
    finally:
        _RUNNING.remove(fakes)
        _SEEDS.pop()
        for outer, used in used_by_outer:
            outer.ignore([fake for fake in fakes.read() if fake not in used])


def _counts_of(fake: Fake) -> tuple[int, int]:
    """Return the numbers of requests that were forgotten, and that came since."""
    return fake.forgotten_count, fake.request_count


def _used_since(before: Mapping[Fake, tuple[int, int]]) -> dict[Fake, int]:
    """Return the fakes that are new since then, or have received requests since."""
    used = {}
    for fake in known_fakes():
        earlier, counts = before.get(fake), _counts_of(fake)
        if earlier is None or earlier[0] != counts[0]:
            used[fake] = 0
        elif earlier != counts:
            used[fake] = earlier[1]
    return used
