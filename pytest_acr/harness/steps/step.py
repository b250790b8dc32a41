"""`Step`: what an example can do next, and the strategies that many steps draw from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_acr.harness.properties import Area
from pytest_acr.harness.trial import Trial

T = TypeVar("T")

Drawn = SearchStrategy[int] | SearchStrategy[bool] | SearchStrategy[str]


class Act(Protocol):
    """Does a step: sends requests, compares the responses with the model, changes the model."""

    def __call__(self, trial: Trial, **drawn: Any) -> None:  # Any: each step has arguments of its own
        """Run the step. What it draws are numbers, truth values and words, so that it can be repeated."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A row of the machine. To add one, write its function and its row."""

    name: str
    area: Area
    act: Callable[..., None]
    arguments: Mapping[str, Drawn] = field(default_factory=dict)
    weight: int = 1
    """How often it is drawn, compared with the others."""
    needs: tuple[str, ...] = ()
    """Names of capabilities without which it does not run."""


REPOSITORY: Final = st.sampled_from((0, 0, 0, 1))
"""The repository of a step: mostly the first one."""

PICK: Final = st.integers(0, 11)
"""Which of several things a step takes, counted round."""


def pick(options: list[T] | tuple[T, ...], number: int) -> T:
    """Return the option of this number, counted round. There is at least one."""
    return options[number % len(options)]
