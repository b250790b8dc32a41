"""Every effect strikes, is recorded, acts alike over each transport, and ends."""

from dataclasses import dataclass
from typing import Any, Final

import pytest
import requests

from fake_registry import Fault, ManualClock, Settings
from fake_registry.http.faults import EFFECTS, Effect, When
from fake_registry.http.faults.description import describe
from fake_registry.http.faults.effect import moments_of
from fake_registry.server.tls import Certificates
from pytest_acr import Transport, connect
from tests.support.struck_calls import CALLS, PULL, StruckCall

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {  # Any: of each parameter
    "BadChallenge": {"kind": "missing"},
    "ForeignLink": {"host": "example.com"},
    "Truncate": {"size": 4},
}
"""For each effect with required parameters: values with which it acts on its calls."""


@dataclass(frozen=True)
class Case:
    """An effect, a call that it strikes, and the moment."""

    effect: type[Effect]
    call: StruckCall
    when: When

    def __str__(self) -> str:
        return f"{self.effect.__name__}-{self.call.endpoint}-{self.when}"


CASES: Final = [
    Case(effect, call, when)
    for effect in EFFECTS
    for call in CALLS.get(effect.__name__, (PULL,))
    for when in moments_of(effect)
]


@dataclass(frozen=True)
class Outcome:
    """What a client sees of a call, and what the registry records of it."""

    seen: object
    """The exception's class, or the call's view of the answer."""
    recorded: tuple[int | None, tuple[str, ...], tuple[str, ...]]


def effect_of(kind: type[Effect]) -> Effect:
    """Return an instance that acts on its calls."""
    required = [parameter.name for parameter in describe(kind).parameters if parameter.required]
    arguments = ARGUMENTS.get(kind.__name__, {})
    if missing := set(required) - set(arguments):
        file = "tests/http/faults/test_law.py"
        raise TypeError(f"{file}: add {', '.join(sorted(missing))} of {kind.__name__} to ARGUMENTS")
    return kind(**arguments)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, parameter.name) for kind in EFFECTS for parameter in describe(kind).parameters],
)
def test_argument_of_another_type_is_refused_where_it_is_made(kind: type[Effect], name: str) -> None:
    arguments = {**ARGUMENTS.get(kind.__name__, {}), name: object()}
    with pytest.raises(TypeError, match=f"^{name}: expected .*, found object$"):
        kind(**arguments)


def seen_of(call: StruckCall, session: requests.Session, url: str) -> object:
    """Return the view of the answer, or the class of the client's error."""
    try:
        return call.view(call.send(session, url))
    except requests.exceptions.RequestException as error:
        return type(error)


def outcomes_of(case: Case, effect: Effect, transport: Transport, certificates: Certificates) -> tuple[Outcome, object]:
    """Return the outcome of a call that is struck, and of the next one."""
    call = case.call
    registry = call.registry(ManualClock())

    with connect(registry, transport=transport, certificates=certificates) as connection:
        registry.faults.add(Fault(call.endpoint, effect, when=case.when, times=1, optional=True))
        seen = seen_of(call, connection.session, connection.endpoint)
        struck = registry.requests[-1]
        later = seen_of(call, connection.session, connection.endpoint)
    return Outcome(seen, (struck.status, struck.errors, struck.faults)), later


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """One CA for all."""
    return Certificates.generate((Settings().login_server,))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_effect_acts_alike_over_each_transport(case: Case, certificates: Certificates) -> None:
    effect = effect_of(case.effect)

    memory = outcomes_of(case, effect, "memory", certificates)
    http = outcomes_of(case, effect, "http", certificates)
    https = outcomes_of(case, effect, "https", certificates)

    assert memory == http == https
    (struck, later) = memory
    assert struck.recorded[2] == (repr(effect),)
    assert later == case.call.success
    if case.when == case.effect.default_when:
        assert struck.seen != later


def test_calls_are_of_effects_that_there_are() -> None:
    assert CALLS.keys() <= {effect.__name__ for effect in EFFECTS}
