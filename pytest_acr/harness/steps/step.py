"""`Step`: what an example can do next, and the arguments that many steps have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from pytest_acr.harness.properties import Area

T = TypeVar("T")

Options: TypeAlias = Sequence[int] | Sequence[bool] | Sequence[str]
"""The values of an argument, the simplest one first. A value that is there twice is drawn more often."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A row of the machine. To add one, write its function and its row."""

    name: str
    area: Area
    act: Callable[..., None]
    arguments: Mapping[str, Options] = field(default_factory=dict)
    weight: int = 1
    """How often it is drawn, compared with the others."""
    needs: tuple[str, ...] = ()
    """Names of capabilities without which it does not run."""


def numbers(count: int) -> tuple[int, ...]:
    """Return the numbers from 0, `count` of them."""
    return tuple(range(count))


REPOSITORY: Final = (0, 0, 0, 1)
"""The repository of a step: mostly the first one."""

PICK: Final = numbers(12)
"""Which of several things a step takes, counted round."""

EITHER: Final = (False, True)


def pick(options: list[T] | tuple[T, ...], number: int) -> T:
    """Return the option of this number, counted round. There is at least one."""
    return options[number % len(options)]
