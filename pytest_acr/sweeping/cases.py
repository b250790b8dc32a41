"""The cases of a sweep: single failures, and pairs of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from fake_registry.arguments import nearest_first
from fake_registry.http.faults.sweep import ALL_EFFECTS, SweptCall, SweptFault, cases_of
from fake_registry.spec.patterns import matches
from fake_registry.spec.words import names_text
from pytest_acr.sweeping.baseline import SweepImpossible
from pytest_acr.sweeping.options import SweepOptions

T = TypeVar("T")

SweepCase = tuple[SweptFault, ...]
"""One failure, or two."""


@dataclass(frozen=True)
class ChosenCases:
    """The cases that a sweep tries."""

    tried: Sequence[SweepCase]
    possible: int
    """The number of cases that there are."""
    calls: tuple[str, ...]
    """The calls that have a case."""


def choose_cases(calls: Sequence[SweptCall], options: SweepOptions) -> ChosenCases:
    """Return the cases of a run with these calls. Raises SweepImpossible if there are none."""
    chosen = [call for call in calls if _is_chosen(call, options)]
    if not chosen:
        patterns = ", ".join(options.endpoints)
        called = names_text(sorted({call.endpoint for call in calls}), most=10)
        raise SweepImpossible(f"no call matches endpoints {patterns}: the calls are {called}")
    if options.only is not None:
        case = _case_named(options.only, calls, options)
        return ChosenCases([case], 1, tuple([str(fault.call) for fault in case]))

    singles = [(fault,) for fault in cases_of(chosen, options.effects)]
    if not singles:
        raise SweepImpossible("no effect can strike any of the calls")
    pairs = list(_pairs_of(singles)) if options.depth > 1 else []
    tried: list[SweepCase] = [*_sample(singles, options), *_sample(pairs, options)]
    struck = dict.fromkeys(str(fault.call) for (fault,) in singles)
    return ChosenCases(tried, len(singles) + len(pairs), tuple(struck))


def _is_chosen(call: SweptCall, options: SweepOptions) -> bool:
    return any(matches(pattern, call.endpoint) for pattern in options.endpoints)


def _pairs_of(singles: Sequence[tuple[SweptFault]]) -> Iterator[SweepCase]:
    """Yield each case with each case of a later call, and with that of its own repetition.

    A call that fails and is repeated makes one more call of its endpoint: the second failure
    strikes the repetition, whether or not the run without faults has a call of that number.
    """
    order = {fault.call: place for place, (fault,) in enumerate(reversed(singles))}
    for (first,) in singles:
        repeated = _repetition_of(first.call)
        for (second,) in singles:
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


def _case_named(name: str, calls: Sequence[SweptCall], options: SweepOptions) -> SweepCase:
    """Return the case with this id; that of a pair has two, joined with `+`."""
    effects = tuple(dict.fromkeys([*options.effects, *ALL_EFFECTS]))
    every = [*calls, *map(_repetition_of, calls)]
    known = {str(case): case for case in reversed(cases_of(every, effects))}
    parts = [part.strip() for part in name.split(" + ")]
    for part in parts:
        if part not in known:
            nearest = ", ".join(nearest_first(part, reversed(known))[:8])
            raise SweepImpossible(f"there is no case {part!r}; those most like it are {nearest}")

    return tuple([known[part] for part in parts])
