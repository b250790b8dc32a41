"""The run without faults: what the others are compared with."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

from pytest_acr.sweeping.record import EndedRun, RunRecord
from pytest_acr.sweeping.states import differences_of, have_same_content

_REMEDY: Final = "make names, content, order and time the same in each run"


class SweepImpossible(Exception):
    """A sweep of this code would mean nothing. The message says why."""


def find_good_run(run: Callable[[], EndedRun]) -> RunRecord:
    """Return the record of a run without faults that does the same as the run before it.

    `run` runs the code without faults.

    The first run may differ: it sets up fixtures that later runs share. Raises SweepImpossible if
    the code fails or does not end without a fault, makes no calls, or does not do the same twice.
    """
    first, second = _run_well(run), _run_well(run)
    if _difference(first, second):
        first, second = second, _run_well(run)

    difference = _difference(first, second)
    if difference:
        raise SweepImpossible(f"two runs without faults differ: {difference}; {_REMEDY}")
    if not second.calls:
        raise SweepImpossible("the code sends no request to a fake registry, or none that can fail")
    return second


def _run_well(run: Callable[[], EndedRun]) -> RunRecord:
    ended = run()
    failure = ended.failure
    where = f" at {failure.line}" if failure is not None and failure.line else ""
    if ended.stopped is not None:
        raise SweepImpossible(f"expected code that ends without a fault: {ended.stopped}{where}")
    if failure is not None:
        raise SweepImpossible(f"expected code that passes without a fault, found {failure.text}{where}")
    return ended.record


def _difference(one: RunRecord, other: RunRecord) -> str:
    """Return the first difference between two runs in words; empty without any.

    The order of calls may differ, as that of threads does.
    """
    if sorted(one.signature) != sorted(other.signature):
        return _first_difference(one.signature, other.signature)
    if have_same_content(one.end, other.end):
        return ""
    return f"the content at the end, {'; '.join(differences_of(one.end, other.end))}"


def _first_difference(one: Sequence[tuple[str, str, str]], other: Sequence[tuple[str, str, str]]) -> str:
    pairs = zip_longest(one, other)
    place, (before, after) = next((at, pair) for at, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"request {place + 1} is {_call_text(before)} in one, {_call_text(after)} in the other"


def _call_text(call: tuple[str, str, str] | None) -> str:
    if call is None:
        return "absent"
    _, request, outcome = call
    return f"{request} -> {outcome}"
