"""Drivers of a registry: by default one or two have all inputs, each other one the first input.

A driver is a client, an event loop, a transport, a backend or a profile of the registry. A
test of many inputs that takes its driver from a fixture is a product, as those of `products.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support.tiers import TESTS

Drivers = Mapping[str, frozenset[str]]
"""The arguments that name a driver, each with values that have all inputs by default.

The value in the first case of a test has them as well.
"""

DRIVERS: Final[Mapping[Path, Drivers]] = {
    TESTS / "clients": dict.fromkeys(("connection", "flavour", "run", "run_in_asyncio", "transport"), frozenset()),
    TESTS / "contract": {"backend": frozenset({"acr-over-http"})},
    TESTS / "http" / "faults": {"profile": frozenset()},
    TESTS / "network": dict.fromkeys(("get", "way"), frozenset()),
    **{
        TESTS / "http" / name: {"profile": frozenset()}
        for name in ("test_bad_bodies.py", "test_bad_input.py", "test_broken_bodies.py")
    },
}
"""By the folder or module of the tests. The contract over HTTP has all inputs: there the client, the
server and ACR's dialect may each refuse one. Inputs that no profile allows have one way to a refusal,
whose form is the profile's; an effect acts alike in each profile."""


def rest_of_products(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests of the exhaustive tier: another input than the first, by a driver that does
    not have all inputs by default."""
    firsts: dict[str, Mapping[str, object]] = {}
    for item in items:
        drivers = drivers_of(item.path)
        callspec = getattr(item, "callspec", None)
        if not drivers or callspec is None:
            continue

        first = firsts.setdefault(item.nodeid.partition("[")[0], callspec.params)
        together = [names_of(mark) for mark in item.iter_markers("parametrize")]
        if is_rest(callspec.params, first, together, drivers):
            yield item


@cache
def drivers_of(path: Path) -> Drivers:
    """Return the drivers of the tests in a module."""
    return next((drivers for place, drivers in DRIVERS.items() if place in (path, *path.parents)), {})


def is_rest(
    case: Mapping[str, object], first: Mapping[str, object], together: Iterable[frozenset[str]], drivers: Drivers
) -> bool:
    """Return whether a case has another driver and another input than the first case.

    `together` has the arguments that one `parametrize` sets: they are one input.
    """
    changed = {name for name, value in case.items() if value is not first[name] and value != first[name]}
    columns = [names & changed for names in together if names & changed]
    alone = changed.difference(*columns)

    others = {name for name in changed & drivers.keys() if case[name] not in drivers[name]}
    return bool(others) and len(columns) + len(alone) > 1


def names_of(mark: pytest.Mark) -> frozenset[str]:
    """Return the arguments that a `parametrize` sets."""
    names = mark.args[0]
    return frozenset(name.strip() for name in (names.split(",") if isinstance(names, str) else names))
