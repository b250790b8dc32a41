"""Every effect strikes each client, is recorded, acts alike over each transport, and ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

import pytest
import requests

from fake_registry import Exchange, FakeRegistry, Fault, ManualClock, Settings
from fake_registry.http.faults import EFFECTS, Effect, When
from fake_registry.http.faults.description import describe
from fake_registry.http.faults.effect import moments_of
from fake_registry.server.tls import Certificates
from pytest_acr import Transport, connect
from tests.support.effect_arguments import ARGUMENTS, arguments_of
from tests.support.struck_calls import CALLS, PULL, StruckCall
from tests.support.struck_clients import CLIENTS, SECONDS, StruckClient

VARIANTS: Final[dict[str, list[dict[str, Any]]]] = {  # Any: as above
    "Disconnect": [{"how": "close"}],
    "Stall": [{"after": 4}],
}
"""For each effect that acts in several ways: other arguments, beside those above."""

READ_TIMEOUTS: Final = {"Delay": 0.05, "Slow": 0.25, "Stall": 0.05, "Stall-4": 0.25}
"""For each effect, or variant, that makes a client wait: how long one waits that sees no end of it.

The longer ones leave time for the head of the response on a busy machine.
"""


@dataclass(frozen=True)
class Case:
    """An effect, a call that it strikes, and the moment."""

    kind: type[Effect]
    arguments: Mapping[str, Any]  # Any: as above
    call: StruckCall
    when: When

    def __str__(self) -> str:
        return f"{self.name}-{self.call.endpoint}-{self.when}"

    @property
    def name(self) -> str:
        """The effect's name, and the arguments of the variant."""
        return "-".join([self.kind.__name__, *map(str, self.arguments.values())])

    @property
    def effect(self) -> Effect:
        """An instance that acts on its calls."""
        return self.kind(**arguments_of(self.kind), **self.arguments)


CASES: Final = [
    Case(kind, variant, call, when)
    for kind in EFFECTS
    for variant in ({}, *VARIANTS.get(kind.__name__, ()))
    for call in CALLS.get(kind.__name__, (PULL,))
    for when in moments_of(kind)
]


FIRST, *OTHERS = CLIENTS


class Way(NamedTuple):
    """A client, and the transport between it and the registry."""

    client: str
    transport: Transport


@dataclass(frozen=True)
class Outcome:
    """What a client sees of a call, and what the registry records of it."""

    seen: object
    """The exception's class, or the call's view of the answer."""
    recorded: tuple[int | None, tuple[str, ...], tuple[str, ...]]


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, parameter.name) for kind in EFFECTS for parameter in describe(kind).parameters],
)
def test_argument_of_another_type_is_refused_where_it_is_made(kind: type[Effect], name: str) -> None:
    arguments = {**ARGUMENTS.get(kind.__name__, {}), name: object()}
    with pytest.raises(TypeError, match=f"^{name}: expected .*, found object$"):
        kind(**arguments)


def seen_of(call: StruckCall, client: StruckClient, url: str) -> object:
    """Return the view of the answer, or the class of the client's error."""
    try:
        return call.view(call.send(cast(requests.Session, client), url))  # by what it can do
    except client.errors as error:
        return type(error)


def last_struck(registry: FakeRegistry, case: Case) -> Exchange:
    """Return the last request that the effect struck, once it is recorded.

    A client that times out may be ahead of the server.
    """
    struck: list[Exchange] = []
    while len(struck) < case.call.struck:
        after = struck[-1].number if struck else None
        struck.append(registry.requests.wait_for(SECONDS, after=after, faults=f"{case.effect!r}*"))
    return struck[-1]


def outcomes_of(case: Case, way: Way, certificates: Certificates) -> tuple[Outcome, object]:
    """Return the outcome of a call that is struck, and of the next one."""
    call = case.call
    registry = call.registry(ManualClock())
    fault = Fault(call.endpoint, case.effect, when=case.when, times=call.struck, optional=True)

    with (
        connect(registry, transport=way.transport, certificates=certificates) as connection,
        CLIENTS[way.client](connection) as client,
    ):
        registry.faults.add(fault)
        client.read_timeout = READ_TIMEOUTS.get(case.name, SECONDS)
        seen = seen_of(call, client, connection.endpoint)
        struck = last_struck(registry, case)

        client.read_timeout = SECONDS
        later = seen_of(call, client, connection.endpoint)

    return Outcome(seen, (struck.status, struck.errors, struck.faults)), later


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """One CA for all."""
    return Certificates.generate((Settings().login_server,))


def _param_of(case: Case) -> object:
    """Return a case, in the exhaustive tier if its client waits for long.

    Or if neither its call nor its moment is the first one of its effect.
    """
    waits = READ_TIMEOUTS.get(case.name, 0) > 0.1
    first = next(each for each in CASES if each.name == case.name)
    is_rest = case.call is not first.call and case.when != first.when
    return pytest.param(case, id=str(case), marks=pytest.mark.exhaustive if waits or is_rest else ())


WAYS: Final = [
    Way(FIRST, "http"),
    *[pytest.param(Way(client, "http"), marks=pytest.mark.exhaustive) for client in OTHERS],
    *[pytest.param(Way(client, "https"), marks=pytest.mark.exhaustive) for client in CLIENTS],
]
"""The ways over a socket, each compared with that of the same client over memory."""


@pytest.mark.parametrize("way", WAYS, ids="-".join)
@pytest.mark.parametrize("case", list(map(_param_of, CASES)))
def test_effect_acts_alike_over_each_transport(
    case: Case,
    way: Way,
    certificates: Certificates,
) -> None:
    memory = outcomes_of(case, Way(way.client, "memory"), certificates)
    socket = outcomes_of(case, way, certificates)

    assert memory == socket
    (struck, later) = memory
    assert later == case.call.success
    if case.when == case.kind.default_when:
        assert struck.seen != later


def test_calls_are_of_effects_that_there_are() -> None:
    assert CALLS.keys() <= {effect.__name__ for effect in EFFECTS}
