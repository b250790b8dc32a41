"""Judges a run with failures by the run without."""

from collections.abc import Iterable, Iterator
from typing import Final

from fake_registry.http.faults.effect import changes_content
from fake_registry.journal.actions import ActionKind, RegistryAction, actions_in
from pytest_acr.sweeping.cases import case_text
from pytest_acr.sweeping.damage import struck_in, unnoticed_damage
from pytest_acr.sweeping.options import errors_of_clients, names_of_errors
from pytest_acr.sweeping.outcome import RunOutcome, SweptRun
from pytest_acr.sweeping.record import EndedRun, JointState, RunRecord
from pytest_acr.sweeping.states import NOTHING, differences_of, have_same_content, union_of

_WRONG_STATE: Final = "it passed, but the registry has other content than after the run without faults"
_NO_POINT: Final = "it failed, and left content that the run without faults never has"
_SIGNS: Final = "(+ more, - missing)"


def judge(
    run: EndedRun,
    good: RunRecord,
    expect: tuple[type[BaseException], ...] | None,
) -> SweptRun:
    """Return the outcome of a run, compared with the good one."""
    outcome, reason = _outcome_of(run, good, expect)
    failure = run.failure
    return SweptRun(
        case=case_text(run.case),
        outcome=outcome,
        reason=reason,
        exchange=_struck_text(run),
        error="" if failure is None else failure.text,
        line="" if failure is None else failure.line,
        report="" if failure is None else failure.report,
    )


def _outcome_of(
    run: EndedRun,
    good: RunRecord,
    expect: tuple[type[BaseException], ...] | None,
) -> tuple[RunOutcome, str]:
    if run.stopped is not None:
        return RunOutcome.BROKEN, run.stopped

    if run.failure is None:
        return _outcome_of_success(run, good)

    expected = errors_of_clients() if expect is None else expect
    if not all(isinstance(error, expected) for error in _leaves_of(run.failure.error)):
        names = ", ".join(names_of_errors(expect)) or "none"
        problem = "it raised an exception that is not expected"
        return RunOutcome.BROKEN, f"{problem} (expected: {names}; expect= sets others)"
    return _outcome_of_failure(run, good)


def _outcome_of_success(run: EndedRun, good: RunRecord) -> tuple[RunOutcome, str]:
    record = run.record
    if 0 in record.hits or len(record.hits) < len(run.case):
        return RunOutcome.NOT_REACHED, f"there was no {_missing_calls(run)} this time"

    if _is_judged_by_content(run) and not have_same_content(record.end, good.end):
        differences = _differences(good.end, record.end)
        return RunOutcome.BROKEN, f"{_WRONG_STATE} {_SIGNS}:\n{differences}"
    if list(record.hits) == list(record.idle_hits):
        return RunOutcome.IDLE, record.idle_reason

    unnoticed = unnoticed_damage(run.case, record, good)
    if unnoticed is not None:
        return RunOutcome.BROKEN, unnoticed
    return RunOutcome.SURVIVED, ""


def _missing_calls(run: EndedRun) -> str:
    """Return the calls that no fault has struck: the first, if the run did not use the registry."""
    struck = zip(run.case, run.record.hits, strict=False)
    missing = [str(fault.call) for fault, hits in struck if hits == 0]
    return ", ".join(missing) or str(run.case[0].call)


def _outcome_of_failure(run: EndedRun, good: RunRecord) -> tuple[RunOutcome, str]:
    if not _is_judged_by_content(run):
        return RunOutcome.FAILED, ""

    lost = next(_lost_writes(run.record), None)
    if lost is not None:
        return RunOutcome.BROKEN, f"it failed, and {lost} is lost, although the registry had confirmed its push"

    end = _without_loose_blobs(run.record.end)
    points = [_without_loose_blobs(point) for point in good.points]
    if any(_has_content_of(point, end) for point in points) and _has_no_foreign_blob(run.record.end, good):
        return RunOutcome.FAILED, ""

    nearest = min(good.points, key=lambda point: _distance(point, run.record.end))
    differences = _differences(nearest, run.record.end)
    return RunOutcome.BROKEN, f"{_NO_POINT}; compared with the most similar moment of that run {_SIGNS}:\n{differences}"


def _is_judged_by_content(run: EndedRun) -> bool:
    """Return whether the content at the end comes from the code alone: some effects change it."""
    return not any(changes_content(strike.effect.effect) for strike in run.case)


def _leaves_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, or those of a group."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves_of(one)
    else:
        yield error


def _without_loose_blobs(state: JointState) -> JointState:
    """Return a state without blobs that no manifest has: a client may upload them in any order."""
    return {key: one.without_loose_blobs() for key, one in state.items()}


def _has_content_of(point: JointState, end: JointState) -> bool:
    """Return whether the registries of a run have the content of a point. A run that failed may have
    ended before it made them all."""
    return all(state == point.get(key, NOTHING) for key, state in end.items())


def _has_no_foreign_blob(end: JointState, good: RunRecord) -> bool:
    """Return whether each blob at the end is also one of the good run, at some time."""
    for key, state in end.items():
        known = union_of([point.get(key, NOTHING) for point in good.points])
        if not state.loose_blobs <= known:
            return False
    return True


def _distance(one: JointState, other: JointState) -> int:
    keys = one.keys() | other.keys()
    return sum(one.get(key, NOTHING).distance(other.get(key, NOTHING)) for key in keys)


def _differences(one: JointState, other: JointState) -> str:
    return "\n".join([f"    {line}" for line in differences_of(one, other)])


def _lost_writes(record: RunRecord) -> Iterator[str]:
    """Yield the names of manifests and tags whose push was confirmed, that are gone, and that no
    later request has deleted or replaced."""
    for key, exchanges in record.exchanges.items():
        state = record.end.get(key, NOTHING)
        names = {item.name for item in state.items}
        actions = actions_in(exchanges, ActionKind.PUSH, ActionKind.DELETION)
        for place, action in enumerate(actions):
            is_confirmed = action.succeeded and not action.exchange.faults
            if action.kind is ActionKind.PUSH and is_confirmed and not _is_undone(action, actions[place + 1 :]):
                yield from (name for name in _names_of(action) if name not in names)


def _names_of(push: RegistryAction) -> list[str]:
    names = [f"{push.repository}:{tag}" for tag in push.tags]
    return [*names, f"{push.repository}@{push.digest}"] if push.digest else names


def _is_undone(push: RegistryAction, later: Iterable[RegistryAction]) -> bool:
    """Return whether a later request may have deleted it: the answer may be lost, as a fault is."""
    return any(one.kind is ActionKind.DELETION and one.repository == push.repository for one in later)


def _struck_text(run: EndedRun) -> str:
    """Return the last exchanges that faults of the case struck, one for each fault."""
    struck = [one for exchanges in run.record.exchanges.values() for one in struck_in(exchanges, run.case)]
    return "; then ".join(map(str, struck[-len(run.case) :]))
