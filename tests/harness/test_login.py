"""`UrlTarget` at registries that require a login."""

from collections.abc import Iterator
from itertools import count

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.client.access import Credentials
from fake_registry.spec.media_types import OCI_MANIFEST
from pytest_acr.harness import login
from pytest_acr.harness.messages import RawRequest, TargetFailed
from pytest_acr.harness.scopes import scope_of
from pytest_acr.harness.url_target import UrlTarget
from tests.support.endless import head, whole
from tests.support.scripted_connections import serve_connections

BASE = RawRequest("GET", "/v2/")
START = RawRequest("POST", "/v2/samples/hello/blobs/uploads/")
DIGEST = "sha256:" + "0" * 64
BLOB = RawRequest("HEAD", f"/v2/samples/hello/blobs/{DIGEST}")
CATALOG = RawRequest("GET", "/v2/_catalog")
METADATA = RawRequest("GET", "/acr/v1/samples/hello/_manifests")

USER = Credentials(username="me", password="secret")
WRONG_USER = Credentials(username="me", password="wrong")
BASIC = "Basic bWU6c2VjcmV0"
ADMIN = Settings(auth="token", admin_user="me", admin_password="secret")

OK = whole(200, b"{}")[0]
TOKEN = whole(200, b'{"token":"granted"}')[0]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry(ADMIN) as registry:
        yield registry


def answers_of(registry: FakeRegistry) -> list[str]:
    return [f"{one.endpoint} {one.status}" for one in registry.requests]


def challenge(realm: str, scope: str = "repository:samples/hello:pull") -> bytes:
    value = f'Bearer realm="{realm}",service="registry",scope="{scope}"'
    return head(401, f"WWW-Authenticate: {value}", "Content-Length: 0")


def authorization_in(request: bytes) -> str | None:
    for line in request.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        if name == "Authorization":
            return value
    return None


def test_user_logs_in_with_a_token_for_each_scope(registry: FakeRegistry) -> None:
    with registry.serve() as server, UrlTarget(server.url, credentials=USER) as target:
        statuses = [target.send(request).status for request in (BLOB, BLOB, START, START, CATALOG)]

    assert statuses == [404, 404, 202, 202, 200]
    assert answers_of(registry) == [
        *("blob.head 401", "oauth.token 200", "blob.head 404", "blob.head 404"),
        *("oauth.token 200", "upload.start 202", "upload.start 202"),
        *("oauth.token 200", "catalog.list 200"),
    ]


def test_scope_in_the_challenge_replaces_the_first_one() -> None:
    registry = FakeRegistry(
        Settings(auth="token", admin_user="me", admin_password="secret", tag_list_scope="metadata_read")
    )
    registry.push_image("samples/hello:v1")
    tags = RawRequest("GET", "/v2/samples/hello/tags/list")
    with registry.serve() as server, UrlTarget(server.url, credentials=USER) as target:
        assert [target.send(request).status for request in (BASE, tags, tags)] == [200, 200, 200]

    assert answers_of(registry)[3:] == [
        *("oauth.token 200", "tags.list 401", "oauth.token 200", "tags.list 200"),
        "tags.list 200",
    ]


def test_token_that_is_refused_is_replaced() -> None:
    tokens = [whole(200, b'{"token":"%b"}' % name)[0] for name in (b"first", b"second")]
    with serve_connections(tokens) as realm:
        refusal = challenge(f"{realm.url}/token")
        with (
            serve_connections([refusal, OK, OK, refusal, OK]) as server,
            UrlTarget(server.url, realm_hosts=[realm.url.removeprefix("http://")]) as target,
        ):
            assert [target.send(BASE).status for _ in range(3)] == [200, 200, 200]

    sent = [authorization_in(request) for request in server.requests]
    assert sent == [None, "Bearer first", "Bearer first", "Bearer first", "Bearer second"]


def test_user_with_a_wrong_password_receives_the_refusal_of_the_registry(registry: FakeRegistry) -> None:
    with registry.serve() as server, UrlTarget(server.url, credentials=WRONG_USER) as target:
        responses = [target.send(BASE) for _ in range(2)]

    assert [response.status for response in responses] == [401, 401]
    assert responses[1].header("www-authenticate") is not None
    assert answers_of(registry)[-2:] == ["oauth.token 401", "base 401"]


def test_anonymous_caller_pulls_with_an_anonymous_token() -> None:
    with FakeRegistry(Settings(auth="anonymous-pull")) as registry:
        registry.push_image("samples/hello:v1")
        with registry.serve() as server, UrlTarget(server.url) as target:
            manifest = RawRequest("GET", "/v2/samples/hello/manifests/v1", (("Accept", OCI_MANIFEST),))
            assert target.send(manifest).status == 200
            assert target.send(START).status == 401


def test_login_works_over_tls(registry: FakeRegistry) -> None:
    with (
        registry.serve(tls=True) as server,
        UrlTarget(server.url, credentials=USER, ca_file=server.ca_file) as target,
    ):
        assert target.send(START).status == 202


def test_basic_challenge_is_answered_with_the_user() -> None:
    refusal = head(401, 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0")
    with serve_connections([refusal, OK, OK]) as server, UrlTarget(server.url, credentials=USER) as target:
        assert [target.send(BASE).status, target.send(START).status] == [200, 200]
    assert [authorization_in(request) for request in server.requests] == [None, BASIC, BASIC]


def test_refusal_without_a_challenge_is_returned() -> None:
    refusal = head(401, "Content-Length: 0")
    with serve_connections([refusal]) as server, UrlTarget(server.url, credentials=USER) as target:
        assert target.send(BASE).status == 401


def test_body_is_sent_again_after_a_login() -> None:
    request = RawRequest("PUT", "/v2/samples/hello/manifests/v1", (("Content-Type", "a/b"),), b"content")
    refusal = head(401, 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0")
    with serve_connections([refusal, OK]) as server, UrlTarget(server.url, credentials=USER) as target:
        target.send(request)
    assert [one.endswith(b"\r\n\r\ncontent") for one in server.requests] == [True, True]


def test_request_with_an_authorization_of_its_own_is_sent_without_a_login(registry: FakeRegistry) -> None:
    request = RawRequest("GET", "/v2/", (("authorization", "Bearer mine"),))
    with registry.serve() as server, UrlTarget(server.url, credentials=USER) as target:
        assert target.send(request).status == 401
    assert answers_of(registry) == ["base 401"]


@pytest.mark.parametrize(
    ("credentials", "is_allowed", "sent"),
    [(USER, True, [BASIC]), (USER, False, None), (Credentials(), True, [None]), (Credentials(), False, None)],
)
def test_realm_at_another_host_receives_credentials_only_if_it_is_named(
    credentials: Credentials,
    is_allowed: bool,  # noqa: FBT001
    sent: list[str | None] | None,
) -> None:
    with serve_connections([TOKEN]) as realm:
        host = realm.url.removeprefix("http://")
        with (
            serve_connections([challenge(f"{realm.url}/token"), OK]) as server,
            UrlTarget(
                server.url,
                credentials=credentials,
                realm_hosts=[host] if is_allowed else [],
            ) as target,
        ):
            if sent is None:
                with pytest.raises(TargetFailed, match=f"login: expected a realm at {server.url}, found the realm"):
                    target.send(BASE)
            else:
                assert target.send(BASE).status == 200
                assert authorization_in(server.requests[1]) == "Bearer granted"

    assert [authorization_in(request) for request in realm.requests] == (sent or [])


def test_redirect_within_the_registry_carries_a_token_only_if_it_is_refused() -> None:
    basic = head(401, 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0")
    redirect = head(307, "Location: /elsewhere", "Content-Length: 0")
    with (
        serve_connections([basic, redirect, OK, redirect, basic, OK]) as server,
        UrlTarget(server.url, credentials=USER) as target,
    ):
        assert [target.send(BASE).status for _ in range(2)] == [200, 200]

    sent = [authorization_in(request) for request in server.requests]
    assert sent == [None, BASIC, None, BASIC, None, BASIC]


def test_redirect_to_another_host_carries_no_token() -> None:
    basic = head(401, 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0")
    with serve_connections([OK]) as storage:
        redirect = head(307, f"Location: {storage.url}/blob", "Content-Length: 0")
        with (
            serve_connections([basic, redirect]) as server,
            UrlTarget(server.url, credentials=USER) as target,
        ):
            assert target.send(BASE).status == 200
    assert [authorization_in(request) for request in storage.requests] == [None]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (whole(200, b"<html>", "Content-Type: text/html")[0], "login: expected an access token, found another answer"),
        (whole(200, b"{}")[0], "login: expected an access token, found another answer"),
        (whole(200, b'{"token":"a\\r\\nb"}')[0], "login: expected an access token, found another answer"),
        (head(302, "Location: /login", "Content-Length: 0"), "login: expected an access token, found status 302"),
        (whole(429, b"")[0], "login: expected an access token from http://127.0.0.1:"),
        (whole(503, b"secret")[0], ", found status 503"),
        (b"", "/token?service=registry&scope=repository:samples/hello:pull: expected a response, found the end"),
    ],
)
def test_unusable_answer_of_the_token_service_fails(answer: bytes, message: str) -> None:
    with serve_connections([answer]) as realm:
        host = realm.url.removeprefix("http://")
        with (
            serve_connections([challenge(f"{realm.url}/token")]) as server,
            UrlTarget(server.url, credentials=USER, realm_hosts=[host]) as target,
            pytest.raises(TargetFailed) as failed,
        ):
            target.send(BASE)

    assert message in str(failed.value)
    assert "secret" not in str(failed.value)


def test_tokens_are_kept_for_a_bounded_number_of_scopes(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "_MAX_SCOPES", 3)
    with registry.serve() as server, UrlTarget(server.url, credentials=USER) as target:
        for number in range(10):
            assert target.send(RawRequest("POST", f"/v2/samples/{number}/blobs/uploads/")).status == 202
            assert len(target._login._keyring._access) <= 3


def test_time_limit_includes_the_login() -> None:
    seconds = count()
    with serve_connections([TOKEN]) as realm:
        host = realm.url.removeprefix("http://")
        with (
            serve_connections([challenge(f"{realm.url}/token"), OK]) as server,
            UrlTarget(
                server.url,
                realm_hosts=[host],
                timeout_seconds=5,
                monotonic=lambda: float(next(seconds)),
            ) as target,
            pytest.raises(TargetFailed, match=r"/token\?.* 5 s$"),
        ):
            target.send(BASE)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v2/", ""),
        ("GET", "/v2/_catalog?n=1", "registry:catalog:*"),
        ("GET", "/acr/v1/_catalog", "registry:catalog:*"),
        ("GET", f"/v2/a/b/blobs/{DIGEST}", "repository:a/b:pull"),
        ("HEAD", "/v2/a/manifests/v1", "repository:a:pull"),
        ("PUT", "/v2/a/manifests/v1?tag=x", "repository:a:pull,push"),
        ("DELETE", "/v2/a/manifests/v1", "repository:a:delete"),
        ("GET", "/v2/tags/list/tags/list", "repository:tags/list:pull"),
        ("GET", f"/v2/a/referrers/{DIGEST}?artifactType=b", "repository:a:pull"),
        ("POST", "/v2/a/blobs/uploads/", "repository:a:pull,push"),
        ("POST", f"/v2/a/blobs/uploads/?mount={DIGEST}&from=c%2Fd", "repository:a:pull,push repository:c/d:pull"),
        ("DELETE", "/v2/a/blobs/uploads/1", "repository:a:delete"),
        ("GET", "/v2/blobs/uploads/blobs/uploads/1", "repository:blobs/uploads:pull,push"),
        ("GET", "/acr/v1/a/b", "repository:a/b:metadata_read"),
        ("GET", "/acr/v1/a/_tags", "repository:a:metadata_read"),
        ("PATCH", "/acr/v1/a/_tags/v1", "repository:a:metadata_write"),
        ("DELETE", "/acr/v1/a/b", "repository:a/b:delete"),
        ("GET", f"/acr/v1/a/_manifests/{DIGEST}", "repository:a:metadata_read"),
        ("PUT", "/uploads/1?digest=x", ""),
    ],
)
def test_scope_follows_from_the_request(method: str, path: str, scope: str) -> None:
    assert scope_of(method, path) == scope
