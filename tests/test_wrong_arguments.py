"""A wrong argument of a public function is refused where it is passed, with both types."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from fake_registry import (
    Corrupt,
    FakeEntra,
    FakeRegistry,
    Fault,
    ManualClock,
    Refuse,
    RegistryServer,
    Settings,
    Truncate,
)
from fake_registry.http.faults import EFFECTS
from fake_registry.journal.exchange import Exchange
from fake_registry.remote import RemoteRegistry
from fake_registry.server.tls import Certificates
from pytest_acr import connect, sweep

NAMES_OF_EFFECTS = ", ".join(effect.__name__ for effect in EFFECTS)
ANY_EFFECT = f"effect: expected an effect such as {NAMES_OF_EFFECTS}, found"

AN_INSTANCE = "effect: expected an effect such as Refuse(503), found the class"

Case = tuple[Callable[..., object], dict[str, Any], str]  # Any: wrong on purpose
"""A function, its arguments, and the error."""

GET = {"endpoint": "manifest.get"}
FAULTS: list[Case] = [
    (Fault, {**GET, "effect": "503"}, f"{ANY_EFFECT} str"),
    (Fault, {**GET, "effect": None}, f"{ANY_EFFECT} None"),
    (Fault, {**GET, "effect": Refuse}, f"{AN_INSTANCE} Refuse: write Refuse(...)"),
    (Fault, {**GET, "effect": Truncate}, f"{AN_INSTANCE} Truncate: write Truncate(...)"),
    (Fault, {**GET, "effect": lambda scene: None}, f"{ANY_EFFECT} function"),
    (Fault, {**GET, "effect": Fault("base", Refuse())}, f"{ANY_EFFECT} Fault"),
    (Fault, {"endpoint": 5, "effect": Refuse()}, "endpoint: expected str, found int"),
    (Fault, {**GET, "effect": Refuse(), "times": "3"}, "times: expected int or None, found str"),
    (Fault, {**GET, "effect": Refuse(), "times": True}, "times: expected int or None, found bool"),
    (Fault, {**GET, "effect": Refuse(), "skip": None}, "skip: expected int, found None"),
    (Fault, {**GET, "effect": Refuse(), "repository": 5}, "repository: expected str or None, found int"),
    (Fault, {**GET, "effect": Refuse(), "when": 1}, "when: expected one of door, before, after or None, found int"),
    (Refuse, {"status": "503"}, "status: expected int, found str"),
    (Refuse, {"retry_after": 1.5}, "retry_after: expected int or None, found float"),
    (Truncate, {"size": 1.5}, "size: expected int, found float"),
    (Corrupt, {"offset": True}, "offset: expected int, found bool"),
]

REGISTRIES: list[Case] = [
    (FakeRegistry, {"settings": "contoso"}, "settings: expected Settings or None, found str"),
    (FakeRegistry, {"settings": {"name": "contoso"}}, "settings: expected Settings or None, found dict"),
    (FakeRegistry, {"settings": Settings}, "settings: expected Settings or None, found the class Settings"),
    (FakeRegistry, {"clock": 5}, "clock: expected Clock or None, found int"),
    (FakeRegistry, {"clock": ManualClock}, "clock: expected Clock or None, found the class ManualClock"),
    (FakeRegistry, {"entropy": b"x"}, "entropy: expected a callable or None, found bytes"),
    (FakeRegistry, {"on_exchange": []}, "on_exchange: expected a callable or None, found list"),
    (ManualClock, {"start_ns": "x"}, "start_ns: expected datetime, int or None, found str"),
    (ManualClock().advance, {"by": "1"}, "by: expected timedelta or float, found str"),
    (RegistryServer, {"app": FakeRegistry()}, "app: expected a WSGI app such as registry.wsgi_app, found FakeRegistry"),
    (RegistryServer, {"app": print, "port": "80"}, "port: expected int, found str"),
    (RegistryServer, {"app": print, "host": None}, "host: expected str, found None"),
    (RegistryServer, {"app": print, "certificates": True}, "certificates: expected Certificates, found bool"),
    (RegistryServer, {"app": print, "log": "x"}, "log: expected a callable or None, found str"),
    (Certificates.generate, {"names": "a.b"}, "names: expected an iterable of str, found str"),
    (RemoteRegistry, {"url": None}, "url: expected str, found None"),
    (RemoteRegistry, {"url": "https://a", "password": 5}, "password: expected str or None, found int"),
    (FakeEntra, {"clock": 5}, "clock: expected Clock or None, found int"),
    (FakeEntra, {"token_lifetime": 60}, "token_lifetime: expected timedelta, found int"),
]

METHODS: list[tuple[str, dict[str, Any], str]] = [
    ("add_token", {"name": "a", "scope_map": ["x"]}, "scope_map: expected str or a mapping, found list"),
    ("add_token", {"name": 5, "scope_map": {}}, "name: expected str, found int"),
    ("add_token", {"name": "a", "scope_map": {}, "password": 5}, "password: expected str or None, found int"),
    ("remove_token", {"name": None}, "name: expected str, found None"),
    ("grant", {"principal": 5, "role": "AcrPull"}, "principal: expected str, found int"),
    ("grant", {"principal": "a", "role": ["AcrPull"]}, "role: expected str, found list"),
    ("trust", {"entra": "x"}, "entra: expected TokenVerifier or None, found str"),
    ("restore", {"snapshot": {}}, "snapshot: expected Snapshot, found dict"),
    ("serve", {"tls": "yes"}, "tls: expected bool or Certificates, found str"),
    ("serve", {"port": "80"}, "port: expected int, found str"),
    ("tags", {"repository": None}, "repository: expected str, found None"),
    ("image", {"name": b"a:1"}, "name: expected str, found bytes"),
    ("blob", {"repository": "a", "digest": 5}, "digest: expected str, found int"),
    ("tree", {"limit": "9"}, "limit: expected int, found str"),
    ("diff", {"snapshot": ()}, "snapshot: expected Snapshot, found tuple"),
    ("save_layout", {"path": None}, "path: expected str or a path, found None"),
    ("load_layout", {"path": 5}, "path: expected str or a path, found int"),
    ("import_image", {"source": "a.azurecr.io", "name": "a:1"}, "source: expected FakeRegistry or Registry, found str"),
    ("import_image", {"source": FakeRegistry(), "name": 5}, "name: expected str, found int"),
    ("import_image", {"source": FakeRegistry(), "name": "a:1", "force": "no"}, "force: expected bool, found str"),
    ("push_image", {"name": 5}, "name: expected str, found int"),
    ("push_image", {"name": "a:1", "platform": None}, "platform: expected str, found None"),
    ("push_image", {"name": "a:1", "annotations": ["a"]}, "annotations: expected a mapping or None, found list"),
    ("push_image", {"name": "a:1", "layers": [5]}, "layers: expected an iterable of bytes, found int among its items"),
    ("push_index", {"name": "a:1", "manifests": ["a"]}, "manifests: expected an iterable of ImageRef, found str among"),
    ("push_artifact", {"name": "a:1", "artifact_type": None}, "artifact_type: expected str, found None"),
]

ENTRA: list[tuple[str, dict[str, Any], str]] = [
    ("add_tenant", {"tenant_id": 5}, "tenant_id: expected str or None, found int"),
    ("add_resource", {"resource": None}, "resource: expected str, found None"),
    ("add_service_principal", {"name": None}, "name: expected str, found None"),
    ("add_service_principal", {"name": "a", "secret": b"x"}, "secret: expected str or None, found bytes"),
    ("add_service_principal", {"name": "a", "federated_token": [5]}, "federated_token: expected an iterable of str"),
    ("add_managed_identity", {"name": "a", "user_assigned": "no"}, "user_assigned: expected bool, found str"),
    (
        "token",
        {"principal": "a", "audience": "b"},
        "principal: expected ServicePrincipal or ManagedIdentity, found str",
    ),
    ("environment", {"principal": {}}, "principal: expected ServicePrincipal or ManagedIdentity, found dict"),
]


@pytest.mark.parametrize(("function", "arguments", "message"), [*FAULTS, *REGISTRIES])
def test_wrong_argument_is_refused(function: Callable[..., object], arguments: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        function(**arguments)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(("method", "arguments", "message"), METHODS)
def test_wrong_argument_of_a_registry_changes_nothing(method: str, arguments: Any, message: str) -> None:
    registry = FakeRegistry()
    before = registry.snapshot()
    with pytest.raises(TypeError) as refused:
        getattr(registry, method)(**arguments)
    assert str(refused.value).startswith(message)
    assert registry.snapshot() == before


@pytest.mark.parametrize(("method", "arguments", "message"), ENTRA)
def test_wrong_argument_of_an_entra_is_refused(method: str, arguments: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        getattr(FakeEntra(), method)(**arguments)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("wrong", ["x", Refuse(), Refuse, None])
def test_plan_takes_faults_alone(wrong: Any) -> None:
    plan = FakeRegistry().faults
    with pytest.raises(TypeError, match=r"^fault: expected Fault, found "):
        plan.add(wrong)
    with pytest.raises(TypeError, match=r"^active: expected ActiveFault, found "):
        plan.remove(wrong)
    assert len(plan) == 0


def test_plan_names_the_fault_that_an_effect_belongs_in() -> None:
    with pytest.raises(TypeError, match=r"found the effect Refuse\(503\): put it in one, as in Fault\('\*', Refuse"):
        FakeRegistry().faults.add(Refuse())  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{"run": 3}, {"run": print, "make_registry": FakeRegistry()}])
def test_sweep_takes_functions_alone(arguments: Any) -> None:
    with pytest.raises(TypeError, match=r"^(run|make_registry): expected a callable, found "):
        sweep(**arguments)


@pytest.mark.parametrize("field", dataclasses.fields(Exchange), ids=lambda field: field.name)
def test_criterion_of_another_type_is_refused(field: "dataclasses.Field[Any]") -> None:
    requests: Any = FakeRegistry().requests  # Any: wrong on purpose
    for check in (requests.where, requests.one, requests.assert_none):
        with pytest.raises(TypeError, match=f"^{field.name}: expected .*, found object$"):
            check(**{field.name: object()})


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"status": "202"}, "status: expected int or None, found str"),
        ({"status": True}, "status: expected int or None, found bool"),
        ({"errors": ["NAME_UNKNOWN"]}, "errors: expected tuple of str, found list"),
        ({"endpoint": 5}, "endpoint: expected str or None, found int"),
        ({"stauts": 200}, "an exchange has no 'stauts'; it has status, "),
    ],
)
def test_wrong_criterion_cannot_pass(criteria: Any, message: str) -> None:
    requests = FakeRegistry().requests
    with pytest.raises(TypeError) as refused:
        requests.assert_none(**criteria)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("criterion", ["manifest.get", 202, None])
def test_criterion_is_no_exchange(criterion: Any) -> None:
    requests = FakeRegistry().requests
    with pytest.raises(TypeError, match=r"^value: expected Exchange, found "):
        requests.count(criterion)
    with pytest.raises(TypeError, match=r"^value: expected Exchange, found "):
        assert criterion not in requests


def test_name_of_a_header_is_text() -> None:
    registry = FakeRegistry(Settings(auth="off"))
    with connect(registry) as connection:
        connection.session.get(f"{connection.endpoint}/v2/")
    [exchange] = registry.requests
    wrong: Any = b"Host"
    for header in (exchange.request_header, exchange.response_header):
        with pytest.raises(TypeError, match=r"^name: expected str, found bytes$"):
            header(wrong)


def test_expected_count_is_an_int() -> None:
    wrong: Any = "0"
    with pytest.raises(TypeError, match=r"^expected: expected int, found str$"):
        FakeRegistry().requests.assert_count(wrong)


@pytest.mark.parametrize("step", [float("nan"), float("inf"), -1])
def test_impossible_step_of_a_clock_is_a_value_error(step: float) -> None:
    clock = ManualClock(0)
    with pytest.raises(ValueError, match="expected a"):
        clock.advance(step)
    assert clock.now() == 1_000


@pytest.mark.parametrize("port", [-1, 65_536])
def test_impossible_port_is_a_value_error(port: int) -> None:
    with pytest.raises(ValueError, match=f"^port: expected a number from 0 to 65535, found {port}$"):
        FakeRegistry().serve(port=port)
