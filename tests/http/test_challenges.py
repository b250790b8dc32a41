"""Challenges, their scopes by route, their JSON: acr-behaviour 3.1, 3.2, 3.5 and 17."""

import base64
from itertools import product

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.support.http import (
    ABSENT,
    HOST,
    IMAGE_DIGEST,
    answer,
    error_answer,
    everything,
    json_answer,
    put_image,
    registry_of,
    send,
    without_body,
)
from tests.support.products import cross

BEARER = f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}"'
VISIT = "authentication required, visit https://aka.ms/acr/authorization for more information."

ROUTES = [
    ("GET", "/acr/v1/_catalog", "registry:catalog:*"),
    ("GET", "/v2/_catalog", "registry:catalog:*"),
    ("GET", "/acr/v1/N", "repository:N:metadata_read"),
    ("GET", "/acr/v1/N/_tags", "repository:N:metadata_read"),
    ("GET", "/acr/v1/N/_tags/v1", "repository:N:metadata_read"),
    ("GET", "/acr/v1/N/_manifests", "repository:N:metadata_read"),
    ("GET", f"/acr/v1/N/_manifests/{ABSENT}", "repository:N:metadata_read"),
    ("PATCH", "/acr/v1/N", "repository:N:metadata_write"),
    ("PATCH", "/acr/v1/N/_tags/v1", "repository:N:metadata_write"),
    ("PATCH", f"/acr/v1/N/_manifests/{ABSENT}", "repository:N:metadata_write"),
    ("DELETE", "/acr/v1/N", "repository:N:delete"),
    ("DELETE", "/acr/v1/N/_tags/v1", "repository:N:delete"),
    ("DELETE", f"/v2/N/manifests/{ABSENT}", "repository:N:delete"),
    ("DELETE", "/v2/N/manifests/v1", "repository:N:delete"),
    ("DELETE", f"/v2/N/blobs/{ABSENT}", "repository:N:delete"),
    ("DELETE", "/v2/N/blobs/uploads/an-upload?_state=x", "repository:N:delete"),
    ("GET", "/v2/N/manifests/v1", "repository:N:pull"),
    ("HEAD", "/v2/N/manifests/v1", "repository:N:pull"),
    ("GET", f"/v2/N/blobs/{ABSENT}", "repository:N:pull"),
    ("HEAD", f"/v2/N/blobs/{ABSENT}", "repository:N:pull"),
    ("GET", f"/v2/N/referrers/{ABSENT}", "repository:N:pull"),
    ("GET", "/v2/N/tags/list", "repository:N:metadata_read"),
    ("POST", "/v2/N/blobs/uploads/", "repository:N:pull,push"),
    ("PATCH", "/v2/N/blobs/uploads/an-upload?_state=x", "repository:N:pull,push"),
    ("PUT", f"/v2/N/blobs/uploads/an-upload?_state=x&digest={ABSENT}", "repository:N:pull,push"),
    ("GET", "/v2/N/blobs/uploads/an-upload?_state=x", "repository:N:pull,push"),
    ("PUT", "/v2/N/manifests/v1", "repository:N:pull,push"),
    ("POST", f"/v2/N/blobs/uploads/?mount={ABSENT}&from=S", "repository:N:pull,push repository:S:pull"),
    ("POST", f"/v2/N/blobs/uploads/?from=S&mount={ABSENT}", "repository:N:pull,push repository:S:pull"),
    ("POST", f"/v2/N/blobs/uploads/?mount={ABSENT}", "repository:N:pull,push"),
    ("POST", "/v2/N/blobs/uploads/?from=S", "repository:N:pull,push"),
    # a malformed digest or name adds no scope; callers with push permission get the refusal
    ("POST", "/v2/N/blobs/uploads/?mount=sha256:zz&from=S", "repository:N:pull,push"),
    ("POST", f"/v2/N/blobs/uploads/?mount={ABSENT}&from=Bad", "repository:N:pull,push"),
    ("POST", "/v2/N/blobs/uploads/?mount=&from=", "repository:N:pull,push"),
]


def _access(scopes: str) -> list[dict[str, str]]:
    """One entry per action, keys with capitals."""
    return [
        {"Type": scope.split(":")[0], "Name": scope.split(":")[1], "Action": action}
        for scope in scopes.split(" ")
        for action in scope.split(":")[2].split(",")
    ]


@cross(
    {
        "method, target, scopes": ROUTES,
        "repository, written": [("a/b", "a%2Fb"), ("a/b", "a/b"), ("hello", "hello")],
    }
)
def test_challenge_of_each_route_names_its_scope(
    method: str, target: str, scopes: str, repository: str, written: str
) -> None:
    """acr-behaviour 3.2 and 2.4: the decoded name stands in the scope."""
    registry = registry_of(auth="token")
    scope = scopes.replace(":N:", f":{repository}:").replace(":S:", ":other/one:")

    found = send(registry, method, target.replace("/N", f"/{written}").replace("from=S", "from=other/one"), b"a body")

    expected = error_answer(
        401,
        "UNAUTHORIZED",
        VISIT,
        {"WWW-Authenticate": f'{BEARER},scope="{scope}"'},
        detail=_access(scope),
    )
    assert found == (without_body(expected) if method == "HEAD" else expected)
    assert registry.requests[0].request_bytes == 6  # acr-behaviour 1.3: read before the 401


def test_challenge_of_the_root_has_no_scope() -> None:
    found = send(registry_of(auth="token"), "GET", "/v2/")

    assert found == error_answer(401, "UNAUTHORIZED", VISIT, {"WWW-Authenticate": BEARER}, detail=None)
    assert len(found.body) == 149


def test_oci_profile_requires_pull_to_list_tags() -> None:
    registry = registry_of("oci", auth="token")

    found = send(registry, "GET", "/v2/hello/tags/list")

    entry = {"code": "UNAUTHORIZED", "message": "authentication required", "detail": _access("repository:hello:pull")}
    headers = {"WWW-Authenticate": f'{BEARER},scope="repository:hello:pull"'}
    assert found == json_answer({"errors": [entry]}, headers, status=401)


@pytest.mark.parametrize(
    ("method", "target", "length"),
    [
        ("GET", "/acr/v1/_catalog", 196),
        ("GET", "/v2/base/manifests/v1", 198),
        ("DELETE", "/acr/v1/nginx", 201),
        ("DELETE", "/acr/v1/hello-world", 207),
        ("GET", f"/v2/testblobclient/blobs/{ABSENT}", 208),
        ("GET", "/v2/seventh/tags/list", 210),
        ("GET", "/acr/v1/testclient", 213),
        ("POST", "/v2/hello-world/blobs/uploads/", 264),
        ("POST", f"/v2/hello-world/blobs/uploads/?from=alpine&mount={ABSENT}", 318),
    ],
)
def test_bodies_are_as_long_as_the_recorded_ones(method: str, target: str, length: int) -> None:
    """acr-behaviour 17."""
    found = send(registry_of(auth="token"), method, target)

    assert (len(found.body), found.header("Content-Length")) == (length, str(length))


@pytest.mark.parametrize("host", ["fake.azurecr.io", "localhost:5000", "[::1]:5000"])
def test_challenge_names_the_requested_host(host: str) -> None:
    found = send(registry_of(auth="token"), "GET", "/v2/", headers={"Host": host})

    assert found.header("WWW-Authenticate") == f'Bearer realm="https://{host}/oauth2/token",service="{host}"'


@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_refusals_without_a_token_differ_by_host_scopes_and_endpoint(profile: Profile) -> None:
    """Also the second time, when they may have been kept. Those for a long host are not."""
    registry = registry_of(profile, auth="token")
    hosts = (HOST, "other.example", f"{'a' * 600}.example")
    calls = [("GET", "/v2/"), ("GET", "/v2/a/tags/list"), ("GET", "/v2/b/tags/list"), ("PUT", "/v2/a/manifests/b")]
    answers = set()

    for (method, target), host in product(calls * 2, hosts):
        found = send(registry, method, target, host=host)
        challenge = found.header("WWW-Authenticate")
        assert f'"https://{host}/oauth2/token"' in challenge
        answers.add((found.body, challenge.replace(host, "HOST")))

    assert len(answers) == len(calls)


def test_anonymous_pull_still_sends_a_challenge() -> None:
    """Clients learn the realm from the 401 (acr-behaviour 15.2)."""
    registry = registry_of(auth="anonymous-pull")

    assert send(registry, "GET", "/v2/").status == 401
    assert send(registry, "GET", "/v2/hello/tags/list").status == 401


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "bearer e30.e30.c2ln"])
def test_malformed_token_is_invalid(authorization: str) -> None:
    found = send(registry_of(auth="token"), "GET", "/v2/hello/tags/list", headers={"Authorization": authorization})

    scope = "repository:hello:metadata_read"
    challenge = f'{BEARER},scope="{scope}",error="invalid_token"'
    assert found == error_answer(401, "UNAUTHORIZED", VISIT, {"WWW-Authenticate": challenge}, detail=_access(scope))


@pytest.mark.parametrize("authorization", ["", "Negotiate abc", "e30.e30.c2ln", "\xe9", "Digest username=x"])
def test_unknown_scheme_is_treated_as_no_credentials(authorization: str) -> None:
    registry = registry_of(auth="token")

    found = send(registry, "GET", "/v2/", headers={"Authorization": authorization})

    assert found == send(registry, "GET", "/v2/")


@pytest.mark.parametrize(
    "credentials",
    [b"fake:wrong", b"other:pass:word", b"fake:", b":", b"fake", b"\xff\xfe:x", b"fake:pass:word\n", None],
)
@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_wrong_password_gets_a_basic_challenge(profile: Profile, credentials: bytes | None) -> None:
    """acr-behaviour 3.1 and 3.5: never with a Bearer challenge; the JSON is the same."""
    registry = registry_of(profile, auth="token", admin_user="fake", admin_password="pass:word")
    encoded = "not base64!" if credentials is None else base64.b64encode(credentials).decode()

    found = send(registry, "GET", "/v2/hello/manifests/v1", headers={"Authorization": f"Basic {encoded}"})

    entry = {
        "code": "UNAUTHORIZED",
        "message": VISIT if profile == "acr" else "authentication required",
        "detail": _access("repository:hello:pull"),
    }
    headers = {"WWW-Authenticate": 'Basic realm="Azure Container Registry"'}
    assert found == json_answer({"errors": [entry]}, headers, status=401)


@pytest.mark.parametrize(("method", "target", "_scopes"), ROUTES)
def test_refused_call_changes_nothing(method: str, target: str, _scopes: str) -> None:
    registry = registry_of(auth="off")
    put_image(registry, "hello", "v1")
    closed = registry_of(auth="token")
    closed.restore(registry.snapshot())
    before = everything(closed)

    written = target.replace("/N", "/hello").replace("from=S", "from=hello").replace(ABSENT, IMAGE_DIGEST)
    found = send(closed, method, written, b"a body")

    assert found.status == 401
    assert everything(closed) == before


def test_auth_off_ignores_credentials(either: FakeRegistry) -> None:
    found = send(either, "DELETE", "/acr/v1/hello", headers={"Authorization": "Basic nonsense"})

    assert found.status == 404
    assert send(either, "GET", "/v2/", headers={"Authorization": "Bearer x"}) == answer(
        200, {"Content-Type": "application/json; charset=utf-8"}, b"{}"
    )
