"""Checks the markers of tests for which no registry was made, so that no mistake goes unnoticed.

The fixture `acr` applies markers. A test may have some and not request it: those of its module or
class are for other tests then, and a marker of its own is a mistake.
"""

from typing import Final

import pytest

from pytest_acr.plugin.markers import (
    FAULT,
    IMAGES,
    SETTINGS,
    add_marked_faults,
    marked_settings,
    marks_of,
    push_marked_images,
    text_of,
)

_APPLIED: Final = (SETTINGS, IMAGES, FAULT)
"""The markers that the fixture `acr` applies."""

_DISCREET: Final = ("_pytest.", "pytest_acr.")
"""Packages whose fixtures have `request` and do not pass it on."""

_HAS_REGISTRY: Final = pytest.StashKey[bool]()


def note_registry(item: pytest.Item) -> None:
    """Note that a registry was made for `item`, with its markers applied."""
    item.stash[_HAS_REGISTRY] = True


def may_request_a_registry(item: pytest.Item) -> bool:
    """Return whether the body of a test can request a fixture while it runs.

    It can if it has `request`, or a fixture that has it and may pass it on.
    """
    if not isinstance(item, pytest.Function):
        return False

    info = item._fixtureinfo  # noqa: SLF001  `fixturenames` does not say which fixture has it
    of_fixtures = [
        definition.argnames
        for definitions in info.name2fixturedefs.values()
        for definition in definitions
        if not definition.func.__module__.startswith(_DISCREET)
    ]
    return any("request" in names for names in (info.argnames, *of_fixtures))


def check_unused_markers(item: pytest.Item) -> None:
    """Fail if no registry was made for `item` and it has a marker of its own.

    TypeError or ValueError, as of the fixture `acr`, for a wrong marker, inherited ones included.
    """
    __tracebackhide__ = True
    marks = [mark for marker in _APPLIED for mark in marks_of(item, marker)]
    if not marks or item.stash.get(_HAS_REGISTRY, False):
        return

    _try_markers(item)
    for mark in marks:
        if _is_own(mark, item):
            changes = "changes the registry of the fixture acr"
            remedy = "request acr, or a fixture that uses it such as acr_client or acr_network"
            missing = f"which this test does not request: {remedy}"
            pytest.fail(f"{text_of(mark)} {changes}, {missing}", pytrace=False)


def _try_markers(item: pytest.Item) -> None:
    """Apply the markers of `item` to a registry that is thrown away."""
    __tracebackhide__ = True
    from fake_registry import FakeRegistry, Settings

    # with both, so that a marker may set one of them where `acr_settings` sets the other
    settings = Settings(admin_user="user", admin_password="password")  # noqa: S106  of no account
    registry = FakeRegistry(marked_settings(item, settings))
    push_marked_images(item, registry)
    add_marked_faults(item, registry)


def _is_own(mark: pytest.Mark, item: pytest.Item) -> bool:
    """Return whether `mark` is written at the test function, or at its parameters.

    Marks that a hook adds to all items are inherited as well.
    """
    function_marks = getattr(getattr(item, "obj", None), "pytestmark", [])
    parameter_marks = getattr(getattr(item, "callspec", None), "marks", [])
    return any(mark is own for own in (*function_marks, *parameter_marks))
