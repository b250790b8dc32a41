"""The discovery documents, and the public keys that verify a token."""

import base64
import hashlib

import jwt
import pytest
from cryptography import x509

from tests.support.entra import ACR, ask_token, entra_at, send

V2 = "/v2.0/.well-known/openid-configuration"
V1 = "/.well-known/openid-configuration"
LOGIN = "https://login.microsoftonline.com"


@pytest.mark.parametrize(
    ("path", "oauth", "keys", "issuer"),
    [
        (V2, "/oauth2/v2.0", "/discovery/v2.0/keys", f"{LOGIN}/TENANT/v2.0"),
        (V1, "/oauth2", "/discovery/keys", "https://sts.windows.net/TENANT/"),
    ],
)
@pytest.mark.parametrize("name", ["TENANT", "Fake.onmicrosoft.com"])
def test_configuration(path: str, oauth: str, keys: str, issuer: str, name: str) -> None:
    entra = entra_at()
    tenant = f"https://login.example:8443/{entra.tenant_id}"
    found = send(entra.wsgi_app, "GET", f"/{name.replace('TENANT', entra.tenant_id)}{path}", host="login.example:8443")
    assert found.status == 200
    document = found.json
    assert {name: document[name] for name in ("token_endpoint", "authorization_endpoint", "jwks_uri", "issuer")} == {
        "token_endpoint": f"{tenant}{oauth}/token",
        "authorization_endpoint": f"{tenant}{oauth}/authorize",
        "jwks_uri": f"{tenant}{keys}",
        "issuer": issuer.replace("TENANT", entra.tenant_id),
    }


@pytest.mark.parametrize("name", ["common", "organizations"])
def test_configuration_of_a_shared_tenant(name: str) -> None:
    entra = entra_at()
    document = send(entra.wsgi_app, "GET", f"/{name}{V2}").json
    assert document["issuer"] == f"{LOGIN}/{{tenantid}}/v2.0"
    assert document["token_endpoint"] == f"{LOGIN}/{name}/oauth2/v2.0/token"


@pytest.mark.parametrize("path", [V1, V2, "/discovery/v2.0/keys"])
def test_documents_of_an_unknown_tenant_are_refused(path: str) -> None:
    found = send(entra_at().wsgi_app, "GET", f"/contoso.example{path}")
    assert (found.status, found.json["error"], found.json["error_codes"]) == (400, "invalid_tenant", [90002])


@pytest.mark.parametrize("path", ["/discovery/v2.0/keys", "/discovery/keys"])
def test_keys_verify_a_token(path: str) -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    token = ask_token(entra, client_id=app.client_id, client_secret="s").json["access_token"]
    keys = jwt.PyJWKSet.from_dict(send(entra.wsgi_app, "GET", f"/{entra.tenant_id}{path}").json)
    header = jwt.get_unverified_header(token)
    key = keys[header["kid"]]
    assert header["x5t"] == header["kid"]
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=ACR, options={"verify_exp": False})
    assert claims["oid"] == app.object_id
    head, _, signature = token.rpartition(".")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{'A' * 4}{signature[4:]}", key.key, algorithms=["RS256"], audience=ACR)


def test_keys_do_not_verify_a_token_of_another_entra() -> None:
    """A client that looks a token's key up by its kid finds none (RFC 7515 §4.1.4)."""
    entra, another = entra_at(), entra_at()
    token = another.token(another.add_service_principal("app"), ACR)
    keys = jwt.PyJWKSet.from_dict(send(entra.wsgi_app, "GET", f"/{entra.tenant_id}/discovery/v2.0/keys").json)
    with pytest.raises(KeyError):
        keys[jwt.get_unverified_header(token)["kid"]]


@pytest.mark.parametrize("path", ["/discovery/v2.0/keys", "/discovery/keys"])
def test_key_is_named_after_its_certificate(path: str) -> None:
    """RFC 7517 §4.7, §4.8: x5c has the key itself, and x5t is the certificate's SHA-1."""
    entra = entra_at()
    [key] = send(entra.wsgi_app, "GET", f"/common{path}").json["keys"]
    der = base64.b64decode(*key["x5c"])
    certificate = x509.load_der_x509_certificate(der)
    assert base64.urlsafe_b64decode(key["x5t"] + "==") == hashlib.sha1(der).digest()
    assert certificate.public_key() == jwt.PyJWK(key).key
    assert [key] == send(entra.wsgi_app, "GET", f"/{entra.tenant_id}{path}").json["keys"]


def instance(endpoint: str, version: str = "1.1") -> str:
    return f"/common/discovery/instance?api-version={version}&authorization_endpoint={endpoint}"


def test_instance_discovery_knows_the_login_hosts() -> None:
    entra = entra_at()
    found = send(entra.wsgi_app, "GET", instance("https://login.chinacloudapi.cn/contoso.example/oauth2/authorize"))
    assert found.json["tenant_discovery_endpoint"] == f"https://login.chinacloudapi.cn/contoso.example{V1}"
    aliases = [name for one in found.json["metadata"] for name in one["aliases"]]
    assert sorted(aliases) == sorted(entra.hosts)
    found = send(entra.wsgi_app, "GET", instance(f"{LOGIN}/common/oauth2/v2.0/authorize", "1.0"))
    assert found.json == {"tenant_discovery_endpoint": f"{LOGIN}/common{V2}", "api-version": "1.0"}


@pytest.mark.parametrize("endpoint", ["https://login.example/common/oauth2/authorize", "nonsense", "http://["])
def test_instance_discovery_refuses_other_hosts(endpoint: str) -> None:
    found = send(entra_at().wsgi_app, "GET", instance(endpoint))
    assert (found.status, found.json["error"], found.json["error_codes"]) == (400, "invalid_instance", [50049])


def test_instance_discovery_requires_an_endpoint() -> None:
    found = send(entra_at().wsgi_app, "GET", "/common/discovery/instance")
    assert (found.status, found.json["error_codes"]) == (400, [900144])


def test_head_has_no_body() -> None:
    found = send(entra_at().wsgi_app, "HEAD", f"/common{V2}")
    assert (found.status, found.body) == (200, b"")
