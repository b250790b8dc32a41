"""Access to the control API: by known hosts, by no other web page, and with the control token."""

import pytest
from werkzeug.test import Client

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.control.access import is_loopback
from tests.server.control_client import error_of

CHANGES = (("POST", "reset"), ("DELETE", "requests"), ("POST", "snapshot"), ("GET", "state"))


@pytest.fixture
def registry() -> FakeRegistry:
    registry = FakeRegistry(Settings(auth="off", name="mine"), clock=ManualClock())
    registry.push_image("hello:1")
    return registry


def client_of(registry: FakeRegistry, *hosts: str, token: str | None = None) -> Client:
    return Client(ControlApp(registry, registry.wsgi_app, hosts=hosts, token=token))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:5000",
        "localhost.",
        "registry.localhost:5000",
        "127.0.0.1:5000",
        "127.1.2.3",
        "[::1]:5000",
        "mine.azurecr.io",
        "Mine.AzureCR.io:443",
        "mine.eastus.data.azurecr.io",
    ],
)
def test_hosts_of_this_machine_and_of_the_registry_are_served(registry: FakeRegistry, host: str) -> None:
    assert client_of(registry).get("/_fake/state", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:5000",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "other.azurecr.io",
        "mine.azurecr.io.attacker.example",
        "10.0.0.1",
        "0.0.0.0:5000",
        "[::]",
        "127.0.0.1:80@attacker.example",
        "attacker.example@127.0.0.1",
        "127.0.0.1 attacker.example",
        "localhost,attacker.example",
        "",
        ":5000",
        "127.1",
        "2130706433",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "reset"), ("GET", "health")])
def test_other_hosts_are_refused_and_change_nothing(registry: FakeRegistry, method: str, path: str, host: str) -> None:
    environ = {} if host else {"HTTP_HOST": "", "SERVER_NAME": "attacker.example"}
    refused = client_of(registry).open(
        f"/_fake/{path}",
        method=method,
        headers={"Host": host} if host else {},
        environ_overrides=environ,
    )

    assert refused.status_code == 403
    assert error_of(refused).startswith(
        "expected a Host among localhost, mine.azurecr.io, mine.eastus.data.azurecr.io and the loopback"
    )
    assert registry.content.list_repositories().items == ["hello"]


def test_control_token_does_not_replace_the_host(registry: FakeRegistry) -> None:
    headers = {"Host": "attacker.example", "Authorization": "Bearer T"}
    assert client_of(registry, token="T").get("/_fake/state", headers=headers).status_code == 403


def test_bound_address_is_served_and_no_other(registry: FakeRegistry) -> None:
    client = client_of(registry, "192.0.2.1", "Registry.internal")
    found = {
        host: client.get("/_fake/state", headers={"Host": host}).status_code
        for host in ("192.0.2.1:5000", "registry.internal:1", "192.0.2.2", "internal")
    }
    assert list(found.values()) == [200, 200, 403, 403]


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_server_on_all_addresses_is_served_by_every_address_and_no_name(registry: FakeRegistry, bound: str) -> None:
    """A page has a name: an address is not rebound."""
    client = client_of(registry, bound)
    found = {
        host: client.get("/_fake/state", headers={"Host": host}).status_code
        for host in ("172.17.0.2:5000", "[fd00::2]:5000", "0.0.0.0", "attacker.example", "172.17.0.2.attacker.example")
    }
    assert list(found.values()) == [200, 200, 200, 403, 403]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("LocalHost:80", "http://localhost"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_page_of_the_server_itself_is_served(registry: FakeRegistry, host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin}
    assert client_of(registry).post("/_fake/reset", headers=headers).status_code == 204


@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "https://localhost:5000",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:5000",
        "http://localhost:5000.attacker.example",
        "http://localhost:5000/",
        "null",
        "",
        "file://",
    ],
)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_page_of_another_origin_is_refused_and_changes_nothing(
    registry: FakeRegistry, method: str, path: str, origin: str
) -> None:
    headers = {"Host": "localhost:5000", "Origin": origin}
    refused = client_of(registry).open(f"/_fake/{path}", method=method, headers=headers)

    assert refused.status_code == 403
    assert error_of(refused) == f"expected no Origin or http://localhost:5000, found {origin!r}"
    assert registry.content.list_repositories().items == ["hello"]


def test_registry_itself_is_served_under_every_host(registry: FakeRegistry) -> None:
    headers = {"Host": "attacker.example", "Origin": "http://attacker.example"}
    assert client_of(registry).get("/v2/", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["health", "ready"])
def test_probes_need_no_control_token(registry: FakeRegistry, path: str) -> None:
    client = client_of(registry, token="T")
    assert client.get(f"/_fake/{path}").status_code == 200
    assert client.get(f"/_fake/{path}", headers={"Authorization": "Bearer wrong"}).status_code == 200


def test_server_is_ready_once_it_answers(registry: FakeRegistry) -> None:
    assert client_of(registry).get("/_fake/ready").json == {"status": "ready"}


@pytest.mark.parametrize("token", ["", " ", "a b", "a\n", "\ud800"])
def test_unusable_control_token_is_refused_at_once(registry: FakeRegistry, token: str) -> None:
    """An empty one would let every caller in."""
    with pytest.raises(ValueError, match="control token: expected"):
        ControlApp(registry, registry.wsgi_app, token=token)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_loopback_is_known(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
