"""Any request gets a status below 500 and a document; none raises."""

import base64
import json
from functools import cache
from urllib.parse import urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from fake_registry import FakeEntra
from fake_registry.entra.assertions import ASSERTION_TYPE
from tests.support.entra import ACR, SCOPE, entra_at, send


@cache
def subject() -> tuple[FakeEntra, str]:
    """Return an Entra and the thumbprint of its application's certificate."""
    entra = entra_at()
    app = entra.add_service_principal("app", client_id="app", secret="s", certificate=True)
    entra.add_service_principal("federated", client_id="federated", federated_token="t")
    entra.add_managed_identity("vm")
    assert app.certificate is not None
    return entra, app.certificate.thumbprint


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


JUNK = st.one_of(st.text(max_size=12), st.sampled_from(["", " ", "\0", "%", "é", "\ud800", "a" * 5_000, "[" * 2_000]))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=3,
)


@st.composite
def assertions(draw: st.DrawFn) -> str:
    """Mix a JWT from what an assertion has and from junk."""
    x5t = base64url(bytes.fromhex(subject()[1]))
    header = draw(
        st.fixed_dictionaries(
            {}, optional={"alg": st.sampled_from(["RS256", "PS256", "none"]) | JSON, "x5t": st.just(x5t) | JSON}
        )
        | JSON
    )
    claims = draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("iss", "sub", "aud"), st.just("app") | JSON)) | JSON
    )
    parts = [base64url(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, draw(st.sampled_from(["c2ln", "", "!"]))][: draw(st.integers(1, 3))])


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "grant_type": st.just("client_credentials") | JUNK,
        "client_id": st.sampled_from(["app", "federated"]) | JUNK,
        "client_secret": st.just("s") | JUNK,
        "client_assertion": assertions() | st.just("t") | JUNK,
        "client_assertion_type": st.just(ASSERTION_TYPE) | JUNK,
        "scope": st.just(SCOPE) | JUNK,
        "resource": st.just(ACR) | JUNK,
    },
)
BODIES = st.binary(max_size=60) | FIELDS.map(lambda fields: urlencode(fields, errors="surrogatepass").encode())
TENANTS = st.deferred(lambda: st.sampled_from([subject()[0].tenant_id, "fake.onmicrosoft.com", "common", "x"]) | JUNK)
PATHS = st.one_of(
    JUNK.map(lambda text: f"/{text}"),
    st.builds("/{}/oauth2{}/token".format, TENANTS, st.sampled_from(["", "/v2.0", "/v3"])),
    st.builds("/{}{}/.well-known/openid-configuration".format, TENANTS, st.sampled_from(["", "/v2.0"])),
    st.builds("/{}/discovery{}/keys".format, TENANTS, st.sampled_from(["", "/v2.0"])),
    st.sampled_from(["/common/discovery/instance", "/metadata/identity/oauth2/token", "/msi/token"]),
).map(lambda path: path.replace("?", ""))
QUERIES = st.one_of(
    st.just(""),
    st.dictionaries(
        st.sampled_from(["authorization_endpoint", "api-version", "resource", "client_id", "object_id", "msi_res_id"]),
        st.sampled_from([ACR, "1.1", "http://[", "https://login.windows.net/x"]) | JUNK,
    ).map(lambda fields: urlencode(fields, errors="surrogatepass")),
    st.text(st.characters(max_codepoint=255), max_size=12),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.sampled_from(["Basic", "Basic !", "Basic YXBwOnM=", "Bearer x", "Basic gIA="]),
        "client-request-id": st.text(st.characters(max_codepoint=255), max_size=12),
        "Metadata": st.sampled_from(["true", "false"]),
        "X-IDENTITY-HEADER": st.sampled_from(["x", subject()[0].identity_header]),
    },
)


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "BREW"]),
    path=PATHS,
    query=QUERIES,
    body=BODIES,
    headers=HEADERS,
    length=st.none() | st.sampled_from(["0", "3", "-1", "x", "9" * 30]),
)
@example("POST", "/common/oauth2/v2.0/token", "", urlencode({"grant_type": "["}).encode(), {}, None)
def test_any_request_is_answered(
    method: str, path: str, query: str, body: bytes, headers: dict[str, str], length: str | None
) -> None:
    entra, _ = subject()
    for app in (entra.wsgi_app, entra.metadata_app):
        found = send(app, method, f"{path}?{query}", body, headers, length=length)
        assert found.status in (200, 400, 401, 404, 405, 413)
        if method != "HEAD":
            assert isinstance(found.json, dict)
            assert ("access_token" in found.json) <= (found.status == 200)


@given(fields=FIELDS)
def test_any_form_is_answered(fields: dict[str, str]) -> None:
    entra, _ = subject()
    body = urlencode(fields, errors="surrogatepass").encode()
    found = send(entra.wsgi_app, "POST", f"/{entra.tenant_id}/oauth2/v2.0/token", body)
    assert found.status in (200, 400, 401)
    good = fields.get("client_secret") == "s" or fields.get("client_assertion") == "t"
    assert (found.status == 200) <= good
