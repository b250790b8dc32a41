"""The control API: its effect on the registry; every bad request gets a 4xx."""

import json
import threading
import weakref
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from fake_registry import Disconnect, FakeRegistry, Fault, ManualClock, Refuse, Settings
from fake_registry.clock import LATEST_NS
from fake_registry.control import ControlApp
from fake_registry.control.limits import MAX_BODY_BYTES, MAX_FAULTS, MAX_TOKENS
from fake_registry.control.snapshots import MAX_SNAPSHOTS
from fake_registry.http.routing import ROUTES
from fake_registry.spec.names import RepositoryName
from tests.server.control_client import Document, client_of, error_of, json_of
from tests.support.products import cross

HANG_SECONDS = 60


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(Settings(auth="off"), clock=ManualClock())


@pytest.fixture
def client(registry: FakeRegistry) -> Client:
    return client_of(registry)


def test_health_describes_the_registry() -> None:
    answer = client_of(FakeRegistry(Settings(name="Mine", profile="oci"))).get("/_fake/health")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {"status": "ok", "login_server": "mine.azurecr.io", "profile": "oci", "auth": "token"}


def test_other_requests_go_to_the_app_unchanged(registry: FakeRegistry) -> None:
    seen: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(dict(environ))
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    client = Client(ControlApp(registry, app, token="T"))
    for path in ("/v2/", "/_faker/health", "//_fake/health", "/v2/_fake/health/tags/list"):
        assert client.put(path, data=b"body").data == b"body"
    assert [environ["PATH_INFO"] for environ in seen][-1] == "/v2/_fake/health/tags/list"
    assert len(seen) == 4


def test_control_requests_need_no_login_and_are_not_recorded() -> None:
    registry = FakeRegistry(Settings(auth="token"))
    registry.faults.add(Fault("*", Disconnect(), when="door"))
    assert client_of(registry).get("/_fake/health").status_code == 200
    assert len(registry.requests) == 0


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer ", "Bearer t", "Basic T", "T", "Bearer T2", "Bearer é"]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "state"), ("POST", "reset"), ("GET", "nowhere")])
def test_control_token_is_required(registry: FakeRegistry, method: str, path: str, authorization: str | None) -> None:
    registry.push_image("hello:1")
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = client_of(registry, token="T").open(f"/_fake/{path}", method=method, headers=headers)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="/_fake/"')
    assert error_of(refused) == "expected Authorization: Bearer and the control token"
    assert registry.content.list_repositories().items == ["hello"]


@pytest.mark.parametrize(("token", "authorization"), [("T", "Bearer T"), ("T", "bearer T"), ("é", "Bearer \xc3\xa9")])
def test_control_token_is_accepted(registry: FakeRegistry, token: str, authorization: str) -> None:
    let_in = client_of(registry, token=token).get("/_fake/state", headers={"Authorization": authorization})
    assert let_in.status_code == 200


def test_reset_removes_everything(registry: FakeRegistry, client: Client) -> None:
    registry.push_image("hello:1")
    registry.faults.add(Fault("base", Refuse()))
    client.get("/v2/")
    assert client.post("/_fake/reset").status_code == 204
    assert (registry.content.list_repositories().items, len(registry.faults), len(registry.requests)) == ([], 0, 0)


def test_reset_lets_caches_be_emptied_once_its_own_request_is_over(client: Client) -> None:
    class Kept:
        """A value of the cache of routes."""

    forgotten = threading.Event()
    assert client.post("/_fake/reset").status_code == 204
    kept = Kept()
    weakref.finalize(kept, forgotten.set)
    ROUTES["/v2/kept"] = cast(Any, kept)  # Any: a value of another type
    del kept
    assert forgotten.wait(HANG_SECONDS)


def test_state_lists_all_content(registry: FakeRegistry, client: Client) -> None:
    image = registry.push_image("samples/hello:1.0", layers=[b"layer"])
    registry.content.put_manifest(image.repository, image.manifest, tags=[image.tag] if image.tag else [])
    bare = registry.push_artifact("samples/hello", artifact_type="application/vnd.example")
    blobs = {blob.digest for pushed in (image, bare) for blob in pushed.manifest.facts.blobs}
    upload = client.post("/v2/a/first/blobs/uploads/")
    assert upload.status_code == 202
    manifests = [
        {
            "digest": pushed.digest,
            "media_type": pushed.media_type,
            "size": len(pushed.manifest.content),
            "image_size": pushed.size,
            "platform": "linux/amd64" if pushed is image else "",
            "tags": ["1.0"] if pushed is image else [],
        }
        for pushed in sorted((image, bare), key=lambda pushed: pushed.digest)
    ]
    assert client.get("/_fake/state").json == {
        "repositories": [
            {"name": "a/first", "manifests": [], "tags": {}, "blobs": 0, "uploads": 1},
            {
                "name": "samples/hello",
                "manifests": manifests,
                "tags": {"1.0": image.digest},
                "blobs": len(blobs),
                "uploads": 0,
            },
        ]
    }


def test_requests_are_the_recorded_exchanges(registry: FakeRegistry, client: Client) -> None:
    client.get("/v2/", headers={"Authorization": "Basic c2VjcmV0"})
    answer = client.get("/_fake/requests")
    assert "c2VjcmV0" not in answer.text
    [exchange] = json_of(answer)["requests"]
    assert exchange == json.loads(json.dumps(asdict(registry.requests[0])))
    assert (exchange["endpoint"], exchange["status"]) == ("base", 200)
    assert ["Authorization", "Basic ***"] in exchange["request_headers"]


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("", ["/v2/", "/v2/a/tags/list", "/v2/b/c/tags/list"]),
        ("?endpoint=tags.list", ["/v2/a/tags/list", "/v2/b/c/tags/list"]),
        ("?endpoint=tags.*&repository=b/*", ["/v2/b/c/tags/list"]),
        ("?repository=nowhere", []),
        ("?method=GET&path=/v2/", ["/v2/"]),
    ],
)
def test_requests_are_filtered(client: Client, query: str, paths: list[str]) -> None:
    for path in ("/v2/", "/v2/a/tags/list", "/v2/b/c/tags/list"):
        client.get(path)
    answer = client.get(f"/_fake/requests{query}")
    assert [exchange["path"] for exchange in json_of(answer)["requests"]] == paths


def test_dropped_requests_are_counted_until_they_are_cleared() -> None:
    registry = FakeRegistry(Settings(auth="off", max_recorded_requests=2))
    client = Client(ControlApp(registry, registry.wsgi_app))
    for _ in range(5):
        client.get("/v2/")

    counts = [json_of(client.get("/_fake/requests"))["dropped"]]
    client.delete("/_fake/requests")
    counts.append(json_of(client.get("/_fake/requests"))["dropped"])
    assert (counts, registry.requests.dropped) == ([3, 0], 0)


def test_unknown_filter_is_refused_with_the_known_ones(client: Client) -> None:
    refused = client.get("/_fake/requests?endpoints=base")
    assert refused.status_code == 400
    assert error_of(refused).startswith("there is no filter 'endpoints'; the filters are endpoint, number, time")


def test_requests_can_be_cleared(registry: FakeRegistry, client: Client) -> None:
    client.get("/v2/")
    assert client.delete("/_fake/requests").status_code == 204
    assert len(registry.requests) == 0
    client.get("/v2/")
    assert registry.requests.one().number == 0


def test_clock_is_read_and_advanced(registry: FakeRegistry, client: Client) -> None:
    before = registry.clock.now()
    advanced = json_of(client.post("/_fake/clock", json={"advance_seconds": 90.5}))
    assert advanced["manual"] is True
    assert 0 <= advanced["time"] - before - 90_500_000_000 < 1_000_000
    assert json_of(client.get("/_fake/clock"))["time"] > advanced["time"]


def test_system_clock_cannot_be_advanced() -> None:
    client = client_of(FakeRegistry())
    assert json_of(client.get("/_fake/clock"))["manual"] is False
    refused = client.post("/_fake/clock", json={"advance_seconds": 1})
    assert refused.status_code == 409
    assert "--clock manual" in error_of(refused)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (None, "to be a number, found null"),
        ("1", "to be a number, found a string"),
        (True, "to be a number, found a boolean"),
        ([], "to be a number, found a list"),
        (-1, "to be at least 0, found -1"),
        (-0.001, "to be at least 0, found -0.001"),
        (1e300, "from 0 to "),
        (2**63 - 1, "from 0 to "),
        (10**400, "to have at most 64 bits, found a larger integer"),
    ],
)
def test_clock_refuses_an_invalid_time(registry: FakeRegistry, client: Client, seconds: object, message: str) -> None:
    before = registry.clock.now()
    refused = client.post("/_fake/clock", json={"advance_seconds": seconds})
    assert refused.status_code == 400
    assert error_of(refused).startswith(f"expected advance_seconds {message}")
    assert registry.clock.now() - before < 1_000_000


def test_registry_works_at_the_last_possible_time(registry: FakeRegistry, client: Client) -> None:
    seconds = (LATEST_NS - registry.clock.now()) // 10**9
    assert client.post("/_fake/clock", json={"advance_seconds": seconds - 1}).status_code == 200
    assert client.post("/_fake/clock", json={"advance_seconds": 2}).status_code == 400
    registry.push_image("hello:1")
    properties = client.get("/acr/v1/hello")
    assert (properties.status_code, properties.text.count("9998-12-31T23:59:5")) == (200, 2)


def test_snapshot_is_restored_even_after_a_reset(registry: FakeRegistry, client: Client) -> None:
    registry.push_image("hello:1")
    taken = client.post("/_fake/snapshot")
    assert (taken.status_code, taken.json) == (201, {"id": "1"})
    client.post("/_fake/reset")
    registry.push_image("other:1")
    for _ in range(2):
        assert client.post("/_fake/restore", json={"id": "1"}).status_code == 204
        assert registry.content.list_repositories().items == ["hello"]


@pytest.mark.parametrize(
    ("document", "status", "message"),
    [
        ({"id": "7"}, 404, "there is no snapshot '7'; there are none"),
        ({"id": 1}, 400, "expected id to be a string, found an integer"),
        ({}, 400, "expected id, found none"),
    ],
)
def test_invalid_restore_is_refused(client: Client, document: Document, status: int, message: str) -> None:
    refused = client.post("/_fake/restore", json=document)
    assert (refused.status_code, error_of(refused)) == (status, message)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_fake/nothing", 404),
        ("GET", "/_fake//health", 404),
        ("GET", "/_fake/health/", 404),
        ("GET", "/_fake/faults/1/2", 404),
        ("GET", "/_fake/%ff%00", 404),
        ("POST", "/_fake/health", 405),
        ("GET", "/_fake/reset", 405),
        ("PUT", "/_fake/clock", 405),
        ("BREW", "/_fake/clock", 405),
    ],
)
def test_unknown_paths_and_methods_are_refused(client: Client, method: str, path: str, status: int) -> None:
    refused = client.open(path, method=method)
    assert refused.status_code == status
    assert error_of(refused)
    assert ("Allow" in refused.headers) == (status == 405)


@pytest.mark.parametrize("path", ["", "health", "faults/schema", "faults", "openapi.json"])
def test_head_is_answered_where_get_is(client: Client, path: str) -> None:
    found, head = client.get(f"/_fake/{path}"), client.head(f"/_fake/{path}")
    assert (head.status_code, head.content_length, head.data) == (200, found.content_length, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "health", "GET"),
        ("DELETE", "faults/schema", "GET"),
        ("PUT", "faults/schema", "GET"),
        ("PATCH", "faults/1", "DELETE, GET"),
    ],
)
def test_other_methods_are_refused_with_those_of_the_path(client: Client, method: str, path: str, allowed: str) -> None:
    refused = client.open(f"/_fake/{path}", method=method)
    assert (refused.status_code, ", ".join(sorted(refused.allow))) == (405, allowed)
    assert error_of(refused) == f"expected {allowed.replace(', ', ' or ')} at /_fake/{path}, found {method}"


@pytest.mark.parametrize("path", ["faults", "clock", "restore"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"id":"1","id":"1"}', 400),
        (b'{"advance_seconds":NaN}', 400),
        (b'{"advance_seconds":' + b"9" * 5_000 + b"}", 400),
        (b"[" * 20_000, 400),
        (b" " * (MAX_BODY_BYTES + 1), 413),
    ],
)
def test_malformed_body_is_refused(client: Client, path: str, body: bytes, status: int) -> None:
    refused = client.post(f"/_fake/{path}", data=body, content_type="application/json")
    assert refused.status_code == status
    assert error_of(refused)


WORDS = st.sampled_from(
    [
        *("endpoint", "effect", "name", "when", "skip", "times", "repository", "id", "advance_seconds"),
        *("size", "offset", "status", "retry_after", "message"),
        *("base", "*", "Refuse", "Truncate", "Corrupt", "after"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=6),
    max_leaves=8,
)


BODIES = ("faults", "clock", "restore", "tokens")
"""The routes that have a body."""


@given(st.sampled_from([*BODIES, "reset", "snapshot"]), JSON)
def test_any_document_is_at_worst_a_4xx(path: str, document: object) -> None:
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock())
    client = client_of(registry)
    answer = client.post(f"/_fake/{path}", json=document)

    assert answer.status_code in (200, 201, 204, 400, 404)
    assert client.get("/_fake/faults").status_code == 200
    assert client.get("/v2/").status_code in (200, 503)
    if answer.status_code >= 400:
        assert error_of(answer)
        assert (len(registry.faults), registry.token_count) == (0, 0)


@pytest.mark.parametrize("path", [*BODIES, "reset", "snapshot"])
def test_unknown_member_is_refused_and_changes_nothing(registry: FakeRegistry, client: Client, path: str) -> None:
    registry.push_image("hello:1")
    documents: dict[str, Document] = {
        "faults": {"endpoint": "*", "effect": {"name": "Refuse"}},
        "clock": {"advance_seconds": 3_600},
        "restore": {"id": client.post("/_fake/snapshot").json["id"]},  # type: ignore[index]  # JSON
        "tokens": {"name": "ci", "scope_map": "_repositories_pull"},
    }
    registry.push_image("hello:2")
    before = registry.clock.now()

    refused = client.post(f"/_fake/{path}", json={**documents.get(path, {}), "extra": 1})

    assert refused.status_code == 400
    assert error_of(refused).endswith("found 'extra'")
    assert registry.clock.now() - before < 1_000_000
    assert (len(registry.faults), registry.token_count) == (0, 0)
    assert len(registry.content.list_tags(RepositoryName("hello")).items) == 2


@pytest.mark.parametrize("path", ["reset", "snapshot"])
@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"x"])
def test_body_that_is_not_expected_is_refused(registry: FakeRegistry, client: Client, path: str, body: bytes) -> None:
    registry.push_image("hello:1")
    refused = client.post(f"/_fake/{path}", data=body, content_type="application/json")

    assert (refused.status_code, bool(error_of(refused))) == (400, True)
    assert registry.content.list_repositories().items == ["hello"]
    assert client.post("/_fake/snapshot", json={}).json == {"id": "1"}


@cross(
    {
        "method": ["POST", "PUT", "DELETE"],
        "path": [*BODIES, "reset", "snapshot"],
        "content_type": [
            "text/plain",
            None,
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/json",
        ],
    }
)
def test_body_of_another_type_is_refused(
    registry: FakeRegistry, client: Client, method: str, path: str, content_type: str | None
) -> None:
    """A web page can send these types without the browser's question."""
    registry.push_image("hello:1")
    refused = client.open(f"/_fake/{path}", method=method, data=b"{}", content_type=content_type)

    assert refused.status_code in (405, 415)
    assert refused.status_code == 405 or error_of(refused).startswith("expected Content-Type: application/json")
    assert registry.content.list_repositories().items == ["hello"]


def test_content_type_may_have_parameters(client: Client) -> None:
    answer = client.post(
        "/_fake/clock",
        data=b'{"advance_seconds": 1}',
        content_type="Application/JSON; charset=utf-8",
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("method=GET&method=POST", "method: expected one value, found 2"),
        ("path=" + "a" * 501, "path: expected at most 500 characters, found 501"),
        ("endpoint=" + "[base]" * 100, "endpoint: expected at most 500 characters, found 600"),
        ("x" * 1_000 + "=1", "there is no filter 'xxx"),
    ],
)
def test_malformed_filter_is_refused(client: Client, query: str, message: str) -> None:
    refused = client.get(f"/_fake/requests?{query}")
    assert refused.status_code == 400
    assert error_of(refused).startswith(message)
    assert len(error_of(refused)) < 350


class TestSnapshots:
    def test_snapshot_is_removed(self, registry: FakeRegistry, client: Client) -> None:
        for _ in range(3):
            client.post("/_fake/snapshot")

        assert client.delete("/_fake/snapshot/2").status_code == 204
        gone = client.delete("/_fake/snapshot/2")
        assert (gone.status_code, error_of(gone)) == (404, "there is no snapshot '2'; there are 1, 3")
        assert client.delete("/_fake/snapshot").status_code == 204
        assert client.post("/_fake/restore", json={"id": "1"}).status_code == 404

    def test_number_of_snapshots_is_bounded(self, client: Client) -> None:
        taken = [client.post("/_fake/snapshot").status_code for _ in range(MAX_SNAPSHOTS)]
        refused = client.post("/_fake/snapshot")

        assert taken == [201] * MAX_SNAPSHOTS
        assert (refused.status_code, error_of(refused)) == (
            409,
            "expected at most 100 snapshots, found more: DELETE those that are no longer needed",
        )
        client.delete("/_fake/snapshot/1")
        assert client.post("/_fake/snapshot").status_code == 201

    def test_reset_keeps_the_first_snapshots_that_find_room(self) -> None:
        registry = FakeRegistry(Settings(auth="off", max_snapshot_bytes=200_000))
        client = client_of(registry)
        registry.push_image("hello:1", layers=[b"a" * 100_000])
        client.post("/_fake/snapshot")
        client.post("/_fake/snapshot")  # shares its content with the first
        registry.push_image("hello:2", layers=[b"b" * 100_000])
        client.post("/_fake/snapshot")
        client.post("/_fake/reset")

        restored = [client.post("/_fake/restore", json={"id": number}) for number in "123"]
        assert [answer.status_code for answer in restored] == [204, 204, 404]
        assert error_of(restored[2]) == (
            "there is no snapshot '3'; there are 1, 2; a reset has dropped those beyond 200000 bytes"
        )


def test_number_of_faults_is_bounded(registry: FakeRegistry, client: Client) -> None:
    for _ in range(MAX_FAULTS):
        registry.faults.add(Fault("base", Refuse()))
    refused = client.post("/_fake/faults", json={"endpoint": "*", "effect": {"name": "Refuse"}})

    assert (refused.status_code, len(registry.faults)) == (409, MAX_FAULTS)
    assert error_of(refused).startswith("expected at most 1000 faults in force, found more")


def test_number_of_tokens_is_bounded(registry: FakeRegistry, client: Client) -> None:
    for number in range(MAX_TOKENS):
        registry.add_token(f"t{number}", "_repositories_pull", password="secret")
    refused = client.post("/_fake/tokens", json={"name": "ci", "scope_map": "_repositories_pull"})

    assert (refused.status_code, registry.token_count) == (409, MAX_TOKENS)
    assert error_of(refused).startswith("expected at most 1000 tokens, found more")


def test_tokens_are_made_and_removed() -> None:
    registry = FakeRegistry(Settings(auth="token"))
    client = client_of(registry)

    chosen = client.post(
        "/_fake/tokens", json={"name": "ci", "scope_map": {"samples/*": ["content/read"]}, "password": "secret"}
    )
    made_up = client.post("/_fake/tokens", json={"name": "other", "scope_map": "_repositories_admin"})
    first = made_up.json["passwords"][0] if made_up.json else ""
    logins = [_log_in(client, *login) for login in (("ci", "secret"), ("other", first), ("ci", first))]

    assert (chosen.status_code, chosen.json) == (201, {"name": "ci", "passwords": ["secret"]})
    assert (made_up.status_code, logins) == (201, [200, 200, 401])
    assert client.delete("/_fake/tokens/ci").status_code == 204
    assert _log_in(client, "ci", "secret") == 401
    assert client.delete("/_fake/tokens/ci").status_code == 404


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "ci"},
        {"name": 1, "scope_map": "_repositories_pull"},
        {"name": "", "scope_map": "_repositories_pull"},
        {"name": "ci", "scope_map": "everything"},
        {"name": "ci", "scope_map": ["content/read"]},
        {"name": "ci", "scope_map": {"a": "content/read"}},
        {"name": "ci", "scope_map": {"a": 1}},
        {"name": "ci", "scope_map": {"a": [1]}},
        {"name": "ci", "scope_map": {"a": [["content/read"]]}},
        {"name": "ci", "scope_map": {"A": ["content/read"]}},
        {"name": "ci\n", "scope_map": "_repositories_pull"},
        {"name": "c" * 101, "scope_map": "_repositories_pull"},
        {"name": "ci", "scope_map": None},
        {"name": "ci", "scope_map": 1e300},
        {"name": "ci", "scope_map": {"a": {"b": {"c": 1}}}},
        {"name": "ci", "scope_map": {"a": {"content/read": 1}}},
        {"name": None, "scope_map": "_repositories_pull"},
        {"name": "ci", "scope_map": "_repositories_pull", "password": 1},
        {"name": "ci", "scope_map": "_repositories_pull", "password": ""},
    ],
)
def test_invalid_token_is_refused(document: Document) -> None:
    client = client_of(FakeRegistry(Settings(auth="token")))

    refused = client.post("/_fake/tokens", json=document)

    assert (refused.status_code, bool(error_of(refused))) == (400, True)
    assert client.delete("/_fake/tokens/ci").status_code == 404


def _log_in(client: Client, user: str, password: str) -> int:
    return client.get("/oauth2/token?service=localhost&scope=registry:catalog:*", auth=(user, password)).status_code
