"""/oauth2: Azure/acr AAD-OAuth and Token-BasicAuth; acr-behaviour 3.3, 3.4 and 3.6. Grants are
tested in tests/auth."""

import base64
import json
import re

import pytest

from fake_registry import FakeRegistry, Fault, Refuse
from fake_registry.settings import Profile
from tests.support.http import (
    HOST,
    JSON_TYPE,
    SECOND,
    HttpAnswer,
    answer,
    registry_of,
    send,
    without_body,
)
from tests.support.logins import (
    REFUSED_BASIC,
    REFUSED_EXCHANGE,
    REFUSED_TOKEN,
    basic,
    bearer,
    claims_of,
    entra_token,
    entry_of,
    log_in,
    post_form,
    token_for,
    without_ids,
)

EMPTY_401 = answer(401)
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


def _login_document(name: str, token: str) -> HttpAnswer:
    """Return the expected answer with a token: the login ends no body with a newline."""
    return answer(200, {"Content-Type": JSON_TYPE}, f'{{"{name}":"{token}"}}'.encode())


def test_exchange_returns_only_a_refresh_token(registry: FakeRegistry) -> None:
    """acr-behaviour 1.8 and 3.3."""
    found = _exchange(registry)

    assert found == _login_document("refresh_token", found.json["refresh_token"])


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

    assert found == _login_document("access_token", found.json["access_token"])
    claims = claims_of(found.json["access_token"])
    assert claims["access"] == [entry_of("repository", "samples/hello", "pull")]
    assert (claims["nbf"], claims["exp"]) == (SECOND, SECOND + 4_500)


def test_tokens_of_a_user_name_the_registry_and_the_application(registry: FakeRegistry) -> None:
    """acr-behaviour 3.6."""
    refresh = log_in(registry, oid="somebody", appid="client")
    claims = [claims_of(text) for text in (refresh, token_for(registry, refresh, PULL))]

    assert [one["appid"] for one in claims] == ["client", "client"]
    assert [re.fullmatch("[0-9a-f]{32}", one["rid"]) is not None for one in claims] == [True, True]
    assert claims[0]["rid"] == claims[1]["rid"]


@pytest.mark.parametrize(
    ("sent", "claims"),
    [
        ({"tenant": "contoso.onmicrosoft.com"}, {"tenant": "contoso.onmicrosoft.com"}),
        ({"tenant": ""}, {}),
        ({}, {}),
    ],
)
def test_refresh_token_has_the_tenant_of_the_exchange(
    registry: FakeRegistry,
    sent: dict[str, str | list[str]],
    claims: dict[str, str],
) -> None:
    """acr-behaviour 3.6: the tenant that was sent, after `appid`."""
    found = claims_of(_exchange(registry, **sent).json["refresh_token"])

    names = list(found)
    assert {name: value for name, value in found.items() if name == "tenant"} == claims
    assert names[names.index("appid") + 1] == next(iter(claims), "permissions")


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
def test_invalid_exchange_is_401_with_the_recorded_body(
    registry: FakeRegistry,
    changes: dict[str, str | list[str]],
) -> None:
    """acr-behaviour 3.3; of a field that is repeated the first counts."""
    assert _exchange(registry, **changes) == REFUSED_EXCHANGE


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
def test_invalid_entra_token_is_401_with_the_recorded_body(
    registry: FakeRegistry,
    claims: dict[str, object],
) -> None:
    """acr-behaviour 3.3, audienceTest of 2026."""
    assert _exchange(registry, access_token=entra_token(**claims)) == REFUSED_EXCHANGE


def test_too_deeply_nested_entra_token_is_401(registry: FakeRegistry) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")

    assert _exchange(registry, access_token=f"e30.{deep}.c2ln") == REFUSED_EXCHANGE


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/oauth2/exchange", REFUSED_EXCHANGE), ("/oauth2/token", REFUSED_TOKEN)],
)
@pytest.mark.parametrize(
    "body",
    [b"", b"&&&", b"=", b"\xff\xfe=\x00", b"%FF=%", b"grant_type=%FF", b"{}", b"a=b;" * 1_000, b"x" * (256 * 1024 + 1)],
    ids=range(9),
)
def test_malformed_form_is_401(
    registry: FakeRegistry,
    path: str,
    expected: HttpAnswer,
    body: bytes,
) -> None:
    assert without_ids(send(registry, "POST", path, body)) == expected
    assert without_ids(send(registry, "POST", path, body, chunked=True)) == expected


def test_form_is_read_with_any_content_type(registry: FakeRegistry) -> None:
    body = b"grant_type=password&service=" + HOST.encode() + b"&username=fake&password=pass%3Aword"

    assert send(registry, "POST", "/oauth2/token", body, {"Content-Type": "text/plain"}).status == 200


class TestGetToken:
    """GET /oauth2/token: docker, crane, skopeo (Token-BasicAuth)."""

    PATH = f"/oauth2/token?service={HOST}&scope={PULL}"

    def test_admin_user_gets_a_token(self, registry: FakeRegistry) -> None:
        found = send(registry, "GET", self.PATH, headers=basic("fake", "pass:word"))

        assert found.status == 200
        assert _access(found) == [entry_of("repository", "samples/hello", "pull")]

    def test_refresh_token_is_accepted_as_a_password(self, registry: FakeRegistry) -> None:
        """acr-behaviour 3.4: what `docker login` after `az acr login --expose-token` does."""
        password = log_in(registry)

        found = send(registry, "GET", self.PATH, headers=basic("00000000-0000-0000-0000-000000000000", password))

        assert _access(found) == [entry_of("repository", "samples/hello", "pull")]

    @pytest.mark.parametrize("user", ["fake", "other", "00000000-0000-0000-0000-000000000000", ""])
    def test_wrong_password_is_401(self, registry: FakeRegistry, user: str) -> None:
        """acr-behaviour 3.4: JSON in plain text, without a newline."""
        found = send(registry, "GET", self.PATH, headers=basic(user, "wrong"))

        assert without_ids(found) == REFUSED_BASIC

    def test_head_has_the_headers_of_a_refused_get(self, registry: FakeRegistry) -> None:
        found = send(registry, "HEAD", self.PATH, headers=basic("fake", "wrong"))

        assert found == without_body(REFUSED_BASIC)

    @pytest.mark.parametrize("authorization", ["Basic", "Basic ?", "Bearer x", "Basic Og", "Basic \xe9"])
    def test_malformed_basic_credentials_are_401(
        self,
        registry: FakeRegistry,
        authorization: str,
    ) -> None:
        found = send(registry, "GET", self.PATH, headers={"Authorization": authorization})

        assert without_ids(found) == REFUSED_BASIC

    def test_request_without_credentials_is_401(self, registry: FakeRegistry) -> None:
        """acr-behaviour 3.4: the body is [I]."""
        assert without_ids(send(registry, "GET", self.PATH)) == REFUSED_TOKEN

    @pytest.mark.parametrize("query", ["?service=other", "?service=", ""])
    def test_other_service_is_401(self, registry: FakeRegistry, query: str) -> None:
        headers = basic("fake", "pass:word")

        found = send(registry, "GET", f"/oauth2/token{query}", headers=headers)

        assert without_ids(found) == REFUSED_TOKEN


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_type": "refresh_token", "refresh_token": ""},
        {"grant_type": "refresh_token", "refresh_token": "x"},
        {"grant_type": "refresh_token", "refresh_token": "\xe9.\xe9.\xe9"},
        {"grant_type": "refresh_token", "refresh_token": "W10.W10.W10"},
        {"grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "service": "other.azurecr.io"},
    ],
)
def test_refused_refresh_token_is_401_without_a_body(
    registry: FakeRegistry,
    fields: dict[str, str],
) -> None:
    """acr-behaviour 3.4, recorded in 2024."""
    form = {"service": HOST, "scope": PULL, **fields}

    assert post_form(registry, "/oauth2/token", **form) == EMPTY_401


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_type": "password"},
        {"grant_type": "password", "refresh_token": ""},
        {"grant_type": "password", "service": "other.azurecr.io"},
        {"grant_type": "password", "username": "fake", "password": "wrong"},
        {
            "grant_type": "password",
            "username": "fake",
            "password": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        },
        {"grant_type": "client_credentials"},
        {"grant_type": ""},
        {},
    ],
)
def test_other_refused_token_request_is_401_in_plain_text(
    registry: FakeRegistry,
    fields: dict[str, str],
) -> None:
    """acr-behaviour 3.4."""
    form = {"service": HOST, "scope": PULL, **fields}

    assert without_ids(post_form(registry, "/oauth2/token", **form)) == REFUSED_TOKEN


@pytest.mark.parametrize("scope", ["scope=", "scope", "scope=%20", "scope=+", "scope=&scope="])
@pytest.mark.parametrize(
    "fields",
    [
        "grant_type=password&username=fake&password=pass%3Aword",
        "grant_type=password&username=fake&password=wrong",
        "grant_type=password",
        "grant_type=refresh_token&refresh_token=x",
    ],
)
def test_empty_scope_is_400_without_a_body(
    registry: FakeRegistry,
    fields: str,
    scope: str,
) -> None:
    """containerd/nerdctl#737; that a wrong password makes no difference is [I]."""
    form = f"{fields}&service={HOST}&{scope}".encode()

    assert send(registry, "POST", "/oauth2/token", form) == answer(400)
    assert registry.requests[-1].failure is not None


@pytest.mark.parametrize("headers", [{}, basic("fake", "pass:word"), basic("fake", "wrong")])
def test_empty_scope_of_a_get_is_400_without_a_body(
    registry: FakeRegistry,
    headers: dict[str, str],
) -> None:
    """By analogy with the POST [I]."""
    target = f"/oauth2/token?service={HOST}&scope="

    assert send(registry, "GET", target, headers=headers) == answer(400)


def test_token_is_issued_without_the_field_scope(registry: FakeRegistry) -> None:
    """containerd/nerdctl#737: the field may be absent."""
    found = send(
        registry,
        "GET",
        f"/oauth2/token?service={HOST}",
        headers=basic("fake", "pass:word"),
    )

    assert (found.status, _access(found)) == (200, [])


def test_empty_scope_is_ignored_in_the_oci_profile() -> None:
    registry = registry_of("oci", auth="token", admin_user="fake", admin_password="pass:word")
    target = f"/oauth2/token?service={HOST}&scope="

    found = send(registry, "GET", target, headers=basic("fake", "pass:word"))

    assert (found.status, _access(found)) == (200, [])


def test_empty_scope_is_refused_in_words_with_the_wording_of_the_oci_profile() -> None:
    registry = registry_of("oci", auth="token", empty_scope_refused=True)

    found = send(registry, "GET", f"/oauth2/token?service={HOST}&scope=")

    assert (found.status, found.json["errors"][0]["code"]) == (400, "UNSUPPORTED")
    assert "found an empty one" in found.json["errors"][0]["detail"]["reason"]


def test_token_with_a_too_deeply_nested_header_is_401() -> None:
    registry = registry_of(auth="token", max_header_field_bytes=None)
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


REFUSED_WAYS: list[tuple[str, str, bytes]] = [
    ("GET", "/oauth2/token", b""),
    ("GET", f"/oauth2/token?service={HOST}", b""),
    ("POST", "/oauth2/token", b"grant_type=password&service=" + HOST.encode()),
    ("POST", "/oauth2/token", b"grant_type=refresh_token"),
    ("POST", "/oauth2/token", b"x" * 300_000),
    ("POST", "/oauth2/exchange", b""),
    ("PUT", "/oauth2/token", b""),
    ("DELETE", "/oauth2/token", b""),
    ("GET", "/oauth2/exchange", b""),
    ("PATCH", "/oauth2/exchange", b""),
    ("GET", "/oauth2/nothing", b""),
    ("GET", "/oauth2", b""),
    ("GET", "/oauth2/", b""),
]


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize(("method", "target", "body"), REFUSED_WAYS)
def test_no_refusal_of_the_login_ends_with_a_newline(
    profile: Profile,
    method: str,
    target: str,
    body: bytes,
) -> None:
    """acr-behaviour 1.8."""
    found = send(registry_of(profile, auth="token"), method, target, body)

    assert found.status >= 400
    assert not found.body.endswith(b"\n")


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("path", ["/oauth2/exchange", "/oauth2/token"])
def test_error_of_a_fault_at_the_login_has_no_newline(path: str, profile: Profile) -> None:
    """acr-behaviour 1.8: whatever the error is."""
    registry = registry_of(profile)
    registry.faults.add(Fault("oauth.*", Refuse(429)))

    found = send(registry, "POST", path, b"")

    assert found.status == 429
    assert found.body.endswith(b"]}")


@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_login_of_both_profiles_ends_no_body_with_a_newline(profile: Profile) -> None:
    registry = registry_of(profile, auth="token")

    granted, refused = _exchange(registry), _exchange(registry, access_token="x")

    assert (granted.status, refused.status) == (200, 401)
    assert granted.body.endswith(b'"}')
    assert refused.body.endswith(b"]}")
