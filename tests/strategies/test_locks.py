"""Lock changes have every feature that their docstrings promise, and our registry agrees."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import given

from fake_registry import FakeRegistry
from pytest_acr.strategies import (
    BrokenLockChange,
    LockChange,
    broken_lock_changes,
    lock_changes,
)
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.http import IMAGE_DIGEST, put_image, registry_of, send

ROOT: Final = "/acr/v1/samples/hello"
PATHS: Final = {
    "repository": ROOT,
    "tag": f"{ROOT}/_tags/v1",
    "manifest": f"{ROOT}/_manifests/{IMAGE_DIGEST}",
}
SWITCHES: Final = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")
UNLOCKED: Final = dict.fromkeys(SWITCHES, True)


def has_switch(name: str, *, value: bool) -> Callable[[LockChange], bool]:
    return lambda change: change.switches.get(name) is value


def has_level(level: str) -> Callable[[LockChange], bool]:
    return lambda change: change.level == level


def has_ignored_key(change: LockChange) -> bool:
    return bool(json.loads(change.content) != change.switches)


FEATURES: Final[Mapping[str, Callable[[LockChange], bool]]] = {
    **{level: has_level(level) for level in PATHS},
    **{f"{name} on": has_switch(name, value=True) for name in SWITCHES},
    **{f"{name} off": has_switch(name, value=False) for name in SWITCHES},
    "no switch": lambda change: not change.switches,
    "one switch": lambda change: len(change.switches) == 1,
    "all switches": lambda change: len(change.switches) == 4,
    "ignored key": has_ignored_key,
    "white space": lambda change: b"\n" in change.content,
}

FLAWS: Final = (
    *("text for a switch", "number for a switch", "null for a switch", "list for a switch"),
    *("object for a switch", "switch twice", "not JSON"),
    *("nothing", "truncated", "two values", "UTF-16", "byte order mark", "not an object"),
)


def switches_in(registry: FakeRegistry, level: str) -> dict[str, object]:
    document: dict[str, Any] = send(registry, "GET", PATHS[level]).json
    attributes = document.get(level, document)["changeableAttributes"]
    return {name: attributes[name] for name in SWITCHES}


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(lock_changes(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_lock_changes(), FLAWS) == []


@given(first=lock_changes(), second=lock_changes())
def test_registry_applies_changes_one_after_the_other(first: LockChange, second: LockChange) -> None:
    expected: dict[str, Mapping[str, bool]] = dict.fromkeys(PATHS, UNLOCKED)
    with registry_of("acr") as registry:
        put_image(registry, "samples/hello", "v1")
        for change in (first, second):
            expected[change.level] = change.applied_to(expected[change.level])
            assert send(registry, "PATCH", PATHS[change.level], change.content).status == 200
        found = {level: switches_in(registry, level) for level in PATHS}

    assert found == expected


@given(change=broken_lock_changes())
@examples(60)  # several for each flaw
def test_registry_refuses_a_broken_change_as_a_whole(change: BrokenLockChange) -> None:
    assert change.flaw in FLAWS
    with registry_of("acr") as registry:
        put_image(registry, "samples/hello", "v1")
        status = send(registry, "PATCH", PATHS[change.level], change.content).status
        found = {level: switches_in(registry, level) for level in PATHS}

    assert status == 400
    assert found == dict.fromkeys(PATHS, UNLOCKED)
