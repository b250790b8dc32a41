"""Every effect strikes, is recorded, acts alike over each transport, and ends."""

from dataclasses import dataclass
from typing import Any, Final

import pytest
import requests

from fake_registry import FakeRegistry, Fault, Settings
from fake_registry.http.faults import EFFECTS, Effect, When
from fake_registry.http.faults.description import describe
from fake_registry.http.faults.fault import moments_of
from fake_registry.server.tls import Certificates
from fake_registry.spec.names import RepositoryName, digest_of
from pytest_acr import Transport, connect

LAYER: Final = b"0123456789abcdef"
HELLO: Final = RepositoryName("samples/hello")
ENDPOINT: Final = "blob.get"
SECONDS: Final = 10

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {"Truncate": {"size": 4}}  # Any: of each parameter
"""For each effect with required parameters: values with which it acts on LAYER."""

CASES: Final = [(effect, when) for effect in EFFECTS for when in moments_of(effect)]


@dataclass(frozen=True)
class Outcome:
    """What a client sees of a pull, and what the registry records of it."""

    seen: object
    """The exception's class, or status and body."""
    recorded: tuple[int | None, tuple[str, ...], tuple[str, ...]]


def effect_of(kind: type[Effect]) -> Effect:
    """Return an instance that acts on a pull of LAYER."""
    required = [parameter.name for parameter in describe(kind).parameters if parameter.required]
    arguments = ARGUMENTS.get(kind.__name__, {})
    if missing := set(required) - set(arguments):
        file = "tests/http/faults/test_law.py"
        raise TypeError(f"{file}: add {', '.join(sorted(missing))} of {kind.__name__} to ARGUMENTS")
    return kind(**arguments)


def pull(session: requests.Session, url: str) -> object:
    """Return status and body of LAYER's blob, or the class of the client's error."""
    try:
        found = session.get(f"{url}/v2/{HELLO}/blobs/{digest_of(LAYER)}", timeout=SECONDS)
    except requests.exceptions.RequestException as error:
        return type(error)
    return found.status_code, found.content


def outcomes_of(effect: Effect, when: When, transport: Transport, certificates: Certificates) -> tuple[Outcome, object]:
    """Return the outcome of a pull that is struck, and of the next one."""
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    registry.content.put_blob(HELLO, digest_of(LAYER), [LAYER])

    with connect(registry, transport=transport, certificates=certificates) as connection:
        registry.faults.add(Fault(ENDPOINT, effect, when=when, times=1))
        seen = pull(connection.session, connection.endpoint)
        struck = registry.requests[-1]
        later = pull(connection.session, connection.endpoint)
    return Outcome(seen, (struck.status, struck.errors, struck.faults)), later


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """One CA for all."""
    return Certificates.generate((Settings().login_server,))


@pytest.mark.parametrize(("kind", "when"), CASES, ids=[f"{effect.__name__}-{when}" for effect, when in CASES])
def test_effect_acts_alike_over_each_transport(kind: type[Effect], when: When, certificates: Certificates) -> None:
    effect = effect_of(kind)

    memory = outcomes_of(effect, when, "memory", certificates)
    http = outcomes_of(effect, when, "http", certificates)
    https = outcomes_of(effect, when, "https", certificates)

    assert memory == http == https
    (struck, later) = memory
    assert struck.recorded[2] == (repr(effect),)
    assert later == (200, LAYER)
    if when == kind.default_when:
        assert struck.seen != later
