"""The control API of several registries: the query or the Host names the registry."""

import pytest
from werkzeug.test import Client

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp, ControlChoice
from fake_registry.http.hosts import HostApp
from tests.server.control_client import error_of, json_of


@pytest.fixture
def registries() -> tuple[FakeRegistry, FakeRegistry]:
    left, right = (FakeRegistry(Settings(auth="off", name=name)) for name in ("left", "Right"))
    left.push_image("hello:1")
    right.push_image("other:1")
    return left, right


def client_of(registries: tuple[FakeRegistry, ...], *, token: str | None = None) -> Client:
    hosts = {host: app for registry in registries for host, app in registry.hosts.items()}
    return Client(ControlChoice(registries, HostApp(hosts), token=token))


def repositories(client: Client, query: str, host: str) -> list[str]:
    state = json_of(client.get(f"/_fake/state{query}", headers={"Host": host}))
    return [repository["name"] for repository in state["repositories"]]


@pytest.mark.parametrize(
    ("query", "host", "repository"),
    [
        ("", "left.azurecr.io:5000", "hello"),
        ("", "RIGHT.azurecr.io", "other"),
        ("", "right.eastus.data.azurecr.io", "other"),
        ("?registry=left", "127.0.0.1:5000", "hello"),
        ("?registry=RIGHT", "localhost", "other"),
        ("?registry=right", "left.azurecr.io", "other"),
    ],
)
def test_query_or_else_host_names_the_registry(
    registries: tuple[FakeRegistry, FakeRegistry],
    query: str,
    host: str,
    repository: str,
) -> None:
    assert repositories(client_of(registries), query, host) == [repository]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "expected ?registry=NAME, or the Host of a registry, among left, right"),
        ("?registry=", "registry: expected one of left, right, found ''"),
        ("?registry=middle", "registry: expected one of left, right, found 'middle'"),
        (
            "?registry=left&registry=right",
            "registry: expected one name, found 'left', 'right'",
        ),
    ],
)
def test_request_that_names_no_registry_changes_nothing(
    registries: tuple[FakeRegistry, FakeRegistry],
    query: str,
    message: str,
) -> None:
    before = [registry.content.snapshot() for registry in registries]

    refused = client_of(registries).post(f"/_fake/reset{query}", headers={"Host": "127.0.0.1"})

    assert (refused.status_code, error_of(refused)) == (400, message)
    assert [registry.content.snapshot() for registry in registries] == before


def test_reset_is_of_one_registry(registries: tuple[FakeRegistry, FakeRegistry]) -> None:
    client = client_of(registries)

    assert client.post("/_fake/reset?registry=left").status_code == 204
    assert repositories(client, "?registry=left", "localhost") == []
    assert repositories(client, "?registry=right", "localhost") == ["other"]


@pytest.mark.parametrize(
    "path",
    [
        "/_fake/health",
        "/_fake/ready",
        "/_fake/registries",
        "/_fake/",
        "/_fake",
        "/_fake/openapi.json",
        "/_fake/ui",
    ],
)
def test_path_that_is_the_same_for_all_needs_no_name(
    registries: tuple[FakeRegistry, FakeRegistry],
    path: str,
) -> None:
    assert client_of(registries).get(path, headers={"Host": "127.0.0.1"}).status_code == 200


def test_criteria_stay_in_the_query(registries: tuple[FakeRegistry, FakeRegistry]) -> None:
    client = client_of(registries)
    client.get("/v2/_catalog", headers={"Host": "left.azurecr.io"})
    client.get("/v2/a%20b/tags/list", headers={"Host": "left.azurecr.io"})

    path = "/_fake/requests/count?path=/v2/a%20b/*&registry=left"
    assert json_of(client.get(path))["count"] == 1


def test_token_and_known_host_are_required(registries: tuple[FakeRegistry, FakeRegistry]) -> None:
    client = client_of(registries, token="T")
    right = "/_fake/state?registry=right"

    assert client.get(right).status_code == 401
    assert client.get("/_fake/state", headers={"Host": "127.0.0.1"}).status_code == 401
    assert client.get("/_fake/health").status_code == 200
    assert client.get(right, headers={"Authorization": "Bearer T"}).status_code == 200
    assert client.get(right, headers={"Host": "attacker.example"}).status_code == 403


def test_other_paths_are_those_of_the_app(registries: tuple[FakeRegistry, FakeRegistry]) -> None:
    client = client_of(registries)

    assert client.get("/_fakes", headers={"Host": "127.0.0.1"}).status_code == 421
    assert client.get("/v2/", headers={"Host": "left.azurecr.io"}).status_code == 200


@pytest.mark.parametrize("query", ["", "?registry=left", "?registry=LEFT"])
def test_one_registry_may_be_named_and_need_not_be(query: str) -> None:
    """So that a helper for tests works with servers of one and of several registries."""
    registry = FakeRegistry(Settings(name="left", auth="off"))
    registry.push_image("hello:1")
    client = Client(ControlApp(registry, registry.wsgi_app))
    assert repositories(client, query, "127.0.0.1:5000") == ["hello"]
    assert client.get(f"/_fake/requests/count{query}").json == {"count": 0, "dropped": 0}
    refused = client.get("/_fake/state?registry=right")
    assert refused.json == {"error": "registry: expected left, found 'right'"}
