"""The token endpoint without a client library: forms, documents, refusals."""

import base64
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

import jwt
import pytest

from fake_registry.entra.assertions import ASSERTION_TYPE
from fake_registry.entra.certificates import make_certificate
from tests.support.entra import ACR, SCOPE, SECOND, EntraAnswer, ask_form, ask_token, claims_of, entra_at, send

GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def refusal_of(found: EntraAnswer) -> tuple[int, str, list[int]]:
    return found.status, found.json["error"], found.json["error_codes"]


def test_token_document() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    found = ask_token(entra, client_id=app.client_id, client_secret="s")
    document = found.json
    assert (found.status, found.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert found.headers["Cache-Control"] == "no-store, no-cache"
    claims = claims_of(document.pop("access_token"))
    assert document == {"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600}
    issuer = f"https://sts.windows.net/{entra.tenant_id}/"
    assert claims == {
        "aud": ACR,
        "iss": issuer,
        "iat": SECOND - 300,
        "nbf": SECOND - 300,
        "exp": SECOND + 3600,
        "appid": app.client_id,
        "appidacr": "1",
        "idp": issuer,
        "idtyp": "app",
        "oid": app.object_id,
        "sub": app.object_id,
        "tid": entra.tenant_id,
        "uti": claims["uti"],
        "ver": "1.0",
    }


def test_openid_scopes_beside_the_default_one_add_nothing() -> None:
    """MSAL for Go and Java sends them with the login of an application, in any order."""
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    scope = f"offline_access {SCOPE} openid profile"
    found = ask_token(entra, scope=scope, client_id=app.client_id, client_secret="s")
    assert found.status == 200
    assert set(found.json) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    assert claims_of(found.json["access_token"])["aud"] == ACR


def test_version_1_takes_a_resource_and_returns_text() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    found = ask_token(entra, version="", scope="", resource=f"{ACR}/", client_id=app.client_id, client_secret="s")
    assert {name: value for name, value in found.json.items() if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": "3600",
        "ext_expires_in": "3600",
        "expires_on": str(SECOND + 3600),
        "not_before": str(SECOND),
        "resource": f"{ACR}/",
    }
    assert claims_of(found.json["access_token"])["aud"] == f"{ACR}/"


def test_id_and_secret_may_be_in_the_header() -> None:
    """RFC 6749 §2.3.1: form-encoded, then base64."""
    entra = entra_at()
    app = entra.add_service_principal("app", secret="p%:+ß")
    text = f"{app.client_id}:{quote('p%:+ß', safe='')}"
    header = {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}
    assert claims_of(ask_token(entra, headers=header).json["access_token"])["oid"] == app.object_id
    wrong = {"Authorization": f"Basic {base64.b64encode(f'{app.client_id}:no'.encode()).decode()}"}
    assert refusal_of(ask_token(entra, headers=wrong)) == (401, "invalid_client", [7000215])


def test_client_id_is_compared_without_case() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    found = ask_token(entra, client_id=app.client_id.upper(), client_secret="s", tenant=entra.tenant_id.upper())
    assert claims_of(found.json["access_token"])["appid"] == app.client_id


def test_refusal_document() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    asked_by = "12345678-1234-4234-8234-123456789abc"
    found = ask_token(entra, client_id=app.client_id, client_secret="wrong", headers={"client-request-id": asked_by})
    timestamp = f"{datetime.fromtimestamp(SECOND, UTC):%Y-%m-%d %H:%M:%S}Z"
    trace_id = found.json["trace_id"]
    assert re.fullmatch(GUID, trace_id)
    assert found.headers["x-ms-request-id"] == trace_id
    assert found.json == {
        "error": "invalid_client",
        "error_description": (
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
            f"secret value, not the client secret ID, for a secret added to app '{app.client_id}'. Trace ID: "
            f"{trace_id} Correlation ID: {asked_by} Timestamp: {timestamp}"
        ),
        "error_codes": [7000215],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": asked_by,
        "error_uri": "https://login.microsoftonline.com/error?code=7000215",
    }


def test_malformed_correlation_id_is_replaced() -> None:
    found = ask_token(entra_at(), client_id="nobody", headers={"client-request-id": "mine"})
    assert re.fullmatch(GUID, found.json["correlation_id"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"grant_type": ""}, (400, "invalid_request", [900144])),
        ({"grant_type": "magic"}, (400, "unsupported_grant_type", [70003])),
        ({"grant_type": "password", "client_secret": ""}, (401, "invalid_client", [7000218])),
        ({"grant_type": "refresh_token"}, (400, "unsupported_grant_type", [70003])),
        ({"client_id": ""}, (400, "invalid_request", [900144])),
        ({"client_id": "nobody"}, (400, "unauthorized_client", [700016])),
        ({"client_secret": ""}, (401, "invalid_client", [7000216])),
        ({"client_secret": "ünright"}, (401, "invalid_client", [7000215])),
        ({"scope": ""}, (400, "invalid_request", [900144])),
        ({"scope": "openid offline_access profile"}, (400, "invalid_scope", [1002012])),
        ({"scope": f"{SCOPE} openid email/read"}, (400, "invalid_scope", [1002012])),
        ({"scope": "/.default"}, (400, "invalid_scope", [70011])),
        ({"scope": f"{SCOPE} https://graph.microsoft.com/.default"}, (400, "invalid_scope", [28000])),
        ({"scope": "api://mine/.default"}, (400, "invalid_resource", [500011])),
        ({"client_assertion": "a.b.c"}, (400, "invalid_request", [900144])),
        ({"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}, (401, "invalid_client", [50027])),
    ],
    ids=str,
)
def test_invalid_form_is_refused(fields: dict[str, str], expected: tuple[int, str, list[int]]) -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    found = ask_form(entra, {"client_id": app.client_id, "client_secret": "s", **fields})
    assert refusal_of(found) == expected
    noted = entra.requests[-1]
    assert (noted.status, noted.error, [noted.error_code]) == expected


@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        ("99999999-9999-4999-8999-999999999999", (400, "invalid_request", [90002])),
        ("contoso.example", (400, "invalid_request", [90002])),
        ("not a tenant", (400, "invalid_request", [900023])),
        ("common", (400, "invalid_request", [50059])),
        ("organizations", (400, "invalid_request", [50059])),
    ],
)
def test_invalid_tenant_is_refused(tenant: str, expected: tuple[int, str, list[int]]) -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    assert refusal_of(ask_token(entra, tenant=tenant, client_id=app.client_id, client_secret="s")) == expected


@pytest.fixture(scope="module")
def pem() -> bytes:
    """A certificate and its key, whose making takes most of a login."""
    century = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    return make_certificate("app", valid_from=century[0], valid_until=century[1]).pem


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"aud": "https://login.microsoftonline.com/fake.onmicrosoft.com/v2.0"}, None),
        ({"aud": "https://login.microsoftonline.com/common/oauth2/v2.0/token"}, 700023),
        ({"aud": "https://login.microsoftonline.com/other.example/oauth2/v2.0/token"}, 700023),
        ({"aud": "http://["}, 700023),
        ({"aud": ["a"]}, 700023),
        ({"sub": "somebody else"}, 700021),
        ({"iss": None}, 700021),
    ],
    ids=str,
)
def test_assertion_needs_matching_issuer_subject_and_audience(
    pem: bytes, changed: dict[str, object], code: int | None
) -> None:
    entra = entra_at()
    entra.add_tenant(domain="other.example")
    app = entra.add_service_principal("app", certificate=pem)
    assert app.certificate is not None
    aud = f"https://login.microsoftonline.com/{entra.tenant_id}/oauth2/v2.0/token"
    claims = {"aud": aud, "iss": app.client_id, "sub": app.client_id, "exp": 1} | changed
    x5t = base64.urlsafe_b64encode(bytes.fromhex(app.certificate.thumbprint)).decode()
    key = app.certificate.pem[: app.certificate.pem.index(b"-----BEGIN CERTIFICATE")]
    text = jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm="RS256", headers={"x5t": x5t})
    found = ask_token(entra, client_id=app.client_id, client_assertion=text, client_assertion_type=ASSERTION_TYPE).json
    assert found.get("error_codes") == (None if code is None else [code])
    assert code is not None or claims_of(found["access_token"])["appidacr"] == "2"


def test_assertion_without_a_known_issuer_is_refused() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s", federated_token="the one")
    forms = {"client_id": app.client_id, "client_assertion_type": ASSERTION_TYPE}
    assert ask_form(entra, {**forms, "client_assertion": "opaque"}).json["error_codes"] == [70021]
    text = jwt.encode({"iss": "https://oidc.example"}, "k" * 32, algorithm="HS256")
    assert ask_form(entra, {**forms, "client_assertion": text}).json["error_codes"] == [70021]


@pytest.mark.parametrize(
    ("method", "path", "status", "codes"),
    [
        ("GET", "/TENANT/oauth2/v2.0/token", 405, [900561]),
        ("PUT", "/TENANT/oauth2/token", 405, [900561]),
        ("POST", "/TENANT/v2.0/.well-known/openid-configuration", 404, []),
        ("GET", "/TENANT/oauth2/v2.0/authorize", 404, []),
        ("GET", "/", 404, []),
        ("OPTIONS", "*", 404, []),
    ],
)
def test_unknown_endpoint_is_refused(method: str, path: str, status: int, codes: list[int]) -> None:
    entra = entra_at()
    found = send(entra.wsgi_app, method, path.replace("TENANT", entra.tenant_id))
    assert (found.status, found.json["error"], found.json["error_codes"]) == (status, "invalid_request", codes)


@pytest.mark.parametrize("length", ["65537", "999999999999", "many", "-1", "10"])
def test_body_that_is_too_long_or_truncated_is_refused(length: str) -> None:
    entra = entra_at()
    found = send(entra.wsgi_app, "POST", f"/{entra.tenant_id}/oauth2/v2.0/token", b"short", length=length)
    assert (found.status, found.json["error"]) == (413, "invalid_request")


def test_journal_names_the_client_and_no_secret() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="the secret", federated_token="the token")
    ask_token(entra, client_id=app.client_id, client_secret="the secret")
    ask_token(entra, client_id=app.client_id, client_assertion="the token", client_assertion_type=ASSERTION_TYPE)
    ask_token(entra, client_id="n" * 10_000, client_secret="the wrong secret")
    [first, second, third] = entra.requests
    assert (first.method, first.host, first.path, first.client_id, first.grant, first.status, first.error_code) == (
        "POST",
        "login.microsoftonline.com",
        f"/{entra.tenant_id}/oauth2/v2.0/token",
        app.client_id,
        "client_credentials",
        200,
        None,
    )
    assert first.time < second.time
    assert (third.client_id, third.status, third.error_code) == ("n" * 200, 400, 700016)
    assert not re.search("the secret|the token|the wrong secret", repr((entra.requests, app)))
    entra.forget_requests()
    assert entra.requests == ()
