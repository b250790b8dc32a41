"""The run without faults: what the others are compared with."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

from pytest_acr.sweeping.run_failure import RunFailure
from pytest_acr.sweeping.states import NOTHING
from pytest_acr.sweeping.watching import RunRecord

_WHAT_MUST_BE: Final = "make names, content, order and time the same in each run"


class SweepImpossible(Exception):
    """A sweep of this code would mean nothing. The message says why."""


RecordRun = Callable[[], tuple[RunRecord, RunFailure | None, str | None]]
"""Runs the code without failures: what it did, its failure, and why it was stopped."""


def find_baseline(run: RecordRun) -> RunRecord:
    """Return the record of a run without faults, which the next one repeats.

    The first run may differ: it sets up fixtures that later runs share. Raises SweepImpossible if
    the code fails or does not end without a fault, makes no calls, or does not do the same twice.
    """
    first, second = _good_run(run), _good_run(run)
    if _difference(first, second):
        first, second = second, _good_run(run)

    difference = _difference(first, second)
    if difference:
        raise SweepImpossible(f"two runs without faults differ: {difference}; {_WHAT_MUST_BE}")
    if not second.calls:
        raise SweepImpossible("it makes no calls to a registry, so that no call can fail")
    return second


def _good_run(run: RecordRun) -> RunRecord:
    record, failure, stopped = run()
    where = f" at {failure.line}" if failure is not None and failure.line else ""
    if stopped is not None:
        raise SweepImpossible(f"it does not end without a fault: {stopped}{where}")
    if failure is not None:
        raise SweepImpossible(f"it fails without a fault: {failure.text}{where}")
    return record


def _difference(one: RunRecord, other: RunRecord) -> str:
    """Return the first difference between two runs in words; empty without any.

    The order of calls may differ, as that of threads does.
    """
    if sorted(one.signature) != sorted(other.signature):
        return _first_difference(one.signature, other.signature)
    if one.end == other.end:
        return ""

    keys = sorted(one.end.keys() | other.end.keys())
    texts = [one.end.get(key, NOTHING).differences(other.end.get(key, NOTHING)) for key in keys]
    lines = [line for text in texts for line in text.splitlines()]
    return f"the content at the end, {'; '.join(lines)}"


def _first_difference(one: Sequence[tuple[str, str, str]], other: Sequence[tuple[str, str, str]]) -> str:
    pairs = zip_longest(one, other)
    place, (before, after) = next((at, pair) for at, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"request {place + 1} is {_call_text(before)}, then {_call_text(after)}"


def _call_text(call: tuple[str, str, str] | None) -> str:
    if call is None:
        return "none"
    _, request, outcome = call
    return f"{request} -> {outcome}"
