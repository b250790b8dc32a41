"""Runs checks of pure functions on drawn examples, and words their failures.

`codecs` and `ranges` have the checks.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.strategies import SearchStrategy

Example = TypeVar("Example")

SAME_EXAMPLES: Final = hypothesis.settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The same examples in each run of the same program."""


def run_check(
    check: Callable[[Example], None],
    examples: SearchStrategy[Example],
    settings: hypothesis.settings,
) -> None:
    """Call `check` with drawn examples; raise its error for the simplest one that fails."""
    alone = hypothesis.settings(
        settings,
        # it would explain which lines of this module matter
        phases=[phase for phase in settings.phases if phase is not Phase.explain],
        report_multiple_bugs=False,
        print_blob=False,  # its decorator could not be added to the function below
    )

    @alone
    @given(examples)
    def draw_and_check(example: Example) -> None:
        check(example)

    draw_and_check()


def call_user(function: Callable[..., Any], *arguments: Any) -> Any:  # Any: the caller's
    """Return the result of a function of the caller, or the exception that it raised."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001  any: it is reported
        return error


def failure_of(example: str, *, expected: str, found: object, source: str) -> AssertionError:
    """Return the error of a check; `source` names the section of a document."""
    if isinstance(found, Exception):
        found = f"{type(found).__name__}: {found}"
    text = f"{example}\n  expected: {expected}\n  found:    {shorten(found)}\n  {source}"
    return AssertionError(text)


def shorten(value: object, limit: int = 300) -> str:
    """Return a value as text of at most `limit` characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
