"""Routes of the control API beyond faults and the clock: images, requests, roles, outages, the index."""

import json
import subprocess
import sys
from base64 import b64encode
from dataclasses import fields
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, Settings
from fake_registry.control.limits import MAX_ROLES
from fake_registry.control.routes import ROUTES
from fake_registry.journal.exchange import Exchange
from fake_registry.wsgi import ConnectionDropped
from tests.server.control_client import Document, client_of, error_of, json_of


class TestImages:
    def test_image_is_pushed_with_its_options(self, registry: FakeRegistry, client: Client) -> None:
        options: Document = {
            "config": {"os": "linux", "architecture": "arm64"},
            "annotations": {"a": "b"},
            "layer_media_type": "application/vnd.example.layer",
            "artifact_type": "application/vnd.example",
        }
        layers = [b"one", b"two"]
        encoded = [b64encode(layer).decode() for layer in layers]
        pushed = client.post("/_fake/images", json={"name": "a/b:1", "layers": encoded, **options})
        image = registry.image("a/b:1")

        twin = FakeRegistry().push_image("a/b:1", layers=layers, **options)
        assert (pushed.status_code, image.content) == (201, twin.content)
        assert json_of(pushed) == {
            "repository": "a/b",
            "digest": image.digest,
            "tags": ["1"],
            "media_type": image.media_type,
            "size": image.size,
            "layers": [
                {"digest": layer.digest, "media_type": "application/vnd.example.layer", "size": 3}
                for layer in image.layers
            ],
        }
        assert client.get("/_fake/images").json == {"images": [pushed.json]}

    def test_image_has_a_subject(self, registry: FakeRegistry, client: Client) -> None:
        registry.push_image("a:1")
        pushed = client.post("/_fake/images", json={"name": "a", "subject": "1", "platform": None})

        assert (pushed.status_code, json_of(pushed)["tags"]) == (201, [])
        assert json.loads(registry.image(f"a@{json_of(pushed)['digest']}").content)["subject"]["digest"] == str(
            registry.image("a:1").digest
        )

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"name": "UP"}, "NAME_INVALID"),
            ({"name": "a:" + "t" * 200}, "TAG_INVALID"),
            ({"name": 5}, "expected name to be a string, found an integer"),
            ({"name": "a@sha256:1"}, "expected repository or repository:tag, found a digest"),
            ({"layers": "aGk="}, "expected layers to be a list or null, found a string"),
            ({"layers": ["aGk=", "?"]}, "expected layers[1] to be text in base64, found other text"),
            ({"layers": [1]}, "expected layers[0] to be text in base64, found an integer"),
            ({"config": []}, "expected config to be an object or null, found a list"),
            ({"annotations": {"a": 1}}, "expected annotations[...] to be a string, found an integer"),
            ({"media_type": "text/plain"}, "media_type: expected application/"),
            ({"platform": "linux"}, "platform: expected os/arch"),
            ({"subject": "2"}, "MANIFEST_UNKNOWN"),
            ({"tag": "2"}, "expected one of name, layers, "),
            ({"layer": []}, "expected one of layers, name, "),
        ],
        ids=repr,
    )
    def test_invalid_image_is_refused(
        self, registry: FakeRegistry, client: Client, change: Document, message: str
    ) -> None:
        refused = client.post("/_fake/images", json={"name": "a:1", **change})
        assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)
        assert registry.content.snapshot().repositories == ()

    def test_lock_that_forbids_the_push_is_a_conflict(self, registry: FakeRegistry, client: Client) -> None:
        registry.push_image("a:1")
        client.patch("/acr/v1/a/_tags/1", json={"writeEnabled": False})
        before = registry.snapshot()
        refused = client.post("/_fake/images", json={"name": "a:1", "layers": ["aGk="]})

        assert refused.status_code == 409
        assert not registry.diff(before)


class TestGraph:
    def test_graph_of_a_name_with_slashes(self, registry: FakeRegistry, client: Client) -> None:
        image = registry.push_image("a/b:1", layers=[b"one"])
        by_tag = json_of(client.get("/_fake/graph/a/b:1"))

        assert by_tag == json_of(client.get(f"/_fake/graph/a/b@{image.digest}"))
        assert [node["kind"] for node in by_tag["nodes"]] == ["image", "config", "layer"]
        assert [edge["role"] for edge in by_tag["edges"]] == ["config", "layer"]

    @pytest.mark.parametrize(
        ("name", "status", "message"),
        [
            ("a:2", 404, "MANIFEST_UNKNOWN"),
            ("b:1", 404, "NAME_UNKNOWN"),
            ("a", 400, "expected repository:tag or repository@digest, found 'a'"),
            ("UP:1", 400, "NAME_INVALID"),
            ("a@sha256:1", 400, "DIGEST_INVALID"),
        ],
    )
    def test_absent_name_is_refused(
        self, registry: FakeRegistry, client: Client, name: str, status: int, message: str
    ) -> None:
        registry.push_image("a:1")
        refused = client.get(f"/_fake/graph/{name}")
        assert (refused.status_code, error_of(refused)[: len(message)]) == (status, message)


class TestRequests:
    def test_each_field_is_a_filter(self, registry: FakeRegistry, client: Client) -> None:
        client.get("/v2/", headers={"X-Trace": "7"}, base_url="http://127.0.0.1")
        registry.faults.add(Fault("tags.list", Corrupt()))
        client.get("/v2/a/tags/list?n=5")
        other, found = registry.requests

        for field in fields(Exchange):
            value = getattr(found, field.name)
            is_list = isinstance(value, tuple)
            value = value[-1] if is_list else value
            others = getattr(other, field.name) if is_list else [getattr(other, field.name)]
            wanted = [found] if value not in others else [other, found]
            answer = client.get("/_fake/requests/count", query_string={field.name: text_of(field.name, value)})
            assert (answer.status_code, answer.json) == (200, {"count": len(wanted), "dropped": 0}), field.name

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 3),
            ("status=null", 1),
            ("status=404&method=get", 2),
            ("endpoint=null", 1),
            ("repository=", 2),
            ("repository=a&endpoint=tags.*", 1),
            ("errors=NAME_UNKNOWN&path=/v2/*", 1),
            ("errors=NAME*&path=/v2/*", 1),
            ("faults=Disconnect*", 1),
            ("principal=null", 1),
            ("principal=", 2),
            ("response_bytes=null", 1),
            ("request_headers=x-trace:%207", 1),
            ("number=0", 1),
            ("scheme=https", 0),
        ],
    )
    def test_requests_are_counted(self, registry: FakeRegistry, client: Client, query: str, count: int) -> None:
        client.get("/v2/a/tags/list", headers={"X-Trace": "7"})
        with registry.faults.add(Fault("base", Disconnect())), pytest.raises(ConnectionDropped):
            client.get("/v2/")
        client.get("/nowhere")

        assert json_of(client.get(f"/_fake/requests/count?{query}"))["count"] == count

    @pytest.mark.parametrize("path", ["requests", "requests/count", "requests.har"])
    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("status=soon", "expected status to be an integer or null, found a string"),
            ("status=1000", "status: expected a number from 100 to 599, found 1000"),
            ("number=1.5", "expected number to be an integer, found a string"),
            ("number=" + "9" * 30, "expected number to"),
            ("method=BREW", "method: expected one of GET, "),
            ("endpoint=bass", "there is no endpoint 'bass'; "),
            ("request_headers=Accept", "request_headers: expected a header such as Accept: */*, found no"),
            ("state=1", "there is no filter 'state'; the filters are status, "),
        ],
    )
    def test_invalid_filter_is_refused(self, client: Client, path: str, query: str, message: str) -> None:
        refused = client.get(f"/_fake/{path}?{query}")
        assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)

    def test_parameter_of_a_route_without_any_is_refused(self, client: Client) -> None:
        refused = client.delete("/_fake/roles?principal=ci")
        expected = "expected no parameters in the URL, found 'principal'"
        assert (refused.status_code, error_of(refused)) == (400, expected)

    def test_one_request_has_its_reason_and_a_command(self, registry: FakeRegistry, client: Client) -> None:
        registry.push_image("a:2")
        client.get("/v2/")
        client.get("/v2/a/manifests/1", base_url="http://127.0.0.1:5000", headers={"Accept": "*/*"})
        found = json_of(client.get("/_fake/requests/1"))

        assert found == {
            "request": json_of(client.get("/_fake/requests?status=404"))["requests"][0],
            "reason": "MANIFEST_UNKNOWN; repository a has no tag 1",
            "advice": "There is no tag 1 in a. It has: 2.",
            "token": "",
            "curl": "curl -H 'Accept: */*' http://127.0.0.1:5000/v2/a/manifests/1",
        }

    @pytest.mark.parametrize("number", ["0", "3", "-1", "x", "9" * 30, "1.0"])
    def test_request_that_is_not_kept_is_not_found(self, number: str) -> None:
        registry = FakeRegistry(Settings(auth="off", max_recorded_requests=2))
        client = client_of(registry)
        for _ in range(3):
            client.get("/v2/")
        refused = client.get(f"/_fake/requests/{number}")

        assert refused.status_code == 404
        assert error_of(refused) == f"there is no request {number!r}; there are #1 to #2"

    def test_request_of_an_empty_journal_is_not_found(self, client: Client) -> None:
        assert error_of(client.get("/_fake/requests/0")) == "there is no request '0'; there are none"

    def test_archive_has_the_filtered_requests(self, client: Client) -> None:
        client.get("/v2/")
        client.get("/nowhere")
        log = json_of(client.get("/_fake/requests.har?status=404"))["log"]
        assert (log["version"], [entry["response"]["status"] for entry in log["entries"]]) == ("1.2", [404])


class TestRoles:
    def test_roles_are_granted_listed_and_revoked(self, registry: FakeRegistry, client: Client) -> None:
        first = {"principal": "ci", "role": "AcrPull", "repository": "*"}
        second = {"principal": "ops@example.com", "role": "Owner", "repository": "samples/*"}
        granted = [client.post("/_fake/roles", json=role).status_code for role in (first, second)]

        assert (granted, client.get("/_fake/roles").json) == ([204, 204], {"roles": [first, second]})
        assert client.delete("/_fake/roles/CI").status_code == 204
        assert [str(role) for role in registry.roles] == ["Owner of ops@example.com on samples/*"]
        gone = client.delete("/_fake/roles/ci")
        known = "there is no role with principal='ci'; there are Owner of ops@example.com on samples/*"
        assert (gone.status_code, error_of(gone)) == (404, known)
        assert (client.delete("/_fake/roles").status_code, registry.roles) == (204, ())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"role": "AcrPul"}, "role: expected one of AcrPull, "),
            ({"role": None}, "expected role to be a string, found null"),
            ({"principal": ""}, "expected principal to have at least 1 characters, found 0"),
            ({"principal": "p" * 101}, "expected principal to have at most 100 characters, found"),
            ({"principal": "a\n"}, "expected principal to be printable characters"),
            ({"principal": ".."}, "expected principal to be other than . and .."),
            ({"repository": "UP"}, "NAME_INVALID"),
            ({"repositories": "a"}, "expected one of repository, "),
        ],
        ids=repr,
    )
    def test_invalid_role_is_refused(
        self, registry: FakeRegistry, client: Client, change: Document, message: str
    ) -> None:
        refused = client.post("/_fake/roles", json={"principal": "ci", "role": "AcrPull", **change})
        assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)
        assert registry.roles == ()

    @pytest.mark.parametrize("name", ["a/b", "/a", "a//", "tokens", "a?b#c%2f \u00e9"])
    def test_role_and_token_of_any_name_are_removed(self, registry: FakeRegistry, client: Client, name: str) -> None:
        client.post("/_fake/roles", json={"principal": name, "role": "AcrPull"})
        client.post("/_fake/tokens", json={"name": name, "scope_map": "_repositories_pull"})
        assert (len(registry.roles), registry.token_count) == (1, 1)
        for kind in ("roles", "tokens"):
            assert client.delete(f"/_fake/{kind}/{quote(name, safe='')}").status_code == 204
        assert (len(registry.roles), registry.token_count) == (0, 0)

    def test_number_of_roles_is_bounded(self, registry: FakeRegistry, client: Client) -> None:
        for number in range(MAX_ROLES):
            registry.grant(f"p{number}", "AcrPull")
        refused = client.post("/_fake/roles", json={"principal": "ci", "role": "AcrPull"})
        assert (refused.status_code, len(registry.roles)) == (409, MAX_ROLES)


def test_registry_is_down_until_it_is_up(registry: FakeRegistry, client: Client) -> None:
    assert client.post("/_fake/down").status_code == 204
    with pytest.raises(ConnectionDropped, match="the registry is down"):
        client.get("/v2/")
    assert client.get("/_fake/down").json == {"down": True}
    assert client.delete("/_fake/down").status_code == 204
    assert (client.get("/v2/").status_code, client.get("/_fake/down").json) == (200, {"down": False})


def test_health_says_that_the_registry_is_closed(registry: FakeRegistry, client: Client) -> None:
    assert json_of(client.get("/_fake/health"))["status"] == "ok"
    registry.close()
    assert json_of(client.get("/_fake/health"))["status"] == "closed"


@pytest.mark.parametrize(
    ("path", "document"),
    [("faults", {"endpoint": "base", "effect": "refuse"}), ("down", None)],
)
def test_fault_on_a_closed_registry_is_a_conflict(
    registry: FakeRegistry, client: Client, path: str, document: Document | None
) -> None:
    registry.close()
    refused = client.post(f"/_fake/{path}", json=document)
    assert refused.status_code == 409
    assert error_of(refused).endswith("expected an open registry, found one that was closed")


def test_all_tokens_are_removed(registry: FakeRegistry, client: Client) -> None:
    for name in ("ci", "cd"):
        registry.add_token(name, "_repositories_pull")

    assert client.delete("/_fake/tokens").status_code == 204
    assert client.get("/_fake/tokens").json == {"tokens": [], "scope_maps": {}}
    assert client.delete("/_fake/tokens").status_code == 204  # as DELETE of the roles, faults and snapshots


def test_tokens_are_listed_with_their_scope_maps(client: Client) -> None:
    client.post("/_fake/tokens", json={"name": "ci", "scope_map": "_repositories_pull"})
    client.post("/_fake/tokens", json={"name": "cd", "scope_map": {"a/*": ["content/write"], "b": []}})
    assert client.get("/_fake/tokens").json == {
        "tokens": ["ci", "cd"],
        "scope_maps": {"ci": {"*": ["content/read"]}, "cd": {"a/*": ["content/write"], "b": []}},
    }


def test_snapshots_are_listed_with_their_content(registry: FakeRegistry, client: Client) -> None:
    client.post("/_fake/snapshot")
    registry.push_image("a:1")
    registry.push_image("b:1")
    client.post("/_fake/snapshot")
    found = json_of(client.get("/_fake/snapshot"))

    times = [one.pop("time") for one in found["details"]]
    assert found == {
        "snapshots": ["1", "2"],
        "details": [{"id": "1", "repositories": 0, "tags": 0}, {"id": "2", "repositories": 2, "tags": 2}],
    }
    assert 0 < times[0] <= times[1] <= registry.clock.now()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_unknown_parameter_of_a_query_is_refused(registry: FakeRegistry, client: Client, route: Any) -> None:
    registry.push_image("a:1")
    client.get("/v2/")
    path = route.path.replace("<", "").replace(">", "")
    refused = client.open(f"/_fake/{path}?all=true", method=route.method)

    assert (refused.status_code, "'all'" in error_of(refused)) == (400, True)
    assert (len(registry.requests), registry.repositories()) == (1, ("a",))


def test_prefix_without_its_slash_is_the_index(registry: FakeRegistry) -> None:
    client = client_of(registry, token="T")
    headers = {"Authorization": "Bearer T"}

    assert client.get("/_fake", headers=headers).json == client.get("/_fake/", headers=headers).json
    assert client.get("/_fake").status_code == 401
    assert client.get("/_faked").text == "Not found"
    assert [one.path for one in registry.requests] == ["/_faked"]


@pytest.mark.parametrize(("token", "origin"), [(None, "http://localhost"), ("T", "https://fake.azurecr.io")])
def test_index_lists_all_routes_with_examples(registry: FakeRegistry, token: str | None, origin: str) -> None:
    client = client_of(registry, token=token)
    headers = {"Authorization": "Bearer T"}
    index = json_of(client.get("/_fake/", base_url=origin, headers=headers))

    assert index["openapi"] == f"{origin}/_fake/openapi.json"
    assert [(row["method"], row["path"]) for row in index["routes"]] == [
        (route.method, f"/_fake/{route.path}") for route in ROUTES
    ]
    assert all(row["summary"].endswith(".") for row in index["routes"])
    assert all(f"{origin}/_fake/" in row["example"] for row in index["routes"])
    closed = [row for row in index["routes"] if "Authorization" in row["example"]]
    assert len(closed) == (len(ROUTES) - 2 if token else 0)


def test_control_api_loads_msgspec_with_its_first_request() -> None:
    code = """
import sys
from werkzeug.test import Client
import fake_registry.cli.process
from fake_registry import FakeRegistry
from fake_registry.control import ControlApp
registry = FakeRegistry()
client = Client(ControlApp(registry, registry.wsgi_app))
client.get("/v2/")
before = "msgspec" in sys.modules
client.get("/_fake/health")
print(before, "msgspec" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False True"


def text_of(name: str, value: object) -> str:
    """Return a field's value as a filter in a query has it."""
    match value:
        case None:
            return "" if name in ("repository", "reference") else "null"
        case (str(key), str(content)):
            return f"{key}: {content}"
    return str(value)
