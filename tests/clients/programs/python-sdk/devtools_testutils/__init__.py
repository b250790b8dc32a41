"""What the tests use of a package of azure-sdk-for-python that is on no index: live mode, without recordings."""

import asyncio
import inspect
import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

Test = Callable[..., Any]  # Any: nothing, or a coroutine


class AzureRecordedTestCase:
    is_live = True

    def get_resource_name(self, prefix: str) -> str:
        return f"{prefix}{uuid4().hex[:8]}"

    def sleep(self, seconds: float) -> None:
        """The fake registry needs no time until a change is visible."""


class FakeTokenCredential:
    """For recordings."""


def PowerShellPreparer(_service: str, **names: str) -> Callable[[Test], Test]:  # noqa: N802
    """Return a decorator that passes variables of the environment as arguments, as far as a test takes them."""

    def decorate(test: Test) -> Test:
        parameters = inspect.signature(test).parameters
        takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
        arguments = {name: os.environ[name.upper()] for name in names if takes_all or name in parameters}

        def call(self: object) -> None:
            result = test(self, **arguments)
            if inspect.iscoroutine(result):
                asyncio.run(result)

        call.__name__ = test.__name__
        return call

    return decorate


def recorded_by_proxy(test: Test) -> Test:
    return test


def is_live() -> bool:
    return True


@pytest.fixture(scope="session")
def test_proxy() -> None:
    """For recordings."""


def add_sanitizer(*_: object, **__: object) -> None:
    """For recordings."""


add_general_regex_sanitizer = add_body_key_sanitizer = add_uri_regex_sanitizer = add_sanitizer
