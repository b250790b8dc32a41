"""`TimeState`: what an example of the time machine holds, and the registry's clock."""

from dataclasses import dataclass, field

from pytest_acr.harness.access_state import AccessState, new_access_state
from pytest_acr.harness.signed_urls import SignedUrl
from pytest_acr.harness.time_model import SECOND, TimeModel
from pytest_acr.harness.trial import Trial


@dataclass
class TimeState:
    """The model of an example, and what its keys stand for."""

    access: AccessState
    model: TimeModel = field(default_factory=TimeModel)
    tokens: list[str] = field(default_factory=list)
    urls: list[tuple[SignedUrl, bytes]] = field(default_factory=list)
    """Signed URLs, each with the content of its blob."""
    account: str = ""
    """The account whose password gets access tokens; empty before it is made."""


def new_time_state(trial: Trial) -> TimeState:
    """Return the state of a new example."""
    return TimeState(new_access_state(trial))


def time_of(trial: Trial) -> TimeState:
    """Return the state of an example of this machine."""
    assert isinstance(trial.state, TimeState), "the machine's kind makes it"
    return trial.state


def read_clock(trial: Trial) -> int:
    """Return the registry's time in nanoseconds."""
    now: int = trial.control.get("clock")["time"]
    return now


def advance(trial: Trial, step: int) -> None:
    """Move the registry's clock forward by nanoseconds."""
    trial.control.post("clock", {"advance_seconds": step / SECOND})
