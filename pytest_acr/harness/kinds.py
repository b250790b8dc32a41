"""`MachineKind`: the machines there are. Each has steps of its own, and a last comparison."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fake_registry.arguments import names_text
from pytest_acr.harness.access_state import new_access_state
from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.final_access import check_access
from pytest_acr.harness.final_check import check_everything
from pytest_acr.harness.steps.access_table import ACCESS_STEPS
from pytest_acr.harness.steps.faults import FAULT_STEPS, check_after_faults
from pytest_acr.harness.steps.step import Step
from pytest_acr.harness.steps.table import STEPS
from pytest_acr.harness.steps.times import TIME_STEPS
from pytest_acr.harness.time_checks import check_items
from pytest_acr.harness.time_state import new_time_state
from pytest_acr.harness.trial import REPOSITORIES, Trial


def _no_state(_: Trial) -> object:
    return None


@dataclass(frozen=True, kw_only=True)
class MachineKind:
    """A row of `KINDS`. To add one, write its steps, what an example begins with, and its end."""

    name: str
    steps: tuple[Step, ...]
    check: Callable[[Trial], None]
    """Compares everything with the model, at the end of an example."""
    new_state: Callable[[Trial], object] = _no_state
    """Returns `Trial.state` of a new example. It may send requests."""
    repositories: tuple[str, ...] = REPOSITORIES
    """The ends of the names of an example's repositories."""
    has_owner: bool = False
    """Whether the control API gives the harness an account, where a login is required."""

    def missing(self, capabilities: Capabilities) -> list[str]:
        """Return the capabilities without which the registry offers none of the steps.

        Empty if it offers at least one.
        """
        lacking = [capabilities.lacking(step.needs) for step in self.steps]
        if not all(lacking):
            return []
        return sorted({name for names in lacking for name in names})


CONTENT: Final = MachineKind(name="content", steps=STEPS, check=check_everything)

AUTHORIZATION: Final = MachineKind(
    name="authorization",
    steps=ACCESS_STEPS,
    check=check_access,
    new_state=new_access_state,
    repositories=("/app", "/abc", "/apple", "/app/sub", "/app/sub/deep"),
    has_owner=True,
)

TIME: Final = MachineKind(
    name="time",
    steps=TIME_STEPS,
    check=check_items,
    new_state=new_time_state,
    has_owner=True,
)

FAULTS: Final = MachineKind(
    name="faults",
    steps=FAULT_STEPS,
    check=check_after_faults,
    has_owner=True,
)

KINDS: Final[Mapping[str, MachineKind]] = {kind.name: kind for kind in (CONTENT, AUTHORIZATION, TIME, FAULTS)}

STEPS_BY_NAME: Final[Mapping[str, Step]] = {step.name: step for kind in KINDS.values() for step in kind.steps}
"""The steps of all machines: their names are unique."""


def kind_of(name: str) -> MachineKind:
    """Return the machine of this name. ValueError with the known names."""
    if name not in KINDS:
        raise ValueError(f"machine: expected one of {names_text(name, KINDS)}, found {name!r}")
    return KINDS[name]


def kind_of_steps(names: Iterable[str]) -> MachineKind:
    """Return the machine that has these steps; that of contents for none. ValueError."""
    chosen = set(names)
    for kind in KINDS.values():
        if chosen <= {step.name for step in kind.steps}:
            return kind

    unknown = sorted(chosen - STEPS_BY_NAME.keys())
    if unknown:
        raise ValueError(f"expected a step, one of {names_text(unknown[0], STEPS_BY_NAME)}, found {unknown[0]!r}")
    raise ValueError(f"expected steps of one machine, found {', '.join(sorted(chosen))}")
