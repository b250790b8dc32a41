"""docs/reference/fixtures.md: each fixture of the plugin has its scope and its type."""

import re
from importlib import import_module
from types import NoneType
from typing import Any, Final

import pytest

from pytest_acr.plugin import hooks
from tests.support.pages.fixtures import (
    MODULES,
    TYPES,
    Fixture,
    FixtureType,
    fixtures,
)

NEEDS_A_LIVE_REGISTRY: Final = "acr_live_credential"
NAMES: Final = [fixture.name for fixture in fixtures()]
BUILT_IN: Final = {"str": str, "dict": dict, "None": NoneType}


def classes_of(type_: FixtureType) -> dict[str, Any]:  # Any: also special forms of typing
    """Return the classes in the text of a type, by name."""
    names = re.findall(r"\w+", type_.text)
    modules = [import_module(module) for module in type_.modules]
    found = {name: getattr(module, name) for name in names for module in modules if hasattr(module, name)}
    return BUILT_IN | found


def test_every_fixture_has_a_type() -> None:
    assert sorted(TYPES) == sorted(NAMES)


def test_page_has_every_module_of_fixtures() -> None:
    with_fixtures = [name for name in hooks.pytest_plugins if name.endswith("_fixtures")]
    assert with_fixtures == [f"pytest_acr.plugin.{module}" for module in MODULES]


@pytest.mark.parametrize("fixture", list(fixtures()), ids=lambda fixture: fixture.name)
def test_scope_is_that_of_pytest(request: pytest.FixtureRequest, fixture: Fixture) -> None:
    manager = request.session._fixturemanager  # there is no public way
    [*_, definition] = manager.getfixturedefs(fixture.name, request.node) or []

    assert definition.scope == fixture.scope


@pytest.mark.parametrize("name", [name for name in NAMES if name != NEEDS_A_LIVE_REGISTRY])
def test_value_has_the_type(request: pytest.FixtureRequest, name: str) -> None:
    value, type_ = request.getfixturevalue(name), TYPES[name]
    classes = classes_of(type_)
    factory = re.fullmatch(r"Callable\[(\.\.\.|\[str\]), (\w+)\]", type_.text)
    if factory is not None:
        arguments = [] if factory[1] == "..." else ["samples/hello"]
        assert isinstance(value(*arguments), classes[factory[2]])
        return

    assert isinstance(value, classes[type_.text.partition("[")[0]])


def test_types_of_the_live_credential_exist() -> None:
    type_ = TYPES[NEEDS_A_LIVE_REGISTRY]
    names = type_.text.split(" | ")

    assert [name for name in names if name not in classes_of(type_)] == []


def test_page_says_where_each_type_is() -> None:
    missing = [
        (name, word)
        for name, type_ in TYPES.items()
        for word in re.findall(r"[A-Z]\w+", type_.text)
        if word not in classes_of(type_)
    ]
    assert missing == []
