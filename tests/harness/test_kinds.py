"""The kinds of machines: their steps, and the requests that they need of a target."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.http.faults import Fault
from fake_registry.http.faults.connections import Disconnect
from fake_registry.server.server import RegistryServer
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.kinds import KINDS, STEPS_BY_NAME, kind_of_steps
from pytest_acr.harness.messages import RawRequest, RegistryTarget, TargetFailed
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.replay import replay
from pytest_acr.harness.url_target import UrlTarget
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.machine_runs import apps_of, found_by

DIGEST = f"sha256:{hashlib.sha256(b'whole').hexdigest()}"
BROKEN_OFF = RawRequest(
    "POST",
    f"/v2/samples/a/blobs/uploads/?digest={DIGEST}",
    (("Content-Length", "9"),),
    b"whole",
)
"""A push of a blob whose body ends four bytes early."""


def test_names_of_steps_are_unique() -> None:
    names = [step.name for kind in KINDS.values() for step in kind.steps]

    assert len(names) == len(set(names)) == len(STEPS_BY_NAME)


@pytest.mark.parametrize("kind", KINDS)
def test_machine_is_found_by_its_steps(kind: str) -> None:
    names = [step.name for step in KINDS[kind].steps]

    assert kind_of_steps(names).name == kind


def test_steps_of_two_machines_are_refused() -> None:
    steps = [("take_access_token", {}), ("exchange", {"principal": 0})]

    with pytest.raises(ValueError, match="expected steps of one machine"):
        replay(apps_of("acr"), steps)


def test_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match="found 'take_a_rest'"):
        replay(apps_of("acr"), [("take_a_rest", {})])


@pytest.mark.parametrize(
    "kind",
    [
        "authorization",
        pytest.param("time", marks=pytest.mark.exhaustive),
        pytest.param("faults", marks=pytest.mark.exhaustive),
    ],
)
def test_machine_runs_over_a_url(kind: str) -> None:
    registry = FakeRegistry(Settings(auth="token"), clock=ManualClock())
    app = ControlApp(registry, registry.wsgi_app)
    with RegistryServer(app) as server, UrlTarget(server.url) as target:
        plan = MachinePlan(
            lambda: target,
            Dialect.like("acr"),
            findings=Findings(collect=True),
            kind=KINDS[kind],
        )
        assert found_by(plan, examples=3) == {}

    assert plan.findings.runs.total() > 10
    assert registry.token_count <= 1  # the account of the harness itself
    assert registry.roles == ()


@contextmanager
def targets_of(registry: FakeRegistry) -> Iterator[list[RegistryTarget]]:
    """Yield the targets of a registry in memory, and over a socket."""
    with registry.serve() as server, UrlTarget(server.url) as target:
        yield [WsgiTarget(registry.wsgi_app), target]


def test_request_that_breaks_off_is_no_success() -> None:
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    with targets_of(registry) as targets:
        statuses = [target.send(BROKEN_OFF).status for target in targets]

    assert statuses == [400, 400]


def test_connection_that_is_dropped_is_a_failure_of_the_target() -> None:
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    registry.faults.add(Fault("base", Disconnect()))
    with targets_of(registry) as targets:
        for target in targets:
            with pytest.raises(TargetFailed, match="expected a"):
                target.send(RawRequest("GET", "/v2/"))


def test_redirect_is_returned_to_a_request_without_redirects() -> None:
    registry = FakeRegistry(Settings(auth="off"))
    registry.push_image("samples/a:v1", layers=[b"whole"])
    request = RawRequest("GET", f"/v2/samples/a/blobs/{DIGEST}", redirects=False)
    with targets_of(registry) as targets:
        statuses = [target.send(request).status for target in targets]

    assert statuses == [307, 307]


def test_request_without_a_login_is_challenged() -> None:
    registry = FakeRegistry(Settings(auth="anonymous-pull"))
    request = RawRequest("GET", "/v2/", login=False)
    with targets_of(registry) as targets:
        statuses = [target.send(request).status for target in targets]

    assert statuses == [401, 401]
