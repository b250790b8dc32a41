"""Wraps the tests of a class, of pytest or unittest, so that they run inside a context manager."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from inspect import getattr_static, isfunction
from typing import Any, Final, TypeVar

from pytest_acr.interception.decorating import run_inside, run_setup_inside

C = TypeVar("C", bound=type)

_SETUP: Final = ("setup_method", "teardown_method", "setup_class", "teardown_class")
"""The methods of a class that pytest calls besides tests."""

_SETUP_OF_UNITTEST: Final = ("setUpClass", "tearDownClass")


def run_tests_inside(context: AbstractContextManager[object], test_class: C) -> C:
    """Change `test_class` so that each test enters `context`, inherited ones too. Return the class.

    In a unittest.TestCase a test is inside together with its setUp, tearDown and cleanups.
    `setup_method`, `setup_class` and the like enter it by themselves. Classes in `test_class` whose
    names begin with Test are changed as well. TypeError for a class without tests.
    """
    if _is_test_case(test_class):
        _wrap_test_case(context, test_class)
        return test_class

    tests = [name for name in dir(test_class) if name.startswith("test")]
    inner = list(_inner_test_classes(test_class))
    if not tests and not inner:
        expected = "expected a function or a class with tests to run inside the network"
        raise TypeError(f"{expected}, found {test_class!r}")

    _wrap_methods(context, test_class, tests, run_inside)
    _wrap_methods(context, test_class, _SETUP, run_setup_inside)
    for one in inner:
        run_tests_inside(context, one)
    return test_class


def _inner_test_classes(outer: type) -> Iterator[type]:
    for name, value in vars(outer).items():
        if isinstance(value, type) and name.startswith("Test"):
            yield value


def _wrap_methods(
    context: AbstractContextManager[object],
    owner: type,
    names: Iterable[str],
    wrap: Callable[[AbstractContextManager[object], Any], object],  # Any: each kind of method
) -> None:
    """Wrap the methods of `owner` with these names, those of its bases by new ones in `owner`."""
    for name in names:
        method: Any = getattr_static(owner, name, None)  # Any: as above
        if _is_method(method):
            setattr(owner, name, wrap(context, method))


def _is_method(value: object) -> bool:
    return isfunction(value) or isinstance(value, staticmethod | classmethod)


def _is_test_case(test_class: type) -> bool:
    unittest: Any = sys.modules.get("unittest")  # imported by each module with a TestCase
    return unittest is not None and issubclass(test_class, unittest.TestCase)


def _wrap_test_case(context: AbstractContextManager[object], test_case: Any) -> None:
    """Wrap `run`, which runs one test. An error of `context` becomes an error of the test."""
    original = test_case.run

    def run(self: Any, result: Any = None) -> Any:  # Any: a TestCase, and its TestResult
        result = self.defaultTestResult() if result is None else result
        try:
            with context:
                return original(self, result)
        except Exception:  # noqa: BLE001  of the registries: unittest would end the whole run
            result.addError(self, sys.exc_info())
            return result

    test_case.run = run
    own = [name for name in _SETUP_OF_UNITTEST if getattr_static(test_case, name) is not _default_of_unittest(name)]
    _wrap_methods(context, test_case, own, run_inside)


def _default_of_unittest(name: str) -> object:
    return getattr_static(sys.modules["unittest"].TestCase, name)
