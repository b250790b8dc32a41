"""`SweepOptions`: what a sweep tries, and what it accepts."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.arguments import kind_of
from fake_registry.http.faults.effect import Effect
from fake_registry.http.faults.sweep import DEFAULT_EFFECTS, SweepEffect, effects_named
from fake_registry.spec.endpoints import check_endpoint_pattern

_ERRORS_OF_CLIENTS: Final = (
    ("azure.core.exceptions", "AzureError"),
    ("azure.containerregistry", "DigestValidationError"),
    ("pytest_acr.content.commands", "DigestValidationError"),
    ("requests.exceptions", "RequestException"),
)
"""The errors that code may raise by default, where their modules were imported."""


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """What a sweep tries, and what it accepts."""

    effects: tuple[SweepEffect, ...] = DEFAULT_EFFECTS
    expect: tuple[type[BaseException], ...] | None = None
    """The exceptions that a failing run may raise; None for those of the clients that we hand out."""
    endpoints: tuple[str, ...] = ("*",)
    """Patterns of the endpoints whose calls fail."""
    limit: int = 200
    """The most runs with one failure, and the most with two."""
    depth: int = 1
    """2 also tries pairs of failures."""
    seconds: float = 10.0
    """How long a run may take."""
    seed: int = 0
    """Draws the cases of a sweep that has more than `limit`."""
    only: str | None = None
    """The only case to try, such as `upload.chunk#2:Disconnect(after)`."""
    ends_at_first: bool = False
    """Whether the sweep ends with the first case that is broken and not accepted."""
    accepted: frozenset[str] = frozenset()
    """The cases that are known to be broken."""


def options_of(
    *,
    effects: str | Sequence[str | Effect] = "default",
    expect: type[BaseException] | Sequence[type[BaseException]] | None = None,
    endpoints: str | Sequence[str] = "*",
    limit: int = 200,
    depth: int = 1,
    seconds: float = 10.0,
    seed: int = 0,
    only: str | None = None,
) -> SweepOptions:
    """Return the options with these values.

    Raises TypeError for a value of another type, ValueError for an unknown effect or endpoint, with
    the known ones, and for an impossible number.
    """
    patterns = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
    for pattern in patterns:
        check_endpoint_pattern(pattern)
    _check_whole("limit", limit, at_least=1)
    _check_whole("seed", seed)
    _check_whole("depth", depth, at_least=1)
    if depth > 2:
        raise ValueError(f"depth: expected 1 or 2, found {depth}")
    _check_seconds(seconds)

    return SweepOptions(
        effects=effects_named(effects),
        expect=_exceptions_of(expect),
        endpoints=patterns,
        limit=limit,
        depth=depth,
        seconds=float(seconds),
        seed=seed,
        only=only,
    )


def errors_of_clients() -> tuple[type[BaseException], ...]:
    """Return the errors of azure-core and requests, and those of clients that have found another
    digest, as far as their modules were imported."""
    modules = [(sys.modules.get(module), name) for module, name in _ERRORS_OF_CLIENTS]
    return tuple([getattr(module, name) for module, name in modules if module is not None])


def names_of_errors(expect: Sequence[type[BaseException]] | None) -> list[str]:
    """Return the names of the exceptions that are expected, also of those that were not imported."""
    if expect is not None:
        return [one.__name__ for one in expect]
    return list(dict.fromkeys(name for _, name in _ERRORS_OF_CLIENTS))


def _exceptions_of(expect: object) -> tuple[type[BaseException], ...] | None:
    if expect is None:
        return None

    classes = tuple(expect) if isinstance(expect, list | tuple) else (expect,)
    for one in classes:
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise TypeError(f"expect: expected classes of exceptions, found {kind_of(one)}")
    return classes


def _check_whole(name: str, value: object, *, at_least: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected int, found {kind_of(value)}")
    if at_least is not None and value < at_least:
        raise ValueError(f"{name}: expected at least {at_least}, found {value}")


def _check_seconds(seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"seconds: expected int or float, found {kind_of(seconds)}")
    if not seconds > 0:
        raise ValueError(f"seconds: expected more than 0, found {seconds}")
