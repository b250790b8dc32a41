"""The registry's clock."""

from werkzeug.exceptions import Conflict

from fake_registry.clock import ManualClock
from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import ClockStep, ClockTime


def get_clock(controlled: Controlled) -> ClockTime:
    """The time."""
    clock = controlled.registry.clock
    return ClockTime(clock.now(), isinstance(clock, ManualClock))


def advance_clock(controlled: Controlled, body: ClockStep) -> ClockTime:
    """Advance a manual clock."""
    clock = controlled.registry.clock
    if not isinstance(clock, ManualClock):
        raise Conflict("the system clock cannot be advanced; serve with `--clock manual`")

    latest = clock.seconds_left
    if body.advance_seconds > latest:
        expected = f"expected advance_seconds from 0 to {int(latest)}"
        raise ValueError(f"{expected}, found {body.advance_seconds:g}")

    clock.advance(body.advance_seconds)
    return get_clock(controlled)
