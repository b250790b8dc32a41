"""`ActiveFault`: a fault in force with its counts. `Strike`: one call that it strikes."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from fake_registry.http.faults.fault import Fault
from fake_registry.spec.words import count_text

T = TypeVar("T")

RedirectTarget = tuple[str, tuple[tuple[str, str], ...]]
"""The path and the parameters to which a redirect leads, decoded: clients encode them anew."""

_NOT_FOLLOWED: Final = "the client did not follow the redirect to storage.blob, whose answer it changes"

MAX_TARGETS: Final = 1000
"""The most redirects that a client may still follow, for each fault."""


@dataclass(slots=True)
class Counts:
    """The counts of one fault. Those who change them hold the plan's mutex."""

    concerned: int = 0
    """The number of calls that the fault concerns, those to skip included."""
    struck: int = 0
    idle: int = 0
    """The number of those struck on which it had no effect."""
    reason: str = ""
    """Why it had none, the last time."""
    targets: deque[RedirectTarget] = field(default_factory=partial(deque, maxlen=MAX_TARGETS))
    """Where the last redirects led, whose answers it is still to change."""
    kept: Any = None  # Any: of each effect
    """What its effect remembers from call to call."""
    random: Random | None = None
    """Draws the calls that are struck, for a fault with a probability."""

    def draw(self, probability: float | None) -> bool:
        """Return whether a call is struck."""
        return self.random is None or probability is None or self.random.random() < probability


def target_of(path: str, query: str) -> RedirectTarget:
    """Return what a redirect leads to, of a decoded path and of a query as it was sent."""
    return path, tuple(parse_qsl(query, keep_blank_values=True))


class ActiveFault:
    """A fault in force, as `FaultPlan.add` returns it. A `with` block ends it."""

    def __init__(self, fault: Fault, counts: Counts, seed: int, end: Callable[["ActiveFault"], None]) -> None:
        self.fault = fault
        self.seed = seed
        """What its `probability` was drawn with: give it as the fault's `seed` to draw the same."""
        self._counts = counts
        self._end = end

    @property
    def hits(self) -> int:
        """The number of calls that it has struck."""
        return self._counts.struck

    @property
    def idle_hits(self) -> int:
        """The number of these on which it had no effect, such as a body too short to cut."""
        return self._counts.idle

    @property
    def idle_reason(self) -> str:
        """Why it had no effect, the last time; empty if it always had one."""
        return self._counts.reason

    def remove(self) -> None:
        """End the fault; without effect on one that has ended."""
        self._end(self)

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
            return f"{fault} never struck: {calls} matched it, and it let them pass{_passing_of(fault)}"
        condition = "" if fault.where is None else " for which `where` is true"
        return f"{fault} never struck: no call matched it{condition}"


def _passing_of(fault: Fault) -> str:
    causes = [f"skip={fault.skip}"] if fault.skip else []
    if fault.probability is not None:
        causes.append(f"probability={fault.probability}")
    return f" ({', '.join(causes)})" if causes else ""


class Strike:
    """One call that a fault strikes."""

    def __init__(self, active: ActiveFault, counts: Counts, mutex: threading.Lock) -> None:
        self.active = active
        self.fault = active.fault
        self._counts = counts
        self._mutex = mutex
        self._is_idle = False
        self._is_awaited = False
        """Whether the effect may act yet, although it is idle so far."""

    @property
    def is_idle(self) -> bool:
        """Whether the fault had no effect on the call, as far as it is known."""
        return self._is_idle

    def note_no_effect(self, reason: str) -> None:
        """Note that the fault had no effect on the call. The first reason counts."""
        with self._mutex:
            if self._is_idle and not self._is_awaited:
                return
            self._set_idle(idle=True)
            self._counts.reason = reason

    def await_effect(self, reason: str) -> None:
        """Note that the fault has no effect, for this reason, unless `note_effect` follows."""
        self.note_no_effect(reason)
        self._is_awaited = True

    def note_effect(self) -> None:
        """Note that an effect which was awaited has come."""
        with self._mutex:
            if self._is_awaited:
                self._set_idle(idle=False)

    def _set_idle(self, *, idle: bool) -> None:
        self._counts.idle += idle - self._is_idle
        self._is_idle, self._is_awaited = idle, False

    def follow(self, url: str) -> None:
        """Have the fault strike the answer of a redirect's target instead."""
        self.note_no_effect(_NOT_FOLLOWED)
        parts = urlsplit(url)
        target = target_of(unquote(parts.path), parts.query)
        with self._mutex:
            self._counts.targets.append(target)

    def keep(self, make: Callable[[], T]) -> T:
        """Return what the effect remembers from call to call, made by `make` for the first."""
        with self._mutex:
            if self._counts.kept is None:
                self._counts.kept = make()
            kept: T = self._counts.kept
            return kept
