"""Which tests are swept, and with which options: the marker `acr_sweep`, and those of the run."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from pytest_acr.plugin.markers import SWEEP as MARKER
from pytest_acr.plugin.markers import apply_mark, check_keywords, marks_of
from pytest_acr.plugin.options import SWEEP_BASELINE_UPDATE, SWEEP_EFFECTS, SWEEP_ONLY, value_of
from pytest_acr.plugin.sweep_baseline import known_of
from pytest_acr.sweeping.options import SweepOptions, options_of

Arguments = Mapping[str, object]

_MARKED: tuple[str, ...] = tuple(MARKER.accepts.split(", "))


def sweep_options_of(item: pytest.Item) -> SweepOptions:
    """Return the options of the sweep of `item`; those of its own marker come last.

    TypeError or ValueError, as of `apply_mark`, for a wrong marker.
    """
    __tracebackhide__ = True
    arguments: Arguments = {}
    for mark in marks_of(item, MARKER):
        arguments = apply_mark(mark, _with_arguments, arguments)

    options = _make(arguments)
    effects = value_of(item.config, SWEEP_EFFECTS)
    if effects is not None and "effects" not in arguments:
        options = replace(options, effects=effects)
    return replace(
        options,
        only=value_of(item.config, SWEEP_ONLY),
        ends_at_first=_ends_at_first(item),
        accepted=known_of(item),
    )


def _with_arguments(arguments: Arguments, mark: pytest.Mark) -> Arguments:
    check_keywords(mark, _MARKED)
    changed = {**arguments, **mark.kwargs}
    _make(changed)
    return changed


def _make(arguments: Arguments) -> SweepOptions:
    make: Callable[..., SweepOptions] = options_of  # the values are checked there
    return make(**arguments)


def _ends_at_first(item: pytest.Item) -> bool:
    """Return whether the next failure ends the session, by `-x` or `--maxfail`."""
    if value_of(item.config, SWEEP_BASELINE_UPDATE):
        return False  # no run is a failure then
    most: int = item.config.getoption("maxfail", 0) or 0
    return most > 0 and item.session.testsfailed + 1 >= most
