"""The cases of a sweep: single failures, and pairs of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from random import Random
from typing import Final, TypeVar

from fake_registry.arguments import nearest_first
from fake_registry.http.faults.sweep import ALL_EFFECTS, SweptCall, SweptFault, cases_of
from fake_registry.spec.patterns import matches
from fake_registry.spec.words import first_names_text
from pytest_acr.sweeping.good_run import SweepImpossible
from pytest_acr.sweeping.options import SweepOptions
from pytest_acr.sweeping.outcome import PAIR
from pytest_acr.sweeping.record import SweepCase

T = TypeVar("T")

_MOST_SUGGESTED: Final = 3
"""The most cases that the error about an unknown one names."""

Recoveries = Mapping[SweptFault, Sequence[SweptCall]]
"""The calls of each run with one failure that the run without has not, as those that ask whether
the failed call was done."""


@dataclass(frozen=True)
class ChosenCases:
    """The cases that a sweep tries."""

    tried: Sequence[SweepCase]
    possible: int
    """The number of cases that there are."""
    calls: tuple[str, ...]
    """The calls that have a case."""

    def followed_by(self, pairs: "ChosenCases") -> "ChosenCases":
        """Return these cases and the pairs, with the calls of these alone."""
        tried = [*self.tried, *pairs.tried]
        return ChosenCases(tried, self.possible + pairs.possible, self.calls)


def choose_cases(calls: Sequence[SweptCall], options: SweepOptions) -> ChosenCases:
    """Return the single failures of a run with these calls. SweepImpossible if there are none."""
    singles = _singles_of(calls, options)
    return _choice_of([(fault,) for fault in singles], options)


def choose_pairs(
    calls: Sequence[SweptCall],
    recoveries: Recoveries,
    options: SweepOptions,
) -> ChosenCases:
    """Return the pairs of failures: of two calls of the run without failures, of a call and its
    repetition, and of a call and one of its recoveries."""
    pairs = [*_pairs_of(_singles_of(calls, options)), *_pairs_with(recoveries, options)]
    return _choice_of(pairs, options)


def recovery_calls(
    first: SweptFault,
    calls: Iterable[SweptCall],
    good_calls: Iterable[SweptCall],
) -> Sequence[SweptCall]:
    """Return the calls of a run with the failure `first` that the run without has not.

    Those of the endpoint that failed are not among them: they are repetitions.
    """
    known = {(call.registry, str(call)) for call in good_calls}
    others = [call for call in calls if call.endpoint != first.call.endpoint]
    return [call for call in others if _is_new(call, known)]


def case_text(case: SweepCase) -> str:
    """Return the id of a case."""
    return PAIR.join(map(str, case))


def names_in(case: str) -> Sequence[str]:
    """Return the ids of the failures in the id of a case."""
    return [name.strip() for name in case.split(PAIR)]


def fault_named(name: str, calls: Sequence[SweptCall], options: SweepOptions) -> SweptFault:
    """Return the failure with this id, of one of the calls or of a repetition of one.

    SweepImpossible for an unknown one, with those of the calls that are most like it.
    """
    effects = tuple(dict.fromkeys([*options.effects, *ALL_EFFECTS]))
    named = {str(case): case for case in reversed(cases_of(calls, effects))}
    repeated = {str(case): case for case in cases_of([*map(_repetition_of, calls)], effects)}
    known = repeated | named

    if name not in known:
        nearest = ", ".join(nearest_first(name, reversed(named))[:_MOST_SUGGESTED])
        raise SweepImpossible(f"there is no case {name!r}; those most like it are {nearest}")
    return known[name]


def _singles_of(calls: Sequence[SweptCall], options: SweepOptions) -> Sequence[SweptFault]:
    chosen = [call for call in calls if _is_chosen(call, options)]
    if not chosen:
        patterns = ", ".join(options.endpoints)
        called = first_names_text(sorted({call.endpoint for call in calls}), most=10)
        raise SweepImpossible(f"no call matches endpoints {patterns}: the calls are {called}")

    singles = cases_of(chosen, options.effects)
    if not singles:
        raise SweepImpossible(_reason_for_no_case(chosen))
    return singles


def _reason_for_no_case(calls: Sequence[SweptCall]) -> str:
    if all(call.before is None for call in calls):
        found = "found only calls that were refused for lack of a token: effects='all' strikes them too"
    else:
        found = "found none that strikes any of them: choose others, or effects='all'"
    return f"expected effects that strike one of the calls, {found}"


def _pairs_with(recoveries: Recoveries, options: SweepOptions) -> Iterator[SweepCase]:
    for first, calls in recoveries.items():
        chosen = [call for call in calls if _is_chosen(call, options)]
        yield from ((first, second) for second in cases_of(chosen, options.effects))


def _choice_of(cases: Sequence[SweepCase], options: SweepOptions) -> ChosenCases:
    struck = dict.fromkeys(str(fault.call) for case in cases for fault in case)
    return ChosenCases(_sample(cases, options), len(cases), tuple(struck))


def _is_new(call: SweptCall, known: Set[tuple[str, str]]) -> bool:
    return call.before is not None and (call.registry, str(call)) not in known


def _is_chosen(call: SweptCall, options: SweepOptions) -> bool:
    return any(matches(pattern, call.endpoint) for pattern in options.endpoints)


def _pairs_of(singles: Sequence[SweptFault]) -> Iterator[SweepCase]:
    """Yield each case with each case of a later call, and with that of its own repetition.

    A call that fails and is repeated makes one more call of its endpoint: the second failure
    strikes the repetition, whether or not the run without faults has a call of that number.
    """
    order = {fault.call: place for place, fault in enumerate(reversed(singles))}
    for first in singles:
        repeated = _repetition_of(first.call)
        for second in singles:
            if second.call == first.call:
                yield first, replace(second, call=repeated)
            elif order[second.call] < order[first.call] and second.call != repeated:
                yield first, second


def _repetition_of(call: SweptCall) -> SweptCall:
    """Return the next call of the same endpoint."""
    before = None if call.before is None else call.before + 1
    after = None if call.after is None else call.after + 1
    return replace(call, door=call.door + 1, before=before, after=after)


def _sample(cases: Sequence[T], options: SweepOptions) -> Sequence[T]:
    """Return at most `limit` cases, in their order, drawn with the seed."""
    if len(cases) <= options.limit:
        return cases
    places = Random(options.seed).sample(range(len(cases)), options.limit)  # noqa: S311  no secret
    return [cases[place] for place in sorted(places)]
