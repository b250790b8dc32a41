"""Lets a Hypothesis test run with one example, the same each time."""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

import pytest

R = TypeVar("R")

Decorated = Any
"""A function that Hypothesis has decorated; the attributes that it adds have no types."""

_SETTINGS: Final = "_hypothesis_internal_use_settings"
"""The attribute that the decorator `settings` sets."""


def is_hypothesis_test(item: pytest.Function) -> bool:
    """Return whether the test draws its arguments with Hypothesis."""
    if "hypothesis" not in sys.modules:
        return False

    from hypothesis import is_hypothesis_test

    return is_hypothesis_test(item.obj)


@contextmanager
def one_example(item: pytest.Function) -> Iterator[None]:
    """Let the test of `item` run with one example in the block: the simplest one, from no database.

    Hypothesis runs an example that fails a second time. That would be without the fault, so the
    second time the same error is raised without another run.
    """
    function: Decorated = getattr(item.obj, "__func__", item.obj)
    handle = function.hypothesis
    attributes: dict[str, Any] = function.__dict__
    settings, test = attributes[_SETTINGS], handle.inner_test

    attributes[_SETTINGS] = _settings_for_one_example(settings)
    handle.inner_test = _runs_until_it_fails(test)
    try:
        yield
    finally:
        attributes[_SETTINGS], handle.inner_test = settings, test


def _settings_for_one_example(settings: Any) -> object:
    from hypothesis import HealthCheck, Phase
    from hypothesis import settings as make_settings

    return make_settings(
        parent=settings,
        max_examples=1,
        database=None,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def _runs_until_it_fails(test: Callable[..., R]) -> Callable[..., object]:
    """Return the test with a memory: once it has failed, it raises the same error again."""
    errors: list[BaseException] = []

    @contextmanager
    def remembering() -> Iterator[None]:
        for error in errors:
            raise error
        try:
            yield
        except BaseException as error:
            if not _is_rejection(error):
                errors.append(error)
            raise

    if inspect.iscoroutinefunction(test):

        @wraps(test)
        async def run_in_loop(*args: object, **kwargs: object) -> object:
            with remembering():
                return await test(*args, **kwargs)

        return run_in_loop

    @wraps(test)
    def run(*args: object, **kwargs: object) -> object:
        with remembering():
            return test(*args, **kwargs)

    return run


def _is_rejection(error: BaseException) -> bool:
    """Return whether the test has rejected an example, such as with `assume`."""
    from hypothesis.errors import StopTest, UnsatisfiedAssumption

    return isinstance(error, StopTest | UnsatisfiedAssumption)
