"""/oauth2: Azure/acr AAD-OAuth and Token-BasicAuth; acr-behaviour 3.3, 3.4 and 3.6. Grants are
tested in tests/auth."""

import base64
import json

import pytest

from fake_registry import FakeRegistry
from tests.support.http import (
    HOST,
    JSON_TYPE,
    SECOND,
    HttpAnswer,
    answer,
    error_answer,
    json_answer,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, claims_of, entra_token, log_in, post_form, token_for

EMPTY_401 = answer(401)
VISIT = "authentication required, visit https://aka.ms/acr/authorization for more information."
BASIC_401 = error_answer(401, "UNAUTHORIZED", VISIT, {"WWW-Authenticate": 'Basic realm="Azure Container Registry"'})
PULL = "repository:samples/hello:pull"


@pytest.fixture
def registry() -> FakeRegistry:
    """ACR with its login and an admin user."""
    return registry_of(auth="token", admin_user="fake", admin_password="pass:word")


def _exchange(registry: FakeRegistry, **changes: str | list[str]) -> HttpAnswer:
    fields: dict[str, str | list[str]] = {
        "grant_type": "access_token",
        "service": HOST,
        "access_token": entra_token(oid="somebody"),
    }
    return post_form(registry, "/oauth2/exchange", **{**fields, **changes})


def _access(found: HttpAnswer) -> object:
    return claims_of(found.json["access_token"])["access"]


def test_exchange_returns_only_a_refresh_token(registry: FakeRegistry) -> None:
    found = _exchange(registry)

    assert found == json_answer({"refresh_token": found.json["refresh_token"]})


def test_refresh_token_has_the_claims_of_acr(registry: FakeRegistry) -> None:
    """acr-behaviour 3.6: good for 11,700 s."""
    claims = claims_of(log_in(registry, oid="somebody", appid="client"))

    assert {name: claims[name] for name in ("sub", "iss", "aud", "version", "grant_type", "appid", "permissions")} == {
        "sub": "somebody",
        "iss": "Azure Container Registry",
        "aud": HOST,
        "version": "1.0",
        "grant_type": "refresh_token",
        "appid": "client",
        "permissions": {
            "Actions": ["read", "write", "delete", "deleted/read", "deleted/restore/action"],
            "NotActions": None,
        },
    }
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (SECOND, SECOND, SECOND + 11_700)


def test_token_endpoint_returns_only_an_access_token(registry: FakeRegistry) -> None:
    """acr-behaviour 3.4: no expires_in, no token, no issued_at."""
    found = post_form(
        registry,
        "/oauth2/token",
        grant_type="refresh_token",
        service=HOST,
        scope=PULL,
        refresh_token=log_in(registry, oid="somebody"),
    )

    assert found == json_answer({"access_token": found.json["access_token"]})
    claims = claims_of(found.json["access_token"])
    assert claims["access"] == [{"type": "repository", "name": "samples/hello", "actions": ["pull"]}]
    assert (claims["nbf"], claims["exp"]) == (SECOND, SECOND + 4_500)


@pytest.mark.parametrize("scopes", [[PULL, "registry:catalog:*"], [f"{PULL} registry:catalog:*"]])
def test_scopes_are_repeated_or_joined_by_a_blank(registry: FakeRegistry, scopes: list[str]) -> None:
    token = token_for(registry, log_in(registry), *scopes)

    assert [entry["name"] for entry in claims_of(token)["access"]] == ["samples/hello", "catalog"]


def test_query_of_an_exchange_is_ignored(registry: FakeRegistry) -> None:
    found = post_form(
        registry,
        "/oauth2/exchange?api-version=2021-07-01",
        grant_type="access_token",
        service=HOST.upper(),
        access_token=entra_token(),
        tenant="any",
    )

    assert found.status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_type": "password"},
        {"grant_type": ""},
        {"service": "other.azurecr.io"},
        {"service": ""},
        {"access_token": ""},
        {"access_token": "x"},
        {"access_token": "a.b.c"},
        {"access_token": "e30.e30.e30.e30"},
        {"access_token": "e30.W10.c2ln"},
        {"access_token": "e30.\xe9.c2ln"},
        {"access_token": "e30.e30.c2ln"},
        {"access_token": ["", entra_token()]},
        {"grant_type": ["password", "access_token"]},
    ],
)
def test_invalid_exchange_is_401_without_a_body(registry: FakeRegistry, changes: dict[str, str | list[str]]) -> None:
    """acr-behaviour 3.3; of a field that is repeated the first counts."""
    assert _exchange(registry, **changes) == EMPTY_401


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": SECOND},
        {"exp": SECOND - 1},
        {"exp": "tomorrow"},
        {"exp": -1e300},
        pytest.param({"exp": -(10**400)}),
        pytest.param({"exp": float("nan")}),
        {"exp": {}},
        {"aud": "https://management.usgovcloudapi.net"},
        {"aud": None},
        {"aud": {"a": 1}},
        {"aud": [[], 1]},
    ],
)
def test_invalid_entra_token_is_401_without_a_body(registry: FakeRegistry, claims: dict[str, object]) -> None:
    assert _exchange(registry, access_token=entra_token(**claims)) == EMPTY_401


def test_too_deeply_nested_entra_token_is_401(registry: FakeRegistry) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")

    assert _exchange(registry, access_token=f"e30.{deep}.c2ln") == EMPTY_401


@pytest.mark.parametrize("path", ["/oauth2/exchange", "/oauth2/token"])
@pytest.mark.parametrize(
    "body",
    [b"", b"&&&", b"=", b"\xff\xfe=\x00", b"%FF=%", b"grant_type=%FF", b"{}", b"a=b;" * 1_000, b"x" * (256 * 1024 + 1)],
    ids=range(9),
)
def test_malformed_form_is_401(registry: FakeRegistry, path: str, body: bytes) -> None:
    assert send(registry, "POST", path, body) == EMPTY_401
    assert send(registry, "POST", path, body, chunked=True) == EMPTY_401


def test_form_is_read_with_any_content_type(registry: FakeRegistry) -> None:
    body = b"grant_type=password&service=" + HOST.encode() + b"&username=fake&password=pass%3Aword"

    assert send(registry, "POST", "/oauth2/token", body, {"Content-Type": "text/plain"}).status == 200


class TestGetToken:
    """GET /oauth2/token: docker, crane, skopeo (Token-BasicAuth)."""

    PATH = f"/oauth2/token?service={HOST}&scope={PULL}"

    def test_admin_user_gets_a_token(self, registry: FakeRegistry) -> None:
        found = send(registry, "GET", self.PATH, headers=basic("fake", "pass:word"))

        assert found.status == 200
        assert _access(found) == [{"type": "repository", "name": "samples/hello", "actions": ["pull"]}]

    def test_refresh_token_is_accepted_as_a_password(self, registry: FakeRegistry) -> None:
        """acr-behaviour 3.4: what `docker login` after `az acr login --expose-token` does."""
        password = log_in(registry)

        found = send(registry, "GET", self.PATH, headers=basic("00000000-0000-0000-0000-000000000000", password))

        assert _access(found) == [{"type": "repository", "name": "samples/hello", "actions": ["pull"]}]

    @pytest.mark.parametrize("user", ["fake", "other", "00000000-0000-0000-0000-000000000000", ""])
    def test_wrong_password_is_401(self, registry: FakeRegistry, user: str) -> None:
        assert send(registry, "GET", self.PATH, headers=basic(user, "wrong")) == BASIC_401

    @pytest.mark.parametrize("authorization", ["Basic", "Basic ?", "Bearer x", "Basic Og", "Basic \xe9"])
    def test_malformed_basic_credentials_are_401(self, registry: FakeRegistry, authorization: str) -> None:
        assert send(registry, "GET", self.PATH, headers={"Authorization": authorization}) == BASIC_401

    def test_request_without_credentials_is_401(self, registry: FakeRegistry) -> None:
        """acr-behaviour 3.4: 401."""
        assert send(registry, "GET", self.PATH) == EMPTY_401

    def test_other_service_is_401(self, registry: FakeRegistry) -> None:
        assert send(registry, "GET", "/oauth2/token?service=other", headers=basic("fake", "pass:word")).status == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_type": "refresh_token", "refresh_token": ""},
        {"grant_type": "refresh_token", "refresh_token": "x"},
        {"grant_type": "refresh_token", "refresh_token": "\xe9.\xe9.\xe9"},
        {"grant_type": "refresh_token", "refresh_token": "W10.W10.W10"},
        {"grant_type": "password"},
        {"grant_type": "password", "username": "fake", "password": "wrong"},
        {
            "grant_type": "password",
            "username": "fake",
            "password": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        },
        {"grant_type": "client_credentials"},
    ],
)
def test_invalid_token_request_is_401_without_a_body(registry: FakeRegistry, fields: dict[str, str]) -> None:
    """acr-behaviour 3.4."""
    assert post_form(registry, "/oauth2/token", service=HOST, scope=PULL, **fields) == EMPTY_401


def test_token_with_a_too_deeply_nested_header_is_401(registry: FakeRegistry) -> None:
    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode().rstrip("=")

    found = send(registry, "GET", "/v2/", headers=bearer(f"{deep}.e30.c2ln"))

    assert (found.status, found.header("WWW-Authenticate").rpartition(",")[2]) == (401, 'error="invalid_token"')


def test_token_without_any_scope_is_issued(registry: FakeRegistry) -> None:
    """acr-behaviour 3.4: malformed scopes are skipped, and the token says that it holds nothing."""
    token = token_for(registry, log_in(registry), "nonsense", "", "repository:A:", "a b c")

    assert claims_of(token)["access"] == []


def test_token_payload_decodes_in_every_base64_alphabet() -> None:
    """acr-behaviour 3.6: no `+ / - _ =` in the payload, whatever the claims are."""
    registry = registry_of(auth="token")
    for oid in ("a", "ab", "abc", "~~~?>?>", "\xe9\u20ac\U0001f433", "<&>\x7f"):
        payload = log_in(registry, oid=oid).split(".")[1]
        assert payload.isalnum()
        assert len(payload) % 4 == 0
        assert json.loads(base64.b64decode(payload))["sub"] == oid


def test_answers_are_json_with_a_newline(registry: FakeRegistry) -> None:
    found = _exchange(registry)

    assert found.header("Content-Type") == JSON_TYPE
    assert found.body.endswith(b'"}\n')
