"""Scopes have every feature that their docstrings promise, and our parser agrees."""

from collections.abc import Callable, Mapping
from typing import Final

from hypothesis import given

from fake_registry.auth.scopes import Scope, encode_scopes, parse_scopes
from pytest_acr.strategies import BrokenScopeText, ScopeText, broken_scope_texts, scope_texts
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn


def has_action(action: str) -> Callable[[ScopeText], bool]:
    return lambda found: any(action in resource.actions for resource in found.resources)


def has_type(kind: str) -> Callable[[ScopeText], bool]:
    return lambda found: any(resource.type == kind for resource in found.resources)


FEATURES: Final[Mapping[str, Callable[[ScopeText], bool]]] = {
    "one scope": lambda found: len(found.resources) == 1,
    "three scopes": lambda found: len(found.resources) == 3,
    "repository": has_type("repository"),
    "registry": has_type("registry"),
    "class of repositories": has_type("repository(plugin)"),
    "unknown type": has_type("unheard2"),
    **{action: has_action(action) for action in ("pull", "push", "delete", "*")},
    **{action: has_action(action) for action in ("metadata_read", "metadata_write")},
    "two actions": lambda found: any(len(one.actions) > 1 for one in found.resources),
    "host and port": lambda found: any(":" in one.name for one in found.resources),
    "two scopes of one type": lambda found: len({one.type for one in found.resources}) < len(found.resources),
}

FLAWS: Final = (
    *("one part", "two parts", "no type", "no name", "no action", "empty action"),
    *("malformed type", "malformed action", "blank in a scope"),
)


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(scope_texts(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_scope_texts(), FLAWS) == []


@given(found=scope_texts())
@examples(50)  # they are cheap, and each has few of the many forms
def test_parser_finds_the_resources_of_valid_scopes(found: ScopeText) -> None:
    parsed = parse_scopes([found.text])
    assert parsed == tuple(Scope(*resource) for resource in found.resources)
    assert encode_scopes(parsed) == found.text


@given(found=broken_scope_texts())
@examples(50)
def test_parser_finds_no_scope_in_a_broken_text(found: BrokenScopeText) -> None:
    assert found.flaw in FLAWS
    assert parse_scopes([found.text]) == ()
